#include "daemon/pinning/cluster/service.h"

#include "common/base/json.h"

namespace cairn::pinning {
namespace {

/// The message of a JSON error as kubo ("Message") and ipfs-cluster ("message") write it, else the text itself.
std::string said(BytesView body) {
  if (auto json = parseJson(asText(body)))
    for (const char* name : {"Message", "message"})
      if (const Json* text = json->find(name); text != nullptr && text->kind == Json::Kind::text)
        return printable(text->text);
  return printable(asText(body));
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out(text.substr(0, 200));
  for (char& c : out)
    if (c < ' ' || c > '~') c = ' ';
  out.resize(trim(out).size());
  return out;
}

Task<Result<Bytes>> call(http::Client& client, const Service& service, Call call) {
  http::ClientRequest request;
  request.method = std::move(call.method);
  request.target = service.prefix + call.target;
  if (!service.authorization.empty()) request.headers.add("Authorization", service.authorization.view());
  if (!call.contentType.empty()) request.headers.add("Content-Type", call.contentType);
  request.body = std::move(call.body);
  request.timeout = call.timeout;
  request.maxResponseBytes = call.mostBytes;
  auto answer = co_await client.request(service.endpoint, std::move(request));
  const std::string who =
      service.what + " at " + service.endpoint.host + ":" + std::to_string(service.endpoint.port) + ": ";
  if (!answer) {
    // Each call here can be made again without harm, so "cut off" is simply "ask again".
    const Errc code = answer.error().code == Errc::timeout ? Errc::timeout : Errc::unavailable;
    co_return fail(code, who + answer.error().message);
  }
  if (answer->status >= 200 && answer->status < 300) co_return std::move(answer->body);
  co_return fail(answer->status == 404 ? Errc::not_found : Errc::unavailable,
                 who + "answered " + std::to_string(answer->status) + ": " + said(answer->body));
}

}  // namespace cairn::pinning
