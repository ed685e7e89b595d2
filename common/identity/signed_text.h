// How what a wallet signed travels, and for how long it is good: "<prefix><payload>.<signature>", the latter two in
// base64url without padding.
//
// Contract: pure, any thread. splitSigned() takes a text apart; of a signature that no key can have made
// (RecoverableSignature), it makes a refusal, or, where `signers` allows for contract wallets (EIP-1271), bytes that
// only the contract can judge. `what` is the thing's name in messages: "token". Times are seconds since 1970.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/identity/recoverable.h"
#include "common/identity/token_fault.h"

namespace cairn::identity {

inline constexpr std::size_t kMaxTokenBytes = 8192;
inline constexpr std::int64_t kMostAhead = 300;  ///< seconds that an issue may lie ahead
/// Of a contract wallet's signature: a multi-signature wallet's has 65 bytes for each owner.
inline constexpr std::size_t kMaxContractSignature = 4096;

enum class Signers { keys, contracts_too };

struct ClaimedSignature {
  Bytes bytes;                                ///< as they came
  std::optional<RecoverableSignature> byKey;  ///< nullopt: no key made it, but a contract may take it
};

struct SignedText {
  Bytes payload;
  ClaimedSignature signature;
};

std::string joinSigned(std::string_view prefix, std::string_view payload, BytesView signature);
/// `text` begins with `prefix`.
TokenResult<SignedText> splitSigned(std::string_view text, std::string_view prefix, VPolicy policy, Signers signers,
                                    const std::string& what);

/// Whether `wallet`'s own key signed it.
TokenStatus checkKey(const ClaimedSignature& signature, const Digest& digest, const Address& wallet,
                     const std::string& what);
/// In time, and of a life of no more than `most` seconds, called `mostText`.
TokenStatus checkLife(std::int64_t issued, std::int64_t expires, std::int64_t now, std::int64_t most,
                      const std::string& mostText, const std::string& what);

/// 32 bytes as "0x" and 64 hexadecimal digits. Errc::invalid.
Result<Digest> readWord(std::string_view text);
/// The same of a payload, in whose message it is named.
Result<Digest> readNonce(std::string_view text);

}  // namespace cairn::identity
