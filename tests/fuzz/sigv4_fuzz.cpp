// Heads of requests: never a crash, and nobody is let in as the owner of an access key by a request that nobody signed.
// The input is lines: path, query, then headers as name:value.

#include "common/base/result.h"
#include "daemon/auth/authenticator.h"

namespace {

using namespace cairn;
using namespace cairn::auth;

const Authenticator& authenticator() {
  static const Authenticator made(AuthConfig{"us-east-1", std::chrono::seconds(900), {}, {}}, [] {
    auto keys =
        StaticCredentials::make({{"AKIAIOSFODNN7EXAMPLE", "no input was signed with this", OwnerId("alice"), true}});
    return std::make_shared<StaticCredentials>(std::move(*keys));
  }());
  return made;
}

std::string_view line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view found = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text = asText(BytesView(data, size));
  RequestView request{"PUT", line(text), line(text), {}};
  std::vector<HeaderView> headers;
  while (!text.empty()) {
    const std::string_view header = line(text);
    const std::size_t colon = std::min(header.find(':'), header.size());
    headers.push_back({header.substr(0, colon), header.substr(std::min(colon + 1, header.size()))});
  }
  request.headers = headers;
  const auto caller = authenticator().authenticate(request, Timestamp(std::int64_t{1369353600} * 1000));
  CAIRN_ASSERT(!caller || (caller->anonymous && caller->owner.get().empty()));
  return 0;
}
