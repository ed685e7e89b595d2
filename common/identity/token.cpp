#include "common/identity/token.h"

#include <array>

#include "common/identity/struct_encoder.h"
#include "common/identity/token_payload.h"

namespace cairn::identity {
namespace {

const StructType& entryType() {
  static const StructType kEntry("Scope", {{"string", "bucket"}, {"string", "prefix"}, {"string", "operations"}});
  return kEntry;
}

const StructType& typeOf(int version) {
  static const StructType kV1("FulaAuth", {{"address", "wallet"}, {"uint256", "iat"}, {"uint256", "exp"}});
  static const StructType kV2("CairnAuth",
                              {{"address", "wallet"},
                               {"string", "fleet"},
                               {"string", "role"},
                               {"Scope[]", "scope"},
                               {"uint64", "iat"},
                               {"uint64", "exp"},
                               {"bytes32", "nonce"}},
                              {&entryType()});
  return version == 1 ? kV1 : kV2;
}

const Domain& domainOf(int version) {
  static const Domain kV1{.name = "Fula Gateway", .version = "1"};
  static const Domain kV2{.name = "Cairn", .version = "2"};
  return version == 1 ? kV1 : kV2;
}

const Digest& separatorOf(int version) {
  static const Digest kV1 = domainOf(1).separator(), kV2 = domainOf(2).separator();
  return version == 1 ? kV1 : kV2;
}

Digest hashOf(std::string_view text) {
  return keccak256(asBytes(text));
}

/// The Keccak of texts that most tokens have, once.
const Digest& hashOf(Operations operations) {
  static const auto kAll = [] {
    std::array<Digest, 16> all;
    for (std::uint8_t bits = 0; bits < all.size(); ++bits) {
      Operations some;
      for (Operation o : {Operation::read, Operation::write, Operation::list, Operation::remove})
        if ((bits & static_cast<std::uint8_t>(o)) != 0) some = some.with(o);
      all[bits] = hashOf(some.text());
    }
    return all;
  }();
  return kAll[operations.bits()];
}
const Digest& hashOf(TokenRole role) {
  static const Digest kStorage = hashOf(toText(TokenRole::storage)), kOperator = hashOf(toText(TokenRole::operator_));
  return role == TokenRole::storage ? kStorage : kOperator;
}

Word hashOf(const ScopeEntry& entry) {
  const auto compute = [](const ScopeEntry& e) {
    return StructEncoder(entryType()).text(e.bucket).text(e.prefix).hashedText(hashOf(e.operations)).finish();
  };
  static const ScopeEntry kEverything = Scope::everything().entries().front();
  static const Word kHash = compute(kEverything);
  return entry == kEverything ? kHash : compute(entry);
}

/// A master sees one fleet's tokens.
Digest hashOfFleet(const std::string& fleet) {
  thread_local std::pair<std::string, Digest> last{"", hashOf("")};
  if (last.first != fleet) last = {fleet, hashOf(fleet)};
  return last.second;
}

TokenError refuse(TokenFault fault, std::string message) {
  return {fault, std::move(message)};
}

std::string seconds(std::int64_t n) {
  return std::to_string(n) + " s";
}

}  // namespace

std::string_view toText(TokenRole role) {
  return role == TokenRole::storage ? "storage" : "operator";
}

bool looksLikeToken(std::string_view text) {
  return text.starts_with(kTokenV1) || text.starts_with(kTokenV2);
}

Digest digestOf(const Token& token) {
  StructEncoder encoder(typeOf(token.version));
  encoder.address(token.wallet);
  if (token.version == 2) {
    std::vector<Word> entries;
    for (const ScopeEntry& e : token.scope.entries()) entries.push_back(hashOf(e));
    encoder.hashedText(hashOfFleet(token.fleet)).hashedText(hashOf(token.role)).array(entries);
  }
  encoder.uint(static_cast<std::uint64_t>(token.issued)).uint(static_cast<std::uint64_t>(token.expires));
  if (token.version == 2) encoder.fixedBytes(token.nonce);
  return typedDataDigest(separatorOf(token.version), encoder.finish());
}

std::string documentOf(const Token& token) {
  return document(domainOf(token.version), typeOf(token.version), tokenPayload(token));
}

std::string tokenText(const Token& token, const RecoverableSignature& signature) {
  const std::string payload = tokenPayload(token);
  return std::string(token.version == 1 ? kTokenV1 : kTokenV2) + base64Url(asBytes(payload)) + '.' +
         base64Url(signature.bytes());
}

TokenResult<SignedToken> readToken(std::string_view text) {
  const int version = text.starts_with(kTokenV1) ? 1 : text.starts_with(kTokenV2) ? 2 : 0;
  if (version == 0) return refuse(TokenFault::not_a_token, "the token has neither of the prefixes of wallet tokens");
  if (text.size() > kMaxTokenBytes)
    return refuse(TokenFault::malformed, "the token is longer than " + std::to_string(kMaxTokenBytes) + " bytes");
  text.remove_prefix((version == 1 ? kTokenV1 : kTokenV2).size());
  const std::size_t dot = text.find('.');
  const auto payload = fromBase64Url(text.substr(0, dot));
  const auto signature = dot == text.npos ? std::nullopt : fromBase64Url(text.substr(dot + 1));
  if (!payload || !signature)
    return refuse(TokenFault::malformed,
                  "behind its prefix a token has a payload and a signature, in base64url without padding");
  const auto parsed = RecoverableSignature::parse(*signature, version == 1 ? VPolicy::also_0_1 : VPolicy::only_27_28);
  if (!parsed)
    return refuse(parsed.error() == SignatureFault::high_s ? TokenFault::high_s : TokenFault::signature,
                  "the token's signature is refused: " + std::string(explain(parsed.error())));
  auto token = version == 1 ? readPayloadV1(asText(*payload)) : readPayloadV2(asText(*payload));
  if (!token) return refuse(TokenFault::malformed, "the token's payload is refused: " + token.error().message);
  const Digest digest = digestOf(*token);
  return SignedToken{std::move(*token), digest, *parsed};
}

TokenStatus checkSigner(const SignedToken& token) {
  const auto signer = token.signature.recover(token.digest);
  if (signer && *signer == token.token.wallet) return {};
  return refuse(TokenFault::wrong_signer, "the token was not signed by the wallet that it names, " +
                                              token.token.wallet.text() + ", or was changed since");
}

TokenStatus checkTimes(const Token& token, std::int64_t now) {
  if (token.expires <= token.issued) return refuse(TokenFault::life, "the token ends before it begins");
  if (token.expires - token.issued > kMostTokenLife)
    return refuse(TokenFault::life,
                  "a token is good for 24 hours at most; this one says " + seconds(token.expires - token.issued));
  if (token.expires <= now)
    return refuse(TokenFault::expired, "the token has expired " + seconds(now - token.expires) + " ago");
  if (token.issued > now + kMostAhead)
    return refuse(TokenFault::issued_ahead, "the token is dated " + seconds(token.issued - now) +
                                                " ahead of this server's clock; " + seconds(kMostAhead) +
                                                " are allowed. Is the clock of the machine that made it right?");
  return {};
}

TokenStatus checkFleet(const Token& token, std::string_view fleet) {
  if (token.version == 1 || token.fleet == fleet) return {};
  return refuse(TokenFault::other_fleet, "the token is for another fleet");
}

}  // namespace cairn::identity
