// One request to a master's API door, from the command line.
//
// Contract: callApi() takes host:port, which it asks by plain HTTP, or http:// or https:// and the same; it waits for
// the whole answer, and never takes a status for an error; Errc::unavailable, with the address, when nobody answers.
// readToken() gives the text of `file`, or of the one that CAIRN_TOKEN_FILE names when `file` is empty, or "" when
// neither is given. problemOf() gives what an answer that is not 200 says, and how to get a token where it asks for
// one.
#pragma once

#include "daemon/http/client.h"

namespace cairn::app {

struct ApiCall {
  std::string method = "GET";
  std::string target;
  std::string token;  ///< empty: none is sent
  std::string body;   ///< JSON
};

/// What `at` names: host:port, or http:// or https:// and the same.
Result<http::Endpoint> endpointOf(const std::string& at);
Result<http::Response> callApi(const std::string& api, const ApiCall& call);
Result<std::string> readToken(const std::string& file);
Error problemOf(const std::string& api, const http::Response& answer);

}  // namespace cairn::app
