// A program with an HTTP interface that pinning calls out to, and how a call to it ends.
//
// Contract: call() sends one request and gives the body of an answer with status 200 to 299. Errors name the service by
// `what` and host, never with credentials: Errc::not_found for 404, Errc::timeout, Errc::unavailable for everything
// else, with the beginning of what it said, made printable. Answers are cut off at `mostBytes`. Thread-safe; calls must
// run on a strand (http::Client's rule).
#pragma once

#include "common/base/secret.h"
#include "daemon/http/client.h"

namespace cairn::pinning {

struct Service {
  std::string what;  ///< for people: "the cluster's REST API"
  http::Endpoint endpoint;
  std::string prefix;    ///< of every target, without a slash at its end
  Secret authorization;  ///< value of the header; empty: none
};

struct Call {
  std::string target;  ///< after the prefix, encoded
  std::string method = "GET";
  std::string contentType;
  Bytes body;
  std::chrono::milliseconds timeout{10'000};
  std::uint64_t mostBytes = 1U << 20;
};

Task<Result<Bytes>> call(http::Client& client, const Service& service, Call call);

/// What somebody else wrote, fit for a log line or an answer: at most 200 characters, all of them printable ASCII.
std::string printable(std::string_view text);

}  // namespace cairn::pinning
