#include "daemon/blocks/embedded/journal.h"

#include "daemon/blocks/embedded/store.h"

namespace cairn::blocks::embedded {

Result<Place> StoreImpl::find(const Cid& cid) {
  Location at;
  auto found = locate(cid, at);
  if (!found) return found.error();
  if (!*found) return Place::absent;
  return segments_->released(at.segment) ? Place::released : Place::here;
}

Task<Status> StoreImpl::close() {
  co_return co_await appender_.roll();
}

std::vector<SegmentSize> StoreImpl::segments() {
  std::vector<SegmentSize> out;
  for (const auto& segment : segments_->all()) {
    const std::int64_t size = segment->file->size();
    out.push_back({segment->id, size > 0 ? static_cast<std::uint64_t>(size) : 0});
  }
  return out;
}

Task<Result<std::vector<FoundRecord>>> StoreImpl::contents(std::uint32_t id) {
  auto read = [this, id]() -> Result<std::vector<FoundRecord>> {
    const auto segment = segments_->find(id);
    const auto following = segments_->find(id + 1);
    CAIRN_ASSERT(segment && following);
    auto scanned =
        scanSegment(*segment->file, {segments_->store(), id, segmentHeaderSize, following->header.previousEnd});
    if (!scanned) return fail(scanned.error().code, segment->path + ": " + scanned.error().message);
    ScrubReport damaged;
    if (auto noted = scrubLost(id, scanned->damaged, damaged); !noted) return noted.error();
    return std::move(scanned->records);
  };
  co_return co_await onReader(std::move(read));
}

Task<Result<std::vector<Block>>> StoreImpl::load(std::span<const FoundRecord> records) {
  auto read = [this, records]() -> Result<std::vector<Block>> {
    std::vector<Block> out;
    out.reserve(records.size());
    for (const FoundRecord& record : records) {
      auto data = readAt(record.cid, record.at, false);
      if (data)
        out.push_back({record.cid, std::move(*data)});
      else if (data.error().code != Errc::corrupt)
        return data.error();
    }
    return out;
  };
  co_return co_await onReader(std::move(read));
}

Task<Status> StoreImpl::release(std::uint32_t id) {
  auto work = [this, id]() -> Status {
    // Whoever opens the store next finds the blocks of these segments in the index alone.
    if (auto written = indexer_.writeOut(); !written) return written;
    if (int error = segments_->release(id))
      return fail(Errc::io, describe("delete a segment of", options_.directory, error));
    return {};
  };
  co_return co_await onReader(std::move(work));
}

void StoreImpl::lost(const Cid& cid, const Error& why) {
  noteDamage(cid, why);
}

}  // namespace cairn::blocks::embedded
