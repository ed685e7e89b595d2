// Why something that a wallet signed is refused: a token, or a grant.
//
// Contract: values, any thread. `message` is for who presents it; it tells nothing but what he could have found out
// himself, and never holds what was presented.
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>

namespace cairn::identity {

enum class TokenFault {
  not_a_token,  ///< not of the form asked for at all
  malformed,
  signature,     ///< its form: length, v, r or s
  high_s,        ///< a twin of a good one
  wrong_signer,  ///< signed by another wallet than the one named, or changed since
  other_fleet,
  issued_ahead,  ///< more than kMostAhead
  expired,
  life,  ///< ends before it begins, or lives too long
};

struct TokenError {
  TokenFault fault = TokenFault::malformed;
  std::string message;
};
[[noreturn]] inline void throw_exception_from_error(const TokenError& e, const boost::source_location&) {
  throw std::runtime_error(e.message);
}
template <class T>
using TokenResult = boost::system::result<T, TokenError>;
using TokenStatus = TokenResult<void>;

}  // namespace cairn::identity
