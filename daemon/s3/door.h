// The S3 door: an HTTP request in, an S3 answer out.
//
// Contract: handle() authenticates, parses the request into an Operation, acts on it through the bucket service and
// writes exactly one answer; whatever goes wrong becomes S3's XML error with the request's id (x-amz-request-id), which
// the log line carries too. Thread-safe: any number of handle() calls at once, each on its caller's executor; the door
// keeps no state but metrics. It borrows what it is constructed with, for its life. Anonymous callers get AccessDenied
// for everything but what an owner opened to everybody (opened.h). With `sts`, a form that is posted to / goes to it.
// Logs never hold a signature, a token or a query string. Sizes are bytes. Source: Amazon S3 API Reference, 2006-03-01.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "daemon/auth/authenticator.h"
#include "daemon/bucket/service.h"
#include "daemon/http/body.h"
#include "daemon/http/message.h"
#include "daemon/rt/clock.h"

namespace cairn::s3 {

enum class AccessLog { off, errors, all };

struct Options {
  /// Hosts under which `bucket.suffix` means a bucket, lower case, without leading dot. Empty: path style only.
  std::vector<std::string> virtualHostSuffixes;
  std::string region = "us-east-1";
  /// One line a request; `errors` are answers of 500 and above.
  AccessLog accessLog = AccessLog::errors;
  /// Of XML request bodies: 1,000 keys of 1,024 escaped bytes, or 10,000 parts with checksums, fit.
  std::size_t maxXmlBody = 8U << 20;
};

class Sts;

class Door {
 public:
  Door(Options options, bucket::Service& buckets, const auth::Authenticator& authenticator, Clock& clock,
       Random& random, Sts* sts = nullptr);
  ~Door();
  Door(const Door&) = delete;
  Door& operator=(const Door&) = delete;

  Task<void> handle(http::Request& request, http::BodyReader& body, http::ResponseWriter& writer);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cairn::s3
