// Errors as values, for everything that can fail for a reason outside the program.
//
// Contract: a function that can fail returns Result<T>; it never throws for bad input, a full disk or a lost peer.
// Exceptions are left for broken invariants (CAIRN_ASSERT) and for cancellation inside Asio. `message` is written for
// an operator: what failed, on what, and where it helps what to do; it never holds a secret. Thread-safe: values only.
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace cairn {

/// What kind of failure, for code that decides by it. Wording for people is in Error::message.
enum class Errc {
  invalid,          ///< input is malformed; changing nothing was all that happened
  not_found,        ///< the thing named does not exist
  already_exists,   ///< the thing named exists
  precondition,     ///< a stated condition did not hold
  denied,           ///< the caller may not
  corrupt,          ///< stored or received bytes do not match their checksum, CID or format
  newer_version,    ///< written by a newer Cairn than this one
  too_large,        ///< over a limit
  no_space,         ///< the disk or a quota is full
  io,               ///< the operating system refused; for writes the store is poisoned until reopened
  unavailable,      ///< a peer, the registry or a quorum cannot be reached now; safe to try again
  timeout,          ///< no answer in time; outcome unknown unless the call says otherwise
  conflict,         ///< lost a race for good (bound reached)
  fenced,           ///< this master's epoch may not flip
  unknown_outcome,  ///< may or may not have happened, and cannot be settled now
  cancelled,        ///< stopping
  unsupported,      ///< a valid request for something that does not exist here
  internal,         ///< a bug
};

std::string_view toString(Errc code);

struct Error {
  Errc code = Errc::internal;
  std::string message;
};

[[noreturn]] inline void throw_exception_from_error(const Error& e, const boost::source_location&) {
  throw std::runtime_error(e.message);
}

template <class T>
using Result = boost::system::result<T, Error>;
using Status = Result<void>;

/// `return fail(Errc::invalid, "bucket name is empty");`
inline Error fail(Errc code, std::string message) {
  return Error{code, std::move(message)};
}

[[noreturn]] void assertFailed(const char* expression, const char* file, int line);

}  // namespace cairn

/// An invariant. Checked in release builds too: a master that would go on in a state nobody thought of stops instead.
#define CAIRN_ASSERT(expression) \
  (static_cast<bool>(expression) ? static_cast<void>(0) : ::cairn::assertFailed(#expression, __FILE__, __LINE__))
