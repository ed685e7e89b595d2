// Bearer tokens that a wallet signs: "<prefix>.<payload>.<signature>", the latter two in base64url without padding;
// docs/formats/token.md.
//
// Contract: values and pure functions, any thread; none looks at revocations or nonces. readToken() takes a text apart
// and checks its form; checkSigner() that the key of the wallet named signed it (recovers a key: some 40 us; whether a
// contract wallet did, only its contract knows); checkTimes() and checkFleet() whether it holds here and now. What
// identifies a token is its digest, never its text: version 1
// ("fula-eip712", compatible with the gateways that issue it) has many spellings, version 2 ("cairn-eip712") exactly
// one, that of JSON.stringify with the members in the type's order. A high s is refused in both. Issue and expiry are
// seconds since 1970.
#pragma once

#include "common/identity/scope.h"
#include "common/identity/signed_text.h"

namespace cairn::identity {

inline constexpr std::string_view kTokenV1 = "fula-eip712.";
inline constexpr std::string_view kTokenV2 = "cairn-eip712.";
inline constexpr std::int64_t kMostTokenLife = 24 * 3600;  ///< seconds from issue to expiry

/// What a token is good for: storage alone, or the operators' calls that need no signed message of their own, too.
enum class TokenRole { storage, operator_ };
std::string_view toText(TokenRole role);

struct Token {
  int version = 2;
  Address wallet;
  std::int64_t issued = 0, expires = 0;
  // Version 2 alone; version 1 is good for all storage in any fleet.
  std::string fleet;
  TokenRole role = TokenRole::storage;
  Scope scope = Scope::everything();
  Digest nonce{};
  friend bool operator==(const Token&, const Token&) = default;
};

struct SignedToken {
  Token token;
  Digest digest{};
  ClaimedSignature signature;
};

/// Whether `text` claims to be one of these: nobody else's business then.
bool looksLikeToken(std::string_view text);

/// The EIP-712 digest: what is signed, and what names the token.
Digest digestOf(const Token& token);
/// For a wallet's eth_signTypedData_v4.
std::string documentOf(const Token& token);
std::string tokenText(const Token& token, const RecoverableSignature& signature);

TokenResult<SignedToken> readToken(std::string_view text, Signers signers = Signers::keys);
TokenStatus checkSigner(const SignedToken& token);
TokenStatus checkTimes(const Token& token, std::int64_t now);
TokenStatus checkFleet(const Token& token, std::string_view fleet);

}  // namespace cairn::identity
