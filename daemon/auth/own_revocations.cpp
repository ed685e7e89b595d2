#include "daemon/auth/own_revocations.h"

#include "common/cid/sha256.h"

namespace cairn::auth {
namespace {

constexpr std::int64_t kDay = 24 * 3600;

Error full(const char* whose) {
  return fail(Errc::denied, std::string("there is no room for more revocations ") + whose +
                                " today (UTC): an operator of the fleet can still revoke them");
}

}  // namespace

bool OwnRevocations::stands(const registry::Change& change) const {
  const IdentityView& view = operators_.view();
  if (const auto* mark = std::get_if<registry::Revocation>(&change)) return view.revoked(mark->wallet, mark->upTo);
  const auto* grant = std::get_if<registry::RevokeGrant>(&change);
  return grant != nullptr && view.grantRevoked(grant->digest);
}

/// The registry counts by digest, whatever it is of, and forgets a count some time after its end.
Task<Result<bool>> OwnRevocations::countOne(std::string_view whose, std::int64_t day, std::uint64_t most) {
  Sha256 what;
  what.update(asBytes("cairn own revocations\n" + std::to_string(day) + "\n"));
  what.update(asBytes(whose));
  co_return co_await registry_.identity().useGrant(what.finish(), most, Timestamp((day + 1) * kDay * 1000));
}

Task<Status> OwnRevocations::count(OwnerId wallet) {
  const std::int64_t day = operators_.now() / kDay;
  auto known = co_await known_.knows(wallet);
  if (!known) co_return known.error();
  if (!*known) {
    if (strangersFull_.load() == day) co_return full("of wallets without a bucket");
    auto counted = co_await countOne("strangers", day, strangersADay_);
    if (!counted) co_return counted.error();
    if (!*counted) {
      strangersFull_ = day;
      co_return full("of wallets without a bucket");
    }
  }
  auto counted = co_await countOne(wallet.get(), day, kMostADay);
  if (!counted) co_return counted.error();
  if (!*counted) co_return full("of this wallet");
  co_return Status();
}

Task<Result<registry::AuditRow>> OwnRevocations::act(VerifiedAction action, std::string from) {
  auto effect = effectOf(action.action, action.signer, action.signature, operators_.view(), operators_.now());
  if (!effect) co_return effect.error();
  registry::AuditRow row = action.row(std::move(from));
  row.what = std::move(effect->what);
  row.outcome = "stands";
  if (stands(effect->change)) co_return row;
  if (auto counted = co_await count(action.signer); !counted)
    co_return counted.error().code == Errc::unknown_outcome ? outcomeUnknown() : counted.error();
  row.outcome = "done";
  auto written = co_await registry_.identity().act(std::move(effect->change), std::move(row), action.once());
  if (!written && written.error().code == Errc::unknown_outcome) co_return outcomeUnknown();
  co_return written;
}

}  // namespace cairn::auth
