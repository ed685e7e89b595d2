#include "daemon/app/wallet.h"

#include <filesystem>
#include <iostream>

#include "common/base/secret.h"
#include "common/identity/keystore.h"
#include "daemon/app/api_call.h"
#include "daemon/app/keys.h"
#include "daemon/app/offline.h"
#include "daemon/rt/clock.h"
#include "daemon/s3/sts.h"

namespace cairn::app {

Result<identity::SecretKey> readWallet(const std::string& keyFile, const std::string& passwordFile) {
  auto text = readInput(keyFile, identity::kMaxKeystoreBytes);
  if (!text) return text.error();
  if (!text->starts_with('{')) {
    auto secret = readSecretFile(keyFile);  // which looks at its mode
    if (!secret) return secret.error();
    auto bytes = fromHex(std::string_view(*secret).substr(secret->starts_with("0x") ? 2 : 0));
    wipe(*secret);
    wipe(*text);
    if (!bytes) return fail(Errc::invalid, keyFile + " holds neither a wallet's key file nor a key in hexadecimal");
    auto key = identity::SecretKey::parse(*bytes);
    wipe(*bytes);
    return key;
  }
  auto keystore = identity::Keystore::parse(*text);
  if (!keystore) return fail(keystore.error().code, keyFile + ": " + keystore.error().message);
  if (passwordFile.empty())
    return fail(Errc::invalid, keyFile + " is locked with a password: name the file that has it with --password-file");
  auto password = readSecretFile(passwordFile);
  if (!password) return password.error();
  auto key = keystore->open(*password);
  wipe(*password);
  if (!key) return fail(key.error().code, keyFile + ": " + key.error().message);
  return key;
}

std::int64_t nowSeconds() {
  return systemClock()->now().get() / 1000;
}

Status expectFleet(const std::string& keyFile, const std::string& named, const std::string& said) {
  if (!named.empty()) {
    if (named == said) return {};
    return fail(Errc::denied, "the master asked is of fleet " + said + ", not of " + named);
  }
  if (keyFile == "-")
    return fail(Errc::invalid, "a key from standard input is known in no fleet: name it with --fleet");
  const std::string note = keyFile + ".fleet";
  std::error_code ignored;
  if (std::filesystem::exists(note, ignored)) {
    auto known = readTextFile(note);
    if (!known) return known.error();
    if (*known == said) return {};
    return fail(Errc::denied, "the master asked is of fleet " + said + ", and this wallet signs for " + *known + " (" +
                                  note + "): if that is meant, name the fleet with --fleet");
  }
  if (auto s = writeNewFile(note, said + "\n", 0644); !s)
    return fail(s.error().code, s.error().message + "; name the fleet with --fleet to do without it");
  std::cerr << "This wallet signs for fleet " << said << " from now on, as noted in " << note
            << ". Compare it with what the fleet's operator says.\n";
  return {};
}

Result<api::Challenge> askChallenge(const std::string& at, AskDoor door) {
  auto answer =
      callApi(at, {"GET", door == AskDoor::api ? "/auth/v1/challenge" : std::string(s3::kChallengePath), {}, {}});
  if (!answer) return answer.error();
  if (answer->status == 404 || answer->status == 403)
    return fail(Errc::unsupported, "the master at " + at + " takes no wallets: auth.eip712 is off there");
  if (answer->status != 200) return problemOf(at, *answer);
  return api::fromJson<api::Challenge>(asText(answer->body));
}

}  // namespace cairn::app
