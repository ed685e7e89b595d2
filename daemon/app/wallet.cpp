#include "daemon/app/wallet.h"

#include "common/identity/keystore.h"
#include "daemon/app/api_call.h"
#include "daemon/app/keys.h"
#include "daemon/app/offline.h"

namespace cairn::app {

Result<identity::SecretKey> readWallet(const std::string& keyFile, const std::string& passwordFile) {
  auto text = readInput(keyFile, identity::kMaxKeystoreBytes);
  if (!text) return text.error();
  if (!text->starts_with('{')) {
    auto secret = readSecretFile(keyFile);  // which looks at its mode
    if (!secret) return secret.error();
    auto bytes = fromHex(secret->starts_with("0x") ? secret->substr(2) : *secret);
    if (!bytes) return fail(Errc::invalid, keyFile + " holds neither a wallet's key file nor a key in hexadecimal");
    return identity::SecretKey::parse(*bytes);
  }
  auto keystore = identity::Keystore::parse(*text);
  if (!keystore) return fail(keystore.error().code, keyFile + ": " + keystore.error().message);
  if (passwordFile.empty())
    return fail(Errc::invalid, keyFile + " is locked with a password: name the file that has it with --password-file");
  auto password = readSecretFile(passwordFile);
  if (!password) return password.error();
  auto key = keystore->open(*password);
  if (!key) return fail(key.error().code, keyFile + ": " + key.error().message);
  return key;
}

Result<api::Challenge> askChallenge(const std::string& api) {
  auto answer = callApi(api, {"GET", "/auth/v1/challenge", {}, {}});
  if (!answer) return answer.error();
  if (answer->status == 404)
    return fail(Errc::unsupported, "the master at " + api + " takes no wallets: auth.eip712 is off there");
  if (answer->status != 200) return problemOf(api, *answer);
  return api::fromJson<api::Challenge>(asText(answer->body));
}

}  // namespace cairn::app
