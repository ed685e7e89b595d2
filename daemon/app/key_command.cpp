#include "daemon/app/key_command.h"

#include <algorithm>

#include "common/base/json.h"
#include "common/base/secret.h"
#include "common/base/text.h"
#include "common/identity/address.h"
#include "common/identity/scope_json.h"
#include "daemon/app/identity.h"
#include "daemon/app/keys.h"
#include "daemon/app/offline.h"
#include "daemon/auth/access_key_seal.h"
#include "daemon/s3/names.h"

namespace cairn::app {
namespace {

/// Runs `work` with the fleet's shared keys open.
Status withView(const Config& config,
                const std::function<Task<Status>(registry::Registry&, auth::IdentityView&, Random&)>& work) {
  auto kek = readKeyEncryptionKey(config);
  if (!kek) return kek.error();
  auto clock = systemClock();
  auto random = systemRandom();
  return withExistingRegistry(config.registryPath, [&](registry::Registry& r) -> Task<Status> {
    auth::IdentityView view(r.identity(), *clock, *random, std::move(*kek));
    if (auto s = co_await view.refresh(); !s) co_return s;
    if (auto s = co_await view.ensureKeys(); !s) co_return s;
    co_return co_await work(r, view, *random);
  });
}

Result<std::string> scopeOf(const NewKeyRequest& request) {
  if (request.bucket.empty() && request.prefix.empty() && request.operations.empty()) return std::string();
  auto operations =
      identity::Operations::parse(request.operations.empty() ? "read,write,list,delete" : request.operations);
  if (!operations) return operations.error();
  auto scope = identity::Scope::make({{request.bucket.empty() ? "*" : request.bucket, request.prefix, *operations}});
  if (!scope) return scope.error();
  return identity::scopeJson(*scope);
}

constexpr std::size_t kShortSecret = 32;  // RFC 7518, 3.2

/// The file's secret, or a new one in text that every issuer can be given.
Result<Secret> jwtSecret(const JwtRotation& rotation, Random& random) {
  if (rotation.secretFile.empty()) {
    Bytes bytes(kShortSecret);
    random.fill(bytes);
    Secret made(toHex(bytes));
    wipe(bytes);
    return made;
  }
  auto text = readSecretFile(rotation.secretFile);
  if (!text) return text.error();
  if (text->empty() || text->size() > auth::kMaxJwtSecret)
    return fail(Errc::invalid, rotation.secretFile + " does not hold a secret of 1 to " +
                                   std::to_string(auth::kMaxJwtSecret) + " bytes");
  return Secret(std::move(*text));
}

Status checkKid(const std::string& kid) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (kid.empty() || kid.size() > auth::kMaxJwtKeyId || !s3::validUtf8(kid) ||
      std::any_of(kid.begin(), kid.end(), control))
    return fail(Errc::invalid,
                "--kid is 1 to " + std::to_string(auth::kMaxJwtKeyId) + " bytes of UTF-8 without control characters");
  return {};
}

std::string jwtReport(const JwtRotation& rotation, const std::string& id, const std::string& kid,
                      const Secret& secret) {
  const bool made = rotation.secretFile.empty();
  if (rotation.json)
    return "{\"sharedKey\":" + quoteJson(id) +
           ",\"purpose\":\"jwt\",\"kid\":" + (kid.empty() ? "null" : quoteJson(kid)) +
           (made ? ",\"secret\":" + quoteJson(secret.view()) : "") + "}\n";
  std::string text = "shared key " + id + " for jwt is " + (made ? "made" : "taken over") + "\n" +
                     (kid.empty() ? "" : "kid        " + kid + "\n");
  if (made)
    text += "secret     " + std::string(secret.view()) +
            "\nThe secret is shown only now. It is these characters as they stand, not the bytes that they spell.\n";
  if (secret.view().size() < kShortSecret)
    text += "It has " + std::to_string(secret.view().size()) + " bytes; HS256 asks for 32 (RFC 7518).\n";
  return text +
         "Masters take tokens signed with it within two seconds; older secrets go on being taken until they are "
         "retired: `cairnd key retire ID`\n";
}

/// To the second, UTC.
std::string lastUsed(Timestamp at) {
  if (at.get() == 0) return padded("never used", 32, false);
  const std::chrono::sys_seconds seconds{std::chrono::seconds(at.get() / 1000)};
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(seconds));
  const std::chrono::hh_mm_ss time(seconds - std::chrono::floor<std::chrono::days>(seconds));
  char text[40];
  std::snprintf(text, sizeof text, "last used %04d-%02u-%02uT%02d:%02d:%02dZ ", static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()));
  return padded(text, 32, false);
}

