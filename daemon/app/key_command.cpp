#include "daemon/app/key_command.h"

#include "common/base/json.h"
#include "common/base/text.h"
#include "common/identity/address.h"
#include "common/identity/scope_json.h"
#include "daemon/app/identity.h"
#include "daemon/app/offline.h"

namespace cairn::app {
namespace {

/// Makes the change together with its audit row.
Task<Status> act(registry::Registry& registry, const Config& config, registry::Change change, std::string action,
                 std::string what) {
  auto written =
      co_await registry.identity().act(std::move(change), commandRow(config, std::move(action), std::move(what)), {});
  if (!written) co_return written.error();
  co_return Status{};
}

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
  std::string secret;
  auto status = withView(config, [&](registry::Registry& r, auth::IdentityView& view, Random& random) -> Task<Status> {
    Bytes id(10), bytes(20);
    random.fill(id);
    random.fill(bytes);
    secret = toHex(bytes);
    row.id = "CAIRN" + toHex(id).substr(0, 15);
    row.owner = owner;
    row.label = request.label;
    row.scope = *scope;
    if (request.seconds > 0) row.expiresAt = Timestamp(systemClock()->now().get() + request.seconds * 1000);
    view.withNewest(auth::kAccessKeyKey, [&](const std::string& keyId, const auth::SealKey& key) {
      row.sealedBy = keyId;
      row.sealedSecret = auth::sealSecret(key, row.id, secret, random);
    });
    co_return co_await act(r, config, row, "key.create",
                           "{\"id\":" + quoteJson(row.id) + ",\"owner\":" + quoteJson(request.owner) +
                               ",\"scope\":" + (row.scope.empty() ? "null" : row.scope) + "}");
  });
  if (!status) return status.error();
  Report report;
  report.text = request.json ? "{\"id\":" + quoteJson(row.id) + ",\"secret\":" + quoteJson(secret) +
                                   ",\"owner\":" + quoteJson(request.owner) + "}\n"
                             : "access key " + row.id + "\nsecret     " + secret +
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
                   (row.enabled ? "enabled  " : "disabled ") + quoteJson(row.label) +
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
