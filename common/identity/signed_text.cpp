#include "common/identity/signed_text.h"

#include <algorithm>

#include "common/digest/base64.h"

namespace cairn::identity {
namespace {

TokenError refuse(TokenFault fault, std::string message) {
  return {fault, std::move(message)};
}

std::string seconds(std::int64_t n) {
  return std::to_string(n) + " s";
}

}  // namespace

std::string joinSigned(std::string_view prefix, std::string_view payload, BytesView signature) {
  return std::string(prefix) + base64Url(asBytes(payload)) + '.' + base64Url(signature);
}

TokenResult<SignedText> splitSigned(std::string_view text, std::string_view prefix, VPolicy policy, Signers signers,
                                    const std::string& what) {
  if (text.size() > kMaxTokenBytes)
    return refuse(TokenFault::malformed,
                  "the " + what + " is longer than " + std::to_string(kMaxTokenBytes) + " bytes");
  text.remove_prefix(prefix.size());
  const std::size_t dot = text.find('.');
  auto payload = fromBase64Url(text.substr(0, dot));
  auto signature = dot == text.npos ? std::nullopt : fromBase64Url(text.substr(dot + 1));
  if (!payload || !signature)
    return refuse(TokenFault::malformed,
                  "behind its prefix a " + what + " has a payload and a signature, in base64url without padding");
  const auto parsed = RecoverableSignature::parse(*signature, policy);
  const bool judged = signers == Signers::contracts_too && !signature->empty();
  if (!parsed && (!judged || signature->size() > kMaxContractSignature))
    return refuse(parsed.error() == SignatureFault::high_s ? TokenFault::high_s : TokenFault::signature,
                  "the " + what + "'s signature is refused: " + std::string(explain(parsed.error())));
  SignedText out{std::move(*payload), {std::move(*signature), std::nullopt}};
  if (parsed) out.signature.byKey = *parsed;
  return out;
}

TokenStatus checkKey(const ClaimedSignature& signature, const Digest& digest, const Address& wallet,
                     const std::string& what) {
  if (!signature.byKey)
    return refuse(TokenFault::wrong_signer, "the signature of the " + what + " is none that a key makes: if " +
                                                wallet.text() +
                                                " is a contract wallet, only its contract can judge it");
  const auto signer = signature.byKey->recover(digest);
  if (signer && *signer == wallet) return {};
  return refuse(TokenFault::wrong_signer, "the " + what + " was not signed by the wallet that it names, " +
                                              wallet.text() + ", or was changed since");
}

TokenStatus checkLife(std::int64_t issued, std::int64_t expires, std::int64_t now, std::int64_t most,
                      const std::string& mostText, const std::string& what) {
  if (expires <= issued) return refuse(TokenFault::life, "the " + what + " ends before it begins");
  if (expires - issued > most)
    return refuse(TokenFault::life,
                  "a " + what + " is good for " + mostText + " at most; this one says " + seconds(expires - issued));
  if (expires <= now)
    return refuse(TokenFault::expired, "the " + what + " has expired " + seconds(now - expires) + " ago");
  if (issued > now + kMostAhead)
    return refuse(TokenFault::issued_ahead, "the " + what + " is dated " + seconds(issued - now) +
                                                " ahead of this server's clock; " + seconds(kMostAhead) +
                                                " are allowed. Is the clock of the machine that made it right?");
  return {};
}

Result<Digest> readWord(std::string_view text) {
  const auto bytes = text.starts_with("0x") ? fromHex(text.substr(2)) : std::nullopt;
  Digest word;
  if (!bytes || bytes->size() != word.size()) return fail(Errc::invalid, "it is not 0x and 64 hexadecimal digits");
  std::ranges::copy(*bytes, word.begin());
  return word;
}

Result<Digest> readNonce(std::string_view text) {
  auto word = readWord(text);
  if (!word) return fail(Errc::invalid, "its nonce is not 0x and 64 hexadecimal digits");
  return word;
}

}  // namespace cairn::identity