/// Seals the secret of `row` under the newest shared key, bound to all that the row says; false when it is already.
Task<Result<bool>> reseal(registry::IdentityRegistry& identities, const auth::IdentityView& view, Random& random,
                          const registry::AccessKeyRow& row) {
  std::optional<Secret> secret;
  bool whole = false;
  view.withKey(auth::kAccessKeyKey, row.sealedBy, [&](const auth::SealKey& key) {
    secret = auth::openSecret(key, row);
    whole = auth::boundWhole(key, row);
  });
  if (!secret)
    co_return fail(Errc::corrupt, "the secret of access key " + row.id +
                                      " cannot be opened, or its row was changed: delete it and make another");
  Bytes sealed;
  std::string sealedBy;
  view.withNewest(
      auth::kAccessKeyKey,
      [&](const std::string& id, const auth::SealKey& key) {
        sealedBy = id;
        sealed = auth::sealSecret(key, row, *secret, random);
      },
      Duration::zero());
  if (sealedBy.empty()) co_return fail(Errc::unavailable, "there is no shared key to seal access keys with");
  if (whole && sealedBy == row.sealedBy) co_return false;
  auto done = co_await identities.resealAccessKey(row.id, std::move(sealed), sealedBy);
  if (!done && done.error().code != Errc::not_found) co_return done.error();  // deleted meanwhile
  co_return done.has_value();
}

std::string idJson(const std::string& id) {
  return "{\"id\":" + quoteJson(id) + "}";
}

}  // namespace

Result<Report> createKeyCommand(const Config& config, const NewKeyRequest& request) {
  auto scope = scopeOf(request);
  if (!scope) return scope.error();
  if (request.owner.empty()) return fail(Errc::invalid, "an access key has an owner: --owner NAME");
  OwnerId owner(request.owner);
  if (request.owner.starts_with("0x") && request.owner.size() == 42) {
    auto wallet = identity::Address::parse(request.owner);
    if (!wallet) return wallet.error();
    owner = OwnerId(wallet->lowerCase());
  }
  registry::AccessKeyRow row;
  Secret secret;
  auto status = withView(config, [&](registry::Registry& r, auth::IdentityView& view, Random& random) -> Task<Status> {
    Bytes id(10), bytes(20);
    random.fill(id);
    random.fill(bytes);
    secret = toHex(bytes);
    wipe(bytes);
    row.id = "CAIRN" + toHex(id).substr(0, 15);
    row.owner = owner;
    row.label = request.label;
    row.scope = *scope;
    if (request.seconds > 0) row.expiresAt = Timestamp(systemClock()->now().get() + request.seconds * 1000);
    view.withNewest(auth::kAccessKeyKey, [&](const std::string& keyId, const auth::SealKey& key) {
      row.sealedBy = keyId;
      row.sealedSecret = auth::sealSecret(key, row, secret, random);
    });
    co_return co_await act(r, config, row, "key.create",
                           "{\"id\":" + quoteJson(row.id) + ",\"owner\":" + quoteJson(request.owner) +
                               ",\"scope\":" + (row.scope.empty() ? "null" : row.scope) + "}");
  });
  if (!status) return status.error();
  Report report;
  report.text = request.json ? "{\"id\":" + quoteJson(row.id) + ",\"secret\":" + quoteJson(secret.view()) +
                                   ",\"owner\":" + quoteJson(request.owner) + "}\n"
                             : "access key " + row.id + "\nsecret     " + std::string(secret.view()) +
                                   "\nThe secret is shown only now. Masters take the key within two seconds.\n";
  return report;
}

Result<Report> listKeysCommand(const Config& config, const std::string& owner, bool json) {
  std::vector<registry::AccessKeyRow> rows;
  std::vector<registry::SharedKeyRow> shared;
  auto status = withExistingRegistry(config.registryPath, [&](registry::Registry& r) -> Task<Status> {
    auto found = co_await r.identity().accessKeys(OwnerId(owner));
    if (!found) co_return found.error();
    rows = std::move(*found);
    auto all = co_await r.identity().changesSince(0, "none");
    if (!all) co_return all.error();
    shared = std::move(all->sharedKeys);
    co_return Status{};
  });
  if (!status) return status.error();
  Report report;
  for (const auto& row : rows) {
    if (json) {
      report.text += "{\"id\":" + quoteJson(row.id) + ",\"owner\":" + quoteJson(row.owner.get()) +
                     ",\"label\":" + quoteJson(row.label) + ",\"enabled\":" + (row.enabled ? "true" : "false") +
                     ",\"scope\":" + (row.scope.empty() ? "null" : row.scope) +
                     ",\"createdAt\":" + std::to_string(row.createdAt.get()) +
                     ",\"expiresAt\":" + std::to_string(row.expiresAt.get()) +
                     ",\"lastUsedAt\":" + std::to_string(row.lastUsedAt.get()) + "}\n";
      continue;
    }
    report.text += padded(row.id, 21, false) + padded(quoteJson(row.owner.get()), 24, false) +
                   (row.enabled ? "enabled  " : "disabled ") + lastUsed(row.lastUsedAt) + quoteJson(row.label) +
                   (row.scope.empty() ? "" : " " + row.scope) + "\n";
  }
  if (rows.empty() && !json)
    report.text = "no access keys in the registry; those of the configuration are not listed\n";
  for (const auto& key : shared)
    report.text += json ? "{\"sharedKey\":" + quoteJson(key.id) + ",\"purpose\":" + quoteJson(key.purpose) +
                              ",\"createdAt\":" + std::to_string(key.createdAt.get()) +
                              ",\"retired\":" + (key.retired ? "true" : "false") + "}\n"
                        : "shared key " + key.id + " for " + key.purpose + (key.retired ? ", retired\n" : "\n");
  return report;
}

