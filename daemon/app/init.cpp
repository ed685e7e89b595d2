#include "daemon/app/init.h"

#include <filesystem>

#include "common/identity/address.h"
#include "daemon/app/config.h"
#include "daemon/app/keys.h"
#include "daemon/app/offline.h"
#include "daemon/app/registry.h"
#include "daemon/auth/sealing.h"

namespace cairn::app {
namespace {

std::string masterConfig(const InitOptions& o, const std::string& accessKey, const std::string& secretFile) {
  return "# cairnd: every key and its default is in docs/configuration.md; each can also be set as CAIRN_SECTION_KEY.\n"
         "[node]\nname = \"" +
         o.node + "\"\ndata = \"" + o.data +
         "\"\n\n"
         "[s3]\nlisten = \"127.0.0.1:9000\"\n\n"
         "[api]\n# Without authentication unless [auth] eip712 is on: keep it on loopback.\nlisten = "
         "\"127.0.0.1:9001\"\n\n"
         "[blocks]\nlisten = \"127.0.0.1:9002\"\n\n"
         "[registry]\n# One file that all masters of this machine share.\npath = \"" +
         o.data +
         "/registry.sqlite\"\n"
         "# With true, several masters may write the same buckets. See the manual before turning it on.\ncas = "
         "false\n\n"
         "[pinning]\n# Who must hold a commit before it is visible, for example \"local + 1 of {m2, s1}\".\nquorum = "
         "\"local\"\n\n"
         "[[access_keys]]\nid = \"" +
         accessKey + "\"\nowner = \"admin\"\nsecret_file = \"" + secretFile + "\"\n";
}

std::string storageConfig(const InitOptions& o) {
  return "[node]\nname = \"" + o.node + "\"\ndata = \"" + o.data +
         "\"\nprofile = \"storage\"\n\n"
         "[blocks]\nlisten = \"127.0.0.1:9002\"\n"
         "# The keys of the masters that may store blocks here, as `cairnd init` printed them there.\nallow_keys = "
         "[]\n";
}

}  // namespace

namespace {

Status nameAdmin(const InitOptions& o) {
  const Loaded loaded = load(o.configFile, processEnvironment());
  for (const Mistake& m : loaded.mistakes) return fail(Errc::invalid, m.str());
  const Config& config = loaded.config;
  if (config.profile == "storage") return fail(Errc::invalid, "--admin: a storage node knows no operators");
  auto wallet = identity::Address::parse(o.admin);
  if (!wallet) return fail(Errc::invalid, "--admin: " + wallet.error().message);
  return withRegistry(config.registryPath, [&](registry::Registry& r) -> Task<Status> {
    const registry::OperatorRow row{OwnerId(wallet->lowerCase()), registry::Role::admin, OwnerId(), {}};
    auto standing = co_await r.identity().operators();
    if (!standing) co_return standing.error();
    for (const auto& one : *standing)
      if (one.wallet == row.wallet && one.role == row.role) co_return Status();
    auto done = co_await r.identity().act(
        registry::SetOperator{row, true},
        commandRow(config, "operator.first", R"({"wallet":")" + wallet->lowerCase() + R"(","role":"admin"})"), {});
    if (!done) co_return fail(done.error().code, "--admin: " + done.error().message);
    co_return Status();
  });
}

Result<std::string> initNode(const InitOptions& options) {
  auto random = systemRandom();
  InitOptions o = options;
  std::string printed, keyFile;
  if (std::filesystem::exists(o.configFile)) {
    Loaded loaded = load(o.configFile, processEnvironment());
    for (const Mistake& m : loaded.mistakes)
      if (m.what.find("allow_keys") == std::string::npos) return fail(Errc::invalid, m.str());
    o.node = loaded.config.node;
    o.data = loaded.config.data;
    o.profile = loaded.config.profile;
    keyFile = loaded.config.keyEncryptionKeyFile;
  }
  o.data = std::filesystem::absolute(o.data).string();
  if (auto s = makeKeys(o.data, o.node, *random); !s) return s.error();
  if (o.profile != "storage") {
    const std::string file = keyFile.empty() ? o.data + "/" + kKeyEncryptionKey : keyFile;
    auto made = writeNewFile(file, auth::KeyEncryptionKey::generate(*random) + "\n", 0600);
    if (!made && made.error().code != Errc::already_exists) return made.error();
    if (made)
      printed +=
          "key-encryption key made in " + file + ": the other masters of the fleet need the same one; keep a copy\n";
  }
  auto keys = loadKeys(o.data);
  if (!keys) return keys.error();
  printed += "keys of node " + o.node + " are in " + o.data + "\nnode key " + keys->fingerprint + "\n";
  if (std::filesystem::exists(o.configFile)) return printed;

  std::error_code error;
  auto folder = std::filesystem::absolute(o.configFile).parent_path();
  std::filesystem::create_directories(folder, error);
  if (o.profile == "storage") {
    if (auto s = writeNewFile(o.configFile, storageConfig(o), 0644); !s) return s.error();
    return printed + "configuration written to " + o.configFile + "\n";
  }
  Bytes id(10), secret(20);
  random->fill(id);
  random->fill(secret);
  std::string accessKey = "CAIRN" + toHex(id).substr(0, 15), secretFile = o.data + "/" + accessKey + ".secret";
  if (auto s = writeNewFile(secretFile, toHex(secret) + "\n", 0600); !s) return s.error();
  if (auto s = writeNewFile(o.configFile, masterConfig(o, accessKey, secretFile), 0644); !s) return s.error();
  return printed + "configuration written to " + o.configFile + "\naccess key " + accessKey + ", its secret in " +
         secretFile + "\nnow run: cairnd serve --config " + o.configFile + "\n";
}

/// A database's schema is made by hand or here, never by `serve`.
Result<std::string> prepareRegistry(const std::string& configFile) {
  const Loaded loaded = load(configFile, processEnvironment());
  if (!loaded.mistakes.empty() || loaded.config.profile == "storage" || !isPostgres(loaded.config.registryPath))
    return std::string();
  return migrateRegistry(loaded.config.registryPath, std::nullopt);
}

}  // namespace

Result<std::string> init(const InitOptions& options) {
  auto printed = initNode(options);
  if (!printed) return printed;
  auto prepared = prepareRegistry(options.configFile);
  if (!prepared) return prepared;
  *printed += *prepared;
  if (options.admin.empty()) return printed;
  if (auto s = nameAdmin(options); !s) return s.error();
  return *printed + "the fleet's first admin is " + options.admin + "\n";
}

}  // namespace cairn::app
