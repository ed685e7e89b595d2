#include "daemon/auth/vouchers.h"

#include <algorithm>

namespace cairn::auth {
namespace {

constexpr std::size_t kPage = 1000;

}  // namespace

Task<Result<identity::AdminHistory>> Vouchers::admins() {
  Known known = [this] {
    std::lock_guard lock(mutex_);
    return known_;
  }();
  for (bool more = true; more;) {
    auto rows = co_await registry_.identity().audit(known.sequence + 1, UINT64_MAX, kPage);
    if (!rows) co_return rows.error();
    more = rows->size() == kPage;
    for (const auto& row : *rows) known.admins.take(row);
    if (!rows->empty()) known.sequence = rows->back().sequence;
  }
  std::lock_guard lock(mutex_);
  if (known.sequence > known_.sequence) known_ = known;
  co_return std::move(known.admins);
}

Task<Result<std::vector<VouchedKey>>> Vouchers::keys() {
  auto keys = co_await registry_.receiptKeys();
  if (!keys) co_return keys.error();
  auto vouchers = co_await registry_.identity().vouchers();
  if (!vouchers) co_return vouchers.error();
  // After the vouchers: whoever signed one was an admin before it.
  auto everAdmins = co_await admins();
  if (!everAdmins) co_return everAdmins.error();
  std::vector<VouchedKey> out;
  for (auto& key : *keys) {
    if (key.publicKey.empty()) continue;  // a storage node's
    VouchedKey& entry = out.emplace_back(VouchedKey{key.master, std::move(key.publicKey), {}});
    for (const auto& voucher : *vouchers) {
      if (voucher.master != entry.master || voucher.publicKey != entry.publicKey) continue;
      const auto signer =
          identity::voucherSigner(voucher.message, voucher.signature, fleet_, entry.master, entry.publicKey);
      if (signer && everAdmins->everAdmin(*signer)) entry.by.emplace_back(signer->lowerCase());
    }
  }
  std::ranges::sort(out, {}, [](const VouchedKey& k) { return std::pair(k.master, k.publicKey); });
  co_return out;
}

}  // namespace cairn::auth
