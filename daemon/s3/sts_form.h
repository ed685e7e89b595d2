// What STS is asked and how it answers: the form, its errors, its XML.
//
// Contract: internal to daemon/s3; pure. read() takes a percent-encoded form whose action is one of kActions, with no
// parameter that the action does not have; the StsError says what is wrong. narrowed() is what both the session's scope
// and the form's Policy allow. Replies are those of the AWS Security Token Service API Reference, 2011-06-15.
#pragma once

#include <map>

#include "daemon/auth/sessions.h"
#include "daemon/s3/handlers.h"

namespace cairn::s3 {

inline constexpr std::string_view kWithWebIdentity = "AssumeRoleWithWebIdentity", kAssumeRole = "AssumeRole";

/// What STS calls an error.
struct StsError {
  StsError() = default;
  StsError(int httpStatus, std::string_view wireCode, std::string text)
      : status(httpStatus), code(wireCode), message(std::move(text)) {}
  int status = 500;
  std::string_view code;
  std::string message;
};
template <class T>
using StsResult = boost::system::result<T, StsError>;
[[noreturn, maybe_unused]] inline void throw_exception_from_error(const StsError& e, const boost::source_location&) {
  throw std::runtime_error(e.message);
}

class StsForm {
 public:
  static StsResult<StsForm> read(std::string_view text);

  std::string_view action() const { return action_; }
  std::string_view get(std::string_view name) const;
  /// DurationSeconds.
  std::int64_t seconds() const { return seconds_; }

 private:
  StsResult<std::int64_t> readSeconds() const;
  std::map<std::string, std::string, std::less<>> values_;
  std::string_view action_;  ///< one of the constants above
  std::int64_t seconds_ = 0;
};

/// The session, no wider than the form's Policy says and no longer than its DurationSeconds from `now`.
StsResult<auth::Session> narrowed(auth::Session session, const StsForm& form, Timestamp now);

StsError fromAuthError(const auth::AuthError& error, std::string_view action);
Reply stsReply(const StsError& error, const std::string& requestId);
Reply stsReply(const auth::SessionCredentials& made, const StsForm& form, const OwnerId& owner,
               const std::string& requestId);

}  // namespace cairn::s3