Result<Report> changeKeyCommand(const Config& config, KeyChange change, const std::string& id) {
  static constexpr std::array<const char*, 4> kActions = {"key.enable", "key.disable", "key.delete", "key.retire"};
  static constexpr std::array<const char*, 4> kDone = {"is enabled", "is disabled", "is deleted", "is retired"};
  const auto which = static_cast<std::size_t>(change);
  const registry::Change changes[] = {registry::SetAccessKeyEnabled{id, true}, registry::SetAccessKeyEnabled{id, false},
                                      registry::DeleteAccessKey{id}, registry::RetireSharedKey{id}};
  auto status = withExistingRegistry(config.registryPath, [&](registry::Registry& r) {
    return act(r, config, changes[which], kActions[which], idJson(id));
  });
  if (!status) return status.error();
  Report report;
  report.text = "key " + id + " " + kDone[which] + "; masters know within two seconds\n";
  return report;
}

Result<Report> resealKeysCommand(const Config& config, bool json) {
  Report report;
  std::size_t resealed = 0;
  std::vector<std::string> failed;
  auto work = [&](registry::Registry& r, auth::IdentityView& view, Random& random) -> Task<Status> {
    auto keys = co_await r.identity().accessKeys(OwnerId());
    if (!keys) co_return keys.error();
    for (const auto& key : *keys) {
      auto done = co_await reseal(r.identity(), view, random, key);
      if (!done && done.error().code != Errc::corrupt) co_return done.error();
      if (!done) failed.push_back(done.error().message);
      if (done && *done) ++resealed;
    }
    if (resealed == 0) co_return Status{};
    co_return co_await act(r, config, std::monostate{}, "key.reseal",
                           "{\"accessKeys\":" + std::to_string(resealed) + "}");
  };
  if (auto s = withView(config, work); !s) return s.error();
  report.good = failed.empty();
  report.text =
      json ? "{\"resealed\":" + std::to_string(resealed) + ",\"failed\":" + std::to_string(failed.size()) + "}\n"
           : std::to_string(resealed) + " access keys are sealed anew\n";
  for (const std::string& why : failed)
    if (!json) report.text += why + "\n";
  return report;
}

Result<Report> rotateJwtCommand(const Config& config, const JwtRotation& rotation) {
  if (rotation.kid)
    if (auto s = checkKid(*rotation.kid); !s) return s.error();
  Report report;
  auto status = withView(config, [&](registry::Registry& r, auth::IdentityView& view, Random& random) -> Task<Status> {
    auto secret = jwtSecret(rotation, random);
    if (!secret) co_return secret.error();
    auto made = view.newJwtKey(*secret, rotation.secretFile.empty() ? rotation.kid : rotation.kid.value_or(""));
    const std::string id = made.key.id;
    const std::string kid = rotation.kid.value_or(rotation.secretFile.empty() ? id : "");
    report.text = jwtReport(rotation, id, kid, *secret);
    co_return co_await act(
        r, config, std::move(made), "key.rotate",
        "{\"purpose\":\"jwt\",\"id\":" + quoteJson(id) + ",\"kid\":" + (kid.empty() ? "null" : quoteJson(kid)) + "}");
  });
  if (!status) return status.error();
  return report;
}

Result<Report> rotateKeyCommand(const Config& config, const std::string& purpose) {
  Report report;
  auto status = withView(config, [&](registry::Registry& r, auth::IdentityView& view, Random&) -> Task<Status> {
    auto made = view.newKey(purpose);
    const std::string id = made.key.id;
    report.text = "shared key " + id + " for " + purpose +
                  " is made; it seals from five seconds on. What older keys sealed goes on being opened until they are "
                  "retired: `cairnd key retire ID`\n";
    co_return co_await act(r, config, std::move(made), "key.rotate",
                           "{\"purpose\":" + quoteJson(purpose) + ",\"id\":" + quoteJson(id) + "}");
  });
  if (!status) return status.error();
  return report;
}

}  // namespace cairn::app
