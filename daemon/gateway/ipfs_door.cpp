#include "daemon/gateway/ipfs_door.h"

#include <unordered_set>

#include "common/base/text.h"
#include "common/base/url.h"
#include "common/cid/car.h"
#include "common/cid/links.h"
#include "daemon/http/range.h"
#include "daemon/pinning/path.h"

namespace cairn::gateway {
namespace {

/// Nodes looked at to find a CID below an object.
constexpr std::size_t kMostLooked = 1U << 18;
/// A CAR of version 1 whose only root is the empty identity CID, which our CIDs do not have.
constexpr std::uint8_t kProbeCar[] = {0x19, 0xa2, 0x65, 'r',  'o',  'o', 't', 's', 0x81, 0xd8, 0x2a, 0x45, 0x00,
                                      0x01, 0x55, 0x00, 0x00, 0x67, 'v', 'e', 'r', 's',  'i',  'o',  'n',  0x01};

Task<void> refuse(http::ResponseWriter& response, Refusal refusal) {
  http::ResponseHead head{refusal.status,
                          {{"Content-Type", "text/plain; charset=utf-8"}, {"Cache-Control", "no-store"}}};
  if (refusal.status == 401) head.headers.add("WWW-Authenticate", "Bearer");
  if (refusal.status == 503) head.headers.add("Retry-After", "1");
  if (refusal.status == 405) head.headers.add("Allow", "GET, HEAD");
  const std::string text = refusal.message + "\n";
  (void)co_await response.send(std::move(head), asBytes(text));
}

Refusal refusalOf(const Error& error) {
  switch (error.code) {
    case Errc::not_found:
      return {404, "this fleet does not hold it"};
    case Errc::unavailable:
    case Errc::timeout:
    case Errc::cancelled:
      return {503, error.message};
    default:
      return {500, "it cannot be read"};
  }
}

/// If-None-Match against a strong tag, by the weak comparison.
bool matches(std::string_view list, std::string_view etag) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    std::string_view tag = trim(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == etag || tag == "*") return true;
  }
  return false;
}

bool notModified(const http::Request& request, const IpfsRequest& asked) {
  const auto known = request.headers.find("If-None-Match");
  return known && matches(*known, asked.etag());
}

/// Whether `cid` is `content` or is linked from some node of it.
Task<Result<bool>> liesBelow(blocks::Source& source, Cid content, Cid cid) {
  std::vector<Cid> todo{content};
  std::unordered_set<Cid> seen{content};
  while (!todo.empty()) {
    const Cid node = todo.back();
    todo.pop_back();
    if (node == cid) co_return true;
    if (node.codec() == Codec::raw) continue;
    auto block = co_await source.get(node);
    if (!block) co_return block.error();
    bool found = false;
    auto walked = forEachLink(node.codec(), block->view(), [&](const Cid& link) {
      found = found || link == cid;
      if (link.codec() != Codec::raw && seen.insert(link).second) todo.push_back(link);
    });
    if (!walked) co_return walked.error();
    if (found) co_return true;
    if (seen.size() > kMostLooked) co_return false;
  }
  co_return false;
}

}  // namespace

Task<void> IpfsDoor::handle(http::Request& request, http::BodyReader&, http::ResponseWriter& response) {
  if (request.method != "GET" && request.method != "HEAD")
    co_return co_await refuse(response, {405, "only GET and HEAD are answered here"});
  if (request.path.starts_with("/export/")) co_return co_await exportBucket(request, response);
  auto asked = parseIpfsRequest(request);
  if (!asked) co_return co_await refuse(response, asked.error());
  if (!open_ && !asked->probe)
    if (auto refusal = co_await mayRead(request, asked->order.root)) co_return co_await refuse(response, *refusal);
  if (!asked->path.empty()) {
    auto path = co_await pinning::resolve(source_, asked->order.root, asked->path);
    if (!path && path.error().code == Errc::not_found) co_return co_await refuse(response, {404, path.error().message});
    if (!path) co_return co_await refuse(response, refusalOf(path.error()));
    asked->order.through = std::move(path->through);
    asked->order.target = path->target;
  }
  if (asked->form == Form::raw) co_return co_await raw(request, *asked, response);
  co_await car(request, *asked, response);
}

Task<std::optional<Refusal>> IpfsDoor::mayRead(const http::Request& request, const Cid& cid) {
  const auto content = co_await rights_.content(request);
  if (!content) co_return content.error();
  const auto below = co_await liesBelow(source_, *content, cid);
  if (!below) co_return refusalOf(below.error());
  if (!*below) co_return Refusal{403, "the CID is not the content of the object named, nor below it"};
  co_return std::nullopt;
}

