#include <algorithm>
#include <chrono>

#include "daemon/blocks/embedded/store.h"

namespace cairn::blocks::embedded {

namespace {
constexpr std::uint64_t sliceBytes = 8 << 20;
constexpr std::size_t maxNamed = 1000;

/// The first records of `records` that make up a slice.
std::size_t sliceOf(std::span<const FoundRecord> records) {
  std::size_t count = 0;
  for (std::uint64_t bytes = 0; count < records.size() && bytes < sliceBytes; ++count)
    bytes += records[count].at.length;
  return count;
}
}  // namespace

Task<Result<ScrubReport>> StoreImpl::scrub(std::uint64_t bytesPerSecond) {
  ScrubReport report;
  net::steady_timer timer(co_await net::this_coro::executor);
  const auto start = std::chrono::steady_clock::now();
  std::uint64_t read = 0;
  const LogPosition durable = appender_.durable();
  const auto segments = segments_->all();
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const Segment& segment = *segments[i];
    ScanRequest request{segments_->store(), segment.id, segmentHeaderSize, 0};
    if (i + 1 < segments.size() && segments[i + 1]->id == segment.id + 1)
      request.durableTo = segments[i + 1]->header.previousEnd;
    if (segment.id == durable.segment) request.durableTo = durable.offset;
    auto scan = [&segment, request] { return scanSegment(*segment.file, request); };
    auto scanned = co_await onReader(std::move(scan));
    if (!scanned) co_return scanned.error();
    for (const ByteRange& range : scanned->damaged)
      report.unreadable.push_back(segment.path + " from " + std::to_string(range.from) + " to " +
                                  std::to_string(range.to));
    auto lost = [this, &segment, &scanned, &report] { return scrubLost(segment.id, scanned->damaged, report); };
    if (auto done = co_await onReader(std::move(lost)); !done) co_return done.error();
    for (std::span<const FoundRecord> left = scanned->records; !left.empty();) {
      const auto slice = left.first(sliceOf(left));
      left = left.subspan(slice.size());
      auto verify = [this, slice, &report] { return scrubSome(slice, report); };
      read += co_await onReader(std::move(verify));
      if (bytesPerSecond == 0) continue;
      timer.expires_at(start +
                       std::chrono::microseconds(read / std::max<std::uint64_t>(bytesPerSecond / 1'000'000, 1)));
      co_await timer.async_wait(net::use_awaitable);
    }
  }
  co_return report;
}

Status StoreImpl::scrubLost(std::uint32_t segment, std::span<const ByteRange> ranges, ScrubReport& report) {
  if (ranges.empty()) return {};
  return index_->forEach([&](const Cid& cid, const IndexEntry& entry) {
    const auto within = [&](const ByteRange& range) {
      return entry.at.offset >= range.from && entry.at.offset < range.to;
    };
    if (entry.at.segment != segment || std::none_of(ranges.begin(), ranges.end(), within)) return;
    ++report.damagedBlocks;
    if (report.damaged.size() < maxNamed) report.damaged.push_back(cid);
    noteDamage(cid, fail(Errc::corrupt,
                         "block " + cid.str() + " lies where segment " + std::to_string(segment) + " is unreadable"));
  });
}

std::uint64_t StoreImpl::scrubSome(std::span<const FoundRecord> records, ScrubReport& report) {
  std::uint64_t bytes = 0;
  for (const FoundRecord& record : records) {
    Location at;
    const auto found = locate(record.cid, at);
    // What was damaged before and stored anew elsewhere is no concern any more.
    if (!found || !*found || at != record.at) continue;
    auto data = segments_->read(record.cid, at, false);
    if (!data && data.error().code == Errc::not_found) continue;  // released meanwhile
    ++report.blocks;
    bytes += at.length;
    report.bytes += at.length;
    if (data && record.cid.verifies(data->view())) continue;
    ++report.damagedBlocks;
    if (report.damaged.size() < maxNamed) report.damaged.push_back(record.cid);
    noteDamage(record.cid, data ? fail(Errc::corrupt, "the bytes of block " + record.cid.str() + " do not hash to it")
                                : data.error());
  }
  return bytes;
}

}  // namespace cairn::blocks::embedded
