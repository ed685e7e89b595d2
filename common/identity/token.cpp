#include "common/identity/token.h"

#include <array>

#include "common/identity/struct_encoder.h"
#include "common/identity/token_payload.h"

namespace cairn::identity {
namespace {

const std::string kWhat = "token";

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
        if ((bits & static_cast<std::uint8_t>(o)) != 0) some |= {o};
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
  return joinSigned(token.version == 1 ? kTokenV1 : kTokenV2, tokenPayload(token), signature.bytes());
}

TokenResult<SignedToken> readToken(std::string_view text, Signers signers) {
  const int version = text.starts_with(kTokenV1) ? 1 : text.starts_with(kTokenV2) ? 2 : 0;
  if (version == 0)
    return TokenError{TokenFault::not_a_token, "the token has neither of the prefixes of wallet tokens"};
  auto parts = version == 1 ? splitSigned(text, kTokenV1, VPolicy::also_0_1, Signers::keys, kWhat)
                            : splitSigned(text, kTokenV2, VPolicy::only_27_28, signers, kWhat);
  if (!parts) return parts.error();
  auto token = version == 1 ? readPayloadV1(asText(parts->payload)) : readPayloadV2(asText(parts->payload));
  if (!token) return TokenError{TokenFault::malformed, "the token's payload is refused: " + token.error().message};
  const Digest digest = digestOf(*token);
  return SignedToken{std::move(*token), digest, std::move(parts->signature)};
}

TokenStatus checkSigner(const SignedToken& token) {
  return checkKey(token.signature, token.digest, token.token.wallet, kWhat);
}

TokenStatus checkTimes(const Token& token, std::int64_t now) {
  return checkLife(token.issued, token.expires, now, kMostTokenLife, "24 hours", kWhat);
}

TokenStatus checkFleet(const Token& token, std::string_view fleet) {
  if (token.version == 1 || token.fleet == fleet) return {};
  return TokenError{TokenFault::other_fleet, "the token is for another fleet"};
}

}  // namespace cairn::identity
