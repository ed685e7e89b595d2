#include "daemon/pinning/car_stream.h"

#include <algorithm>

#include "common/cid/car.h"
#include "common/cid/links.h"
#include "common/cid/unixfs.h"
#include "common/cid/unixfs_directory.h"

namespace cairn::pinning {
namespace {

/// An offset as it is meant in a file of `size` bytes: at most its end.
std::uint64_t offsetIn(std::uint64_t size, std::int64_t offset) {
  if (offset >= 0) return std::min(size, static_cast<std::uint64_t>(offset));
  const auto back = std::uint64_t{0} - static_cast<std::uint64_t>(offset);
  return back > size ? 0 : size - back;
}

}  // namespace

CarStream::CarStream(blocks::Source& source, CarOrder order) : source_(source), order_(std::move(order)) {
  if (order_.through.empty()) order_.target = order_.root;
  todo_.push_back({order_.target, 0});
}

/// Those blocks are there so that the path can be checked; what else they link is not asked for.
Task<Result<Bytes>> CarStream::passing(Bytes out) {
  while (passed_ < order_.through.size()) {
    const Cid cid = order_.through[passed_++];
    if (sentBefore(cid)) continue;
    auto block = co_await source_.get(cid);
    if (!block) co_return block.error();
    car::appendBlock(out, cid, block->view());
    break;
  }
  co_return out;
}

Task<Result<Bytes>> CarStream::next() {
  Bytes out;
  // Its root is what was asked for, not where the path began: what a reader would pin.
  if (!begun_) car::appendHeader(out, std::span(&order_.target, 1));
  begun_ = true;
  if (passed_ < order_.through.size()) {
    auto passed = co_await passing(std::move(out));
    if (!passed || !passed->empty()) co_return passed;
    out.clear();
  }
  while (!todo_.empty()) {
    const Step step = todo_.back();
    todo_.pop_back();
    const bool again = sentBefore(step.cid);
    // Of a file in part, other parts may be wanted below a node that is linked once more.
    if (again && (!order_.bytes || step.cid.codec() == Codec::raw)) continue;
    // Few nodes that link one another many times have more ways through them than anybody can walk.
    if (again && ++again_ > kMostAgain)
      co_return fail(Errc::too_large,
                     "more than " + std::to_string(kMostAgain) + " links to nodes that were sent already");
    if (order_.duplicates == Duplicates::once && sent_.size() > kMostOnce)
      co_return fail(Errc::too_large, "more than " + std::to_string(kMostOnce) + " blocks that must come but once");
    auto block = co_await source_.get(step.cid);
    if (!block) co_return block.error();
    if (auto s = open(step, block->view()); !s) co_return s.error();
    if (todo_.size() > kMostAhead)
      co_return fail(Errc::too_large,
                     "more than " + std::to_string(kMostAhead) + " links that are still to be followed");
    if (again) continue;
    car::appendBlock(out, step.cid, block->view());
    co_return out;
  }
  co_return out;
}

bool CarStream::sentBefore(const Cid& cid) {
  if (order_.duplicates == Duplicates::each) return false;
  if (order_.duplicates == Duplicates::few && sent_.size() >= kMostOnce) return sent_.contains(cid);
  return !sent_.insert(cid).second;
}

Status CarStream::open(const Step& step, BytesView block) {
  if (order_.scope == DagScope::block || step.cid.codec() == Codec::raw) return {};
  if (order_.scope == DagScope::entity) return openEntity(step, block);
  std::vector<Step> links;
  auto walked = forEachLink(step.cid.codec(), block, [&](const Cid& link) { links.push_back({link, 0}); });
  if (!walked) return fail(walked.error().code, "block " + step.cid.str() + ": " + walked.error().message);
  todo_.insert(todo_.end(), links.rbegin(), links.rend());
  return {};
}

Status CarStream::openEntity(const Step& step, BytesView block) {
  if (step.cid.codec() != Codec::dag_pb) return {};
  const auto directory =
      wanted_ ? Result<unixfs::Directory>(fail(Errc::unsupported, "a file")) : unixfs::Directory::decode(block);
  if (!directory) return openFile(step, block);
  // A plain directory is listed by its own block, a sharded one by all its shards.
  const std::vector<Cid> shards = directory->shards();
  for (auto shard = shards.rbegin(); shard != shards.rend(); ++shard) todo_.push_back({*shard, 0});
  return {};
}

Status CarStream::openFile(const Step& step, BytesView block) {
  const auto node = unixfs::decodeFile(block);
  // A symbolic link, a file with times.
  if (!node && node.error().code == Errc::unsupported && !wanted_) return {};
  if (!node) return fail(node.error().code, "block " + step.cid.str() + ": " + node.error().message);
  if (!wanted_) {
    const EntityBytes asked = order_.bytes.value_or(EntityBytes{});
    const std::uint64_t size = node->fileSize;
    const std::uint64_t last = asked.to ? offsetIn(size, *asked.to) : size;
    const bool before = asked.to && *asked.to < 0 && std::uint64_t{0} - static_cast<std::uint64_t>(*asked.to) > size;
    wanted_ = Extent{offsetIn(size, asked.from), before ? 0 : std::min(size, asked.to ? last + 1 : last)};
    if (wanted_->begin >= wanted_->end) wanted_ = Extent{};
  }
  std::vector<Step> links;
  std::uint64_t offset = step.offset + node->content.size();
  for (const auto& child : node->children) {
    if (offset < wanted_->end && offset + child.fileSize > wanted_->begin) links.push_back({child.cid, offset});
    offset += child.fileSize;
  }
  todo_.insert(todo_.end(), links.rbegin(), links.rend());
  return {};
}

}  // namespace cairn::pinning
