#include "daemon/blocks/embedded/scan.h"

#include <algorithm>
#include <cstring>

namespace cairn::blocks::embedded {

namespace {

/// A file seen through a buffer that moves forward with what is asked for.
class Window {
 public:
  explicit Window(File& file) : file_(file) {}

  Status open() {
    const std::int64_t size = file_.size();
    if (size < 0) return fail(Errc::io, describe("measure", "segment", static_cast<int>(-size)));
    size_ = static_cast<std::uint64_t>(size);
    return {};
  }

  std::uint64_t size() const { return size_; }
  int error() const { return error_; }

  /// The bytes [at, at + count), or fewer at the end of the file or after an error.
  BytesView bytes(std::uint64_t at, std::uint64_t count) {
    if (at >= size_) return {};
    count = std::min(count, size_ - at);
    if (at < start_ || at + count > start_ + filled_) load(at, std::max<std::uint64_t>(count, chunk));
    if (at + count > start_ + filled_) return {};
    return BytesView(buffer_).subspan(at - start_, count);
  }

 private:
  static constexpr std::uint64_t chunk = 256 << 10;

  void load(std::uint64_t at, std::uint64_t count) {
    if (buffer_.size() < count) buffer_.resize(count);
    start_ = at;
    filled_ = 0;
    const iovec part{buffer_.data(), count};
    const std::int64_t n = file_.read({&part, 1}, at, false);
    if (n < 0)
      error_ = static_cast<int>(-n);
    else
      filled_ = static_cast<std::uint64_t>(n);
  }

  File& file_;
  Bytes buffer_;
  std::uint64_t size_ = 0, start_ = 0, filled_ = 0;
  int error_ = 0;
};

class Scanner {
 public:
  Scanner(File& file, const ScanRequest& request) : window_(file), request_(request), durableTo_(request.durableTo) {}

  Result<ScanResult> run() {
    if (auto opened = window_.open(); !opened) return opened.error();
    walk();
    verifyTail();
    if (window_.error() != 0)
      return fail(Errc::io, describe("read", "segment " + std::to_string(request_.segment), window_.error()));
    return std::move(result_);
  }

 private:
  std::optional<RecordHeader> headerAt(std::uint64_t at) {
    auto header = decodeRecordHeader(window_.bytes(at, recordHeaderSize), request_.store, {request_.segment, at});
    if (header && at + recordHeaderSize + header->length > window_.size()) return std::nullopt;
    return header;
  }

  /// The record that follows `end`: right there, or behind the gap that a sync leaves up to the next page.
  std::optional<RecordHeader> next(std::uint64_t end, std::uint64_t& at) {
    at = end;
    if (auto header = headerAt(at); header && header->gap == 0) return header;
    at = alignUp(end, pageSize);
    if (auto header = headerAt(at); header && at - header->gap == end) return header;
    return std::nullopt;
  }

  void walk() {
    std::uint64_t pos = request_.from;
    std::uint64_t at = 0;
    while (true) {
      if (auto header = next(pos, at)) {
        pos = accept(*header, at);
        continue;
      }
      const auto resume = find(pos + 1);
      if (resume && (pos < durableTo_ || durableBehind(*resume) > pos)) {
        result_.damaged.push_back({pos, *resume});
        pos = accept(*headerAt(*resume), *resume);
        continue;
      }
      finish(pos);
      return;
    }
  }

  std::uint64_t accept(const RecordHeader& header, std::uint64_t at) {
    durableTo_ = std::max(durableTo_, header.synced);
    result_.records.push_back({header.cid, {request_.segment, header.length, at}, header.checksum});
    gaps_.push_back(header.gap);
    return recordEnd(at, header.length);
  }

  void finish(std::uint64_t pos) {
    if (pos < durableTo_) {
      // Nothing is readable behind it, but it was acknowledged: keep the place, so that nothing is written over it.
      result_.damaged.push_back({pos, durableTo_});
      pos = durableTo_;
    }
    result_.end = pos;
    result_.torn = pos < window_.size() && !zeros(pos);
  }

  /// The first valid record at or behind `from`.
  std::optional<std::uint64_t> find(std::uint64_t from) {
    for (std::uint64_t at = alignUp(from, recordAlignment); at + recordHeaderSize <= window_.size();) {
      const BytesView bytes = window_.bytes(at, std::min<std::uint64_t>(64 << 10, window_.size() - at));
      if (bytes.size() < recordHeaderSize) return std::nullopt;
      for (std::size_t i = 0; i + recordHeaderSize <= bytes.size(); i += recordAlignment)
        if (looksLikeRecord(bytes.data() + i) && headerAt(at + i)) return at + i;
      at += alignUp(bytes.size() - recordHeaderSize + 1, recordAlignment);
    }
    return std::nullopt;
  }

  /// The furthest place that the records from `at` on say was durable.
  std::uint64_t durableBehind(std::uint64_t at) {
    std::uint64_t furthest = 0;
    for (std::optional<std::uint64_t> place = at; place;) {
      const auto header = headerAt(*place);
      furthest = std::max(furthest, header->synced);
      std::uint64_t following = 0;
      const std::uint64_t end = recordEnd(*place, header->length);
      if (next(end, following))
        place = following;
      else
        place = find(end);
    }
    return furthest;
  }

  bool zeros(std::uint64_t from) {
    for (std::uint64_t at = from; at < window_.size();) {
      const BytesView bytes = window_.bytes(at, 64 << 10);
      if (bytes.empty()) return true;
      if (std::any_of(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b != 0; })) return false;
      at += bytes.size();
    }
    return true;
  }

  /// Drops the records from the first on whose bytes did not all arrive.
  void verifyTail() {
    auto& records = result_.records;
    for (std::size_t i = 0; i < records.size(); ++i) {
      const Location& at = records[i].at;
      if (at.offset < durableTo_) continue;
      const BytesView data = window_.bytes(at.offset + recordHeaderSize, at.length);
      if (data.size() == at.length && checksumOf(data) == records[i].checksum) continue;
      result_.end = at.offset - gaps_[i];
      result_.torn = true;
      records.resize(i);
      return;
    }
  }

  Window window_;
  const ScanRequest& request_;
  std::uint64_t durableTo_;
  std::vector<std::uint32_t> gaps_;
  ScanResult result_;
};

}  // namespace

Result<ScanResult> scanSegment(File& file, const ScanRequest& request) {
  return Scanner(file, request).run();
}

}  // namespace cairn::blocks::embedded
