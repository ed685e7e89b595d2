#include "daemon/app/gateway.h"

namespace cairn::app {
namespace {

gateway::Asked<Cid> asAsked(const s3::Answer<Cid>& answer) {
  if (answer) return *answer;
  return gateway::Refusal{static_cast<int>(answer.error().status()), answer.error().message};
}

}  // namespace

Task<gateway::Asked<Cid>> Gateway::content(const http::Request& request) {
  co_return asAsked(co_await authority_.contentOf(request));
}

Task<gateway::Asked<Cid>> Gateway::contents(const http::Request& request, std::string bucket) {
  co_return asAsked(co_await authority_.contentsOf(request, std::move(bucket)));
}

}  // namespace cairn::app
