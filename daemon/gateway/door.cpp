#include "daemon/gateway/door.h"

#include "common/base/url.h"
#include "common/cid/car.h"
#include "daemon/pinning/remote.h"

namespace cairn::gateway {
namespace {

/// Blocks of one request are stored in batches of this many bytes, the last one with the hold itself.
constexpr std::size_t kBatchBytes = 1U << 20;

Task<void> answer(http::ResponseWriter& response, int status, std::string type, std::string text) {
  http::ResponseHead head{status, {{"Content-Type", type}}};
  (void)co_await response.send(std::move(head), asBytes(text));
}

int statusOf(Errc code) {
  switch (code) {
    case Errc::invalid:
    case Errc::corrupt:
    case Errc::unsupported:
      return 422;
    case Errc::too_large:
      return 413;
    case Errc::not_found:
      return 404;
    case Errc::no_space:
      return 507;
    default:
      return 503;
  }
}

Task<void> refuse(http::ResponseWriter& response, const Error& error) {
  std::string text = error.message + "\n";
  co_await answer(response, statusOf(error.code), "text/plain", std::move(text));
}

Result<std::optional<Cid>> cidParameter(const http::Request& request, std::string_view name) {
  auto query = parseQuery(request.rawQuery);
  if (!query) return query.error();
  for (const auto& pair : *query) {
    if (pair.name != name) continue;
    auto cid = Cid::parse(pair.value);
    if (!cid) return fail(Errc::invalid, std::string(name) + ": " + cid.error().message);
    return std::optional<Cid>(*cid);
  }
  return std::optional<Cid>();
}

}  // namespace

Task<void> BlockDoor::handle(http::Request& request, http::BodyReader& body, http::ResponseWriter& response) {
  bool post = request.method == "POST", get = request.method == "GET" || request.method == "HEAD";
  if (request.path == "/v0/hold" && post) co_return co_await hold(request, body, response);
  if (request.path == "/v0/blocks" && post) co_return co_await store(body, response);
  if (request.path.starts_with("/ipfs/") && get) co_return co_await block(request, response);
  if (request.path == "/health" && get)
    co_return co_await answer(response, 200, "application/json", "{\"status\":\"ok\"}");
  co_await answer(response, 404, "text/plain", "this door has /v0/hold, /v0/blocks, /ipfs/{cid} and /health\n");
}

/// All blocks, verified. Full batches are stored on the way; what is left is returned.
Task<Result<std::vector<blocks::Block>>> BlockDoor::receive(http::BodyReader& body) {
  std::vector<blocks::Block> batch;
  std::size_t bytes = 0;
  car::Reader reader([&](const Cid& cid, BytesView data) -> Status {
    batch.push_back({cid, blocks::BlockData::copy(data)});
    bytes += data.size() + 128;  // tiny blocks count for what keeping them costs
    return {};
  });
  for (;;) {
    auto piece = co_await body.read(kBatchBytes);
    if (!piece) co_return piece.error();
    if (piece->empty()) break;
    if (auto s = reader.feed(*piece); !s) co_return s.error();
    if (bytes < kBatchBytes) continue;
    if (auto s = co_await holder_.store(std::exchange(batch, {})); !s) co_return s.error();
    bytes = 0;
  }
  if (auto s = reader.finish(); !s) co_return s.error();
  co_return batch;
}

Task<void> BlockDoor::hold(const http::Request& request, http::BodyReader& body, http::ResponseWriter& response) {
  auto root = cidParameter(request, "root");
  auto base = cidParameter(request, "base");
  if (!root || !base) co_return co_await refuse(response, root ? base.error() : root.error());
  if (!*root) co_return co_await refuse(response, fail(Errc::invalid, "a hold names its root: /v0/hold?root=CID"));
  auto blocks = co_await receive(body);
  if (!blocks) co_return co_await refuse(response, blocks.error());
  auto held = co_await holder_.hold(**root, pinning::Origin{*base, {}}, std::move(*blocks));
  if (!held) co_return co_await refuse(response, held.error());
  http::ResponseHead head{200, {{"Content-Type", "application/vnd.ipld.dag-cbor"}}};
  Bytes encoded = pinning::encodeHoldAnswer(*held);
  (void)co_await response.send(std::move(head), encoded);
}

Task<void> BlockDoor::store(http::BodyReader& body, http::ResponseWriter& response) {
  auto blocks = co_await receive(body);
  if (!blocks) co_return co_await refuse(response, blocks.error());
  if (auto s = co_await holder_.store(std::move(*blocks)); !s) co_return co_await refuse(response, s.error());
  co_await answer(response, 200, "application/json", "{\"stored\":true}");
}

Task<void> BlockDoor::block(const http::Request& request, http::ResponseWriter& response) {
  auto cid = Cid::parse(std::string_view(request.path).substr(6));
  if (!cid) co_return co_await refuse(response, fail(Errc::invalid, cid.error().message));
  auto data = co_await holder_.fetch(*cid);
  if (!data) co_return co_await refuse(response, data.error());
  http::ResponseHead head{200,
                          {{"Content-Type", "application/vnd.ipld.raw"},
                           {"Cache-Control", "public, max-age=29030400, immutable"},
                           {"X-Content-Type-Options", "nosniff"}}};
  head.headers.add("ETag", "\"" + cid->str() + ".raw\"");
  (void)co_await response.send(std::move(head), data->view());
}

}  // namespace cairn::gateway