http::ResponseHead IpfsDoor::headOf(const IpfsRequest& asked) const {
  http::ResponseHead head{200, {}};
  head.headers.add("Content-Type", asked.contentType());
  head.headers.add("Content-Disposition", "attachment; filename=\"" + asked.fileName() + "\"");
  head.headers.add("X-Content-Type-Options", "nosniff");
  head.headers.add("ETag", asked.etag());
  head.headers.add("Cache-Control", std::string(open_ ? "public" : "private") + ", max-age=29030400, immutable");
  head.headers.add("Vary", open_ ? "Accept" : "Accept, Authorization, x-cairn-object");
  if (open_) head.headers.add("Access-Control-Allow-Origin", "*");
  return head;
}

Task<void> IpfsDoor::raw(const http::Request& request, const IpfsRequest& asked, http::ResponseWriter& response) {
  auto block =
      asked.probe ? Result<blocks::BlockData>(blocks::BlockData::copy({})) : co_await source_.get(asked.order.root);
  if (!block) co_return co_await refuse(response, refusalOf(block.error()));
  http::ResponseHead head = headOf(asked);
  head.headers.add("Accept-Ranges", "bytes");
  BytesView bytes = block->view();
  if (notModified(request, asked)) {
    head.status = 304;
    bytes = {};
  } else if (const auto header = request.headers.find("Range")) {
    const auto condition = request.headers.find("If-Range");
    const auto range = condition && trim(*condition) != asked.etag() ? std::nullopt : http::parseRange(*header);
    const auto extent = range ? http::resolve(*range, bytes.size()) : std::nullopt;
    if (range && !extent) {
      http::ResponseHead outside{416, {{"Content-Range", "bytes */" + std::to_string(bytes.size())}}};
      (void)co_await response.send(std::move(outside), {});
      co_return;
    }
    if (extent) {
      head.status = 206;
      head.headers.add("Content-Range", http::contentRange(*extent, bytes.size()));
      bytes = bytes.subspan(extent->offset, extent->length);
    }
  }
  (void)co_await response.send(std::move(head), bytes);
}

Task<void> IpfsDoor::car(const http::Request& request, const IpfsRequest& asked, http::ResponseWriter& response) {
  if (asked.probe) {
    (void)co_await response.send(headOf(asked), kProbeCar);
    co_return;
  }
  http::ResponseHead head = headOf(asked);
  if (notModified(request, asked)) head.status = 304;
  co_await stream(request, std::move(head), asked.order, response);
}

Task<void> IpfsDoor::exportBucket(const http::Request& request, http::ResponseWriter& response) {
  auto bucket = percentDecode(std::string_view(request.path).substr(std::string_view("/export/").size()));
  if (!bucket) co_return co_await refuse(response, {400, bucket.error().message});
  const auto root = co_await rights_.contents(request, *bucket);
  if (!root) co_return co_await refuse(response, root.error());
  http::ResponseHead head{200,
                          {{"Content-Type", "application/vnd.ipld.car; version=1; order=dfs"},
                           {"Cache-Control", "no-store"},
                           {"X-Content-Type-Options", "nosniff"}}};
  head.headers.add("Content-Disposition", "attachment; filename=\"" + *bucket + ".car\"");
  if (root->isNull()) {
    Bytes empty;
    car::appendHeader(empty, {});
    (void)co_await response.send(std::move(head), empty);
    co_return;
  }
  head.headers.add("x-cairn-contents-root", root->str());
  const pinning::CarOrder order{*root, pinning::DagScope::all, std::nullopt, pinning::Duplicates::few};
  co_await stream(request, std::move(head), order, response);
}

/// The root is read before the head goes out: while nothing was sent, a failure can still be told.
Task<void> IpfsDoor::stream(const http::Request& request, http::ResponseHead head, pinning::CarOrder order,
                            http::ResponseWriter& response) {
  pinning::CarStream blocks(source_, order);
  auto piece = co_await blocks.next();
  if (!piece) co_return co_await refuse(response, refusalOf(piece.error()));
  if (head.status == 304) {
    (void)co_await response.send(std::move(head), {});
    co_return;
  }
  if (!co_await response.start(std::move(head), std::nullopt)) co_return;
  // Who asks for the head alone is not read for.
  while (request.method != "HEAD" && !piece->empty()) {
    if (!co_await response.write(*piece)) co_return;
    piece = co_await blocks.next();
    if (!piece) co_return;
  }
  (void)co_await response.finish();
}

}  // namespace cairn::gateway
