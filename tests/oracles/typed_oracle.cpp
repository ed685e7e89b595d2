// Cairn's side of the comparison with other implementations of EIP-712: a request a line on standard input, an answer a
// line on standard output.
//   sign KEY DOCUMENT            -> DOMAIN-SEPARATOR MESSAGE-HASH DIGEST SIGNATURE, MESSAGE-HASH - when there is none
//   recover DIGEST SIGNATURE     -> ADDRESS
//   show DOCUMENT                -> JSON-free lines of "path: value", joined by tabs
//   action NAME FLEET NONCE EXPIRES PARAMETERS -> DOCUMENT
//   open PASSWORD FILE           -> SECRET-KEY
//   seal KDF KEY PASSWORD        -> FILE
//   signed TEXT                  -> DIGEST DOCUMENT of a token or a grant, whose signature is its wallet's
// KEY, DIGEST and SIGNATURE in hexadecimal; DOCUMENT and FILE are JSON without line breaks. A refusal is answered with
// "error: REASON".

#include <iostream>
#include <random>
#include <sstream>
#include <string>

#include "common/identity/action.h"
#include "common/identity/grant.h"
#include "common/identity/keystore.h"
#include "common/identity/recoverable.h"
#include "common/identity/token.h"
#include "common/identity/typed_data.h"

namespace cairn::identity {
namespace {

Result<SecretKey> keyOf(const std::string& hex) {
  const auto bytes = fromHex(hex);
  if (!bytes) return fail(Errc::invalid, "the key is not hexadecimal");
  return SecretKey::parse(*bytes);
}

std::string rest(std::istringstream& in) {
  std::string text;
  std::getline(in >> std::ws, text);
  return text;
}

Result<std::string> sign(std::istringstream& in) {
  std::string hex;
  in >> hex;
  const auto key = keyOf(hex);
  if (!key) return key.error();
  const auto data = TypedData::parse(rest(in));
  if (!data) return data.error();
  const std::string message = data->messageHash() ? toHex(*data->messageHash()) : "-";
  return toHex(data->domainSeparator()) + " " + message + " " + toHex(data->digest()) + " " +
         toHex(RecoverableSignature::sign(*key, data->digest()).bytes());
}

Result<std::string> recover(std::istringstream& in) {
  std::string hash, signature;
  in >> hash >> signature;
  const auto digest = fromHex(hash), bytes = fromHex(signature);
  if (!digest || digest->size() != 32 || !bytes) return fail(Errc::invalid, "not hexadecimal");
  Digest wanted;
  std::copy(digest->begin(), digest->end(), wanted.begin());
  const auto parsed = RecoverableSignature::parse(*bytes, VPolicy::only_27_28);
  if (!parsed) return fail(Errc::invalid, std::string(explain(parsed.error())));
  const auto address = parsed->recover(wanted);
  if (!address) return fail(Errc::invalid, std::string(explain(address.error())));
  return address->text();
}

Result<std::string> show(std::istringstream& in) {
  const auto data = TypedData::parse(rest(in));
  if (!data) return data.error();
  std::string text = toText(*data);
  for (char& c : text)
    if (c == '\n') c = '\t';
  return text;
}

Result<std::string> action(std::istringstream& in) {
  std::string name, fleet, nonce;
  std::int64_t expires = 0;
  in >> name >> fleet >> nonce >> expires;
  const auto word = readWord(nonce);
  if (!word) return word.error();
  const auto parameters = readJson(rest(in));
  if (!parameters) return parameters.error();
  const auto made = makeAction(name, *parameters, fleet, *word, expires);
  if (!made) return made.error();
  return documentOf(*made);
}

Result<std::string> open(std::istringstream& in) {
  std::string password;
  in >> password;
  const auto file = Keystore::parse(rest(in));
  if (!file) return file.error();
  const auto key = file->open(password);
  if (!key) return key.error();
  return toHex(key->bytes());
}

Result<std::string> seal(std::istringstream& in) {
  std::string kdf, hex, password;
  in >> kdf >> hex >> password;
  const auto key = keyOf(hex);
  if (!key) return key.error();
  std::mt19937_64 random(20260101);
  const auto fill = [&](std::span<std::uint8_t> out) {
    for (auto& byte : out) byte = static_cast<std::uint8_t>(random());
  };
  const KeystoreCost cost = kdf == "pbkdf2" ? KeystoreCost(Pbkdf2Cost{1000}) : KeystoreCost(ScryptCost{1024, 8, 1});
  auto file = writeKeystore(*key, password, cost, fill);
  if (file && file->ends_with('\n')) file->pop_back();
  return file;
}

template <class Signed>
Result<std::string> told(const TokenResult<Signed>& read, const std::string& document) {
  if (!read) return fail(Errc::invalid, read.error().message);
  if (auto s = checkSigner(*read); !s) return fail(Errc::denied, s.error().message);
  return toHex(read->digest) + " " + document;
}

Result<std::string> readSigned(std::istringstream& in) {
  const std::string text = rest(in);
  if (text.starts_with(kGrantPrefix)) {
    const auto grant = readGrant(text);
    return told(grant, grant ? documentOf(grant->grant) : "");
  }
  const auto token = readToken(text);
  return told(token, token ? documentOf(token->token) : "");
}

Result<std::string> answer(const std::string& line) {
  std::istringstream in(line);
  std::string verb;
  in >> verb;
  if (verb == "sign") return sign(in);
  if (verb == "recover") return recover(in);
  if (verb == "show") return show(in);
  if (verb == "action") return action(in);
  if (verb == "open") return open(in);
  if (verb == "seal") return seal(in);
  if (verb == "signed") return readSigned(in);
  return fail(Errc::unsupported, "no such request: " + verb);
}

}  // namespace
}  // namespace cairn::identity

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    const auto answered = cairn::identity::answer(line);
    std::cout << (answered ? *answered : "error: " + answered.error().message) << std::endl;
  }
  return 0;
}
