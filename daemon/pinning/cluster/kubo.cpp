#include "daemon/pinning/cluster/kubo.h"

#include "common/base/json.h"
#include "common/cid/car.h"

namespace cairn::pinning {
namespace {

/// What users put goes into the body as it is, and must not hold the boundary: that is a hash of all the blocks' CIDs,
/// which no block can know of itself.
std::string boundaryFor(const std::vector<blocks::Block>& blocks) {
  Bytes cids;
  for (const blocks::Block& b : blocks) append(cids, b.cid.bytes());
  return "cairn-" + Cid::of(Codec::raw, cids).str();
}

Bytes multipart(const std::string& boundary, const std::vector<blocks::Block>& blocks) {
  Bytes out;
  std::size_t bytes = 512;
  for (const blocks::Block& b : blocks) bytes += car::blockBytes(b.cid, b.data.size());
  out.reserve(bytes);
  append(out, asBytes("--" + boundary +
                      "\r\nContent-Disposition: form-data; name=\"path\"; filename=\"blocks.car\"\r\n"
                      "Content-Type: application/octet-stream\r\n\r\n"));
  // As raw ones: kubo keeps blocks under their hashes alone, and would decode others for nothing.
  const Cid first = blocks.front().cid.withCodec(Codec::raw);
  car::appendHeader(out, std::span(&first, 1));
  for (const blocks::Block& b : blocks) car::appendBlock(out, b.cid.withCodec(Codec::raw), b.data.view());
  append(out, asBytes("\r\n--" + boundary + "--\r\n"));
  return out;
}

/// How many blocks the import says it took: the last line of its answer, {"Stats":{"BlockCount":n,...}}. An import that
/// failed on the way has status 200, too, and lacks that line.
std::optional<std::uint64_t> taken(std::string_view answer) {
  while (!answer.empty() && (answer.back() == '\n' || answer.back() == '\r')) answer.remove_suffix(1);
  answer.remove_prefix(answer.find_last_of('\n') + 1);
  auto json = parseJson(answer);
  const Json* stats = json ? json->find("Stats") : nullptr;
  const Json* count = stats != nullptr ? stats->find("BlockCount") : nullptr;
  if (count == nullptr || count->kind != Json::Kind::number) return std::nullopt;
  return parseDecimal(count->text);
}

}  // namespace

Task<Status> KuboDoor::import(std::vector<blocks::Block> blocks) {
  if (blocks.empty()) co_return Status{};
  const std::size_t count = blocks.size();
  const std::string boundary = boundaryFor(blocks);
  Call post;
  post.method = "POST";
  post.target = "/api/v0/dag/import?pin-roots=false&stats=true&fast-provide-root=false";
  post.contentType = "multipart/form-data; boundary=" + boundary;
  post.body = multipart(boundary, blocks);
  post.timeout = timeout_;
  blocks = {};  // one copy in memory is enough
  auto answer = co_await call(client_, service_, std::move(post));
  if (!answer) co_return answer.error();
  if (taken(asText(*answer)) != count)
    co_return fail(Errc::unavailable, service_.what + " did not take all blocks: " + printable(asText(*answer)));
  co_return Status{};
}

Task<Result<blocks::BlockData>> KuboDoor::fetch(Cid cid) {
  Call post;
  post.method = "POST";
  post.target = "/api/v0/block/get?offline=true&arg=" + cid.str();
  post.timeout = timeout_;
  post.mostBytes = car::kMaxCarBlock;
  auto answer = co_await call(client_, service_, std::move(post));
  if (!answer) {
    const bool absent = answer.error().message.find("could not find") != std::string::npos;
    co_return fail(absent ? Errc::not_found : answer.error().code, answer.error().message);
  }
  if (!cid.verifies(*answer)) co_return fail(Errc::corrupt, "the bytes are not those of block " + cid.str());
  co_return blocks::BlockData::own(std::move(*answer));
}

}  // namespace cairn::pinning
