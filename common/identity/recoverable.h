// Signatures from which the signer's address is recovered: r || s || v, 65 bytes, as Ethereum's wallets make them.
//
// Contract: values and pure functions, any thread. A RecoverableSignature is well-formed: r and s in [1, n), s in the
// lower half, so it has one spelling, which is bytes() (v 27 or 28). parse() reads 65 bytes from outside; each way of
// being wrong has a SignatureFault of its own, and of several the first in the enum's order is named. recover() fails
// only with SignatureFault::no_key (r is no point's x); it always gives some address for what is well-formed, so the
// caller must compare it with whose signature it should be.
#pragma once

#include <boost/system/result.hpp>

#include "common/identity/address.h"
#include "common/identity/secp.h"

namespace cairn::identity {

enum class SignatureFault {
  length,  ///< not 65 bytes
  v,       ///< the last byte is none of those that the policy takes
  r_zero,
  r_range,  ///< r is not below the order of the curve
  s_zero,
  s_range,
  high_s,  ///< the twin of a good signature: anybody can make it without the key
  no_key,  ///< no public key gives this signature
};

/// For an operator or an honest client; fits after "the signature is refused: ".
std::string_view explain(SignatureFault fault);

[[noreturn]] inline void throw_exception_from_error(SignatureFault fault, const boost::source_location&) {
  throw std::runtime_error(std::string(explain(fault)));
}

template <class T>
using SignatureResult = boost::system::result<T, SignatureFault>;

/// What the last byte may be.
enum class VPolicy {
  only_27_28,
  also_0_1,  ///< 0, 1, 27 and 28: what version-1 issuers take
};

class RecoverableSignature {
 public:
  using Raw = std::array<std::uint8_t, 65>;

  static SignatureResult<RecoverableSignature> parse(BytesView bytes, VPolicy policy);
  static RecoverableSignature sign(const SecretKey& key, const Digest& digest);

  const Raw& bytes() const { return bytes_; }
  SignatureResult<Address> recover(const Digest& digest) const;

  friend bool operator==(const RecoverableSignature&, const RecoverableSignature&) = default;

 private:
  RecoverableSignature() = default;
  Raw bytes_{};
};

}  // namespace cairn::identity
