#include "daemon/blocks/embedded/segments.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <mutex>

namespace cairn::blocks::embedded {

namespace {

constexpr std::string_view suffix = ".seg";
constexpr std::string_view unfinished = ".new";

iovec part(const void* data, std::size_t size) {
  return {const_cast<void*>(data), size};
}

}  // namespace

Segments::Segments(std::shared_ptr<FileSystem> files, std::string directory, std::uint64_t segmentBytes, Kind kind)
    : files_(std::move(files)),
      directory_(std::move(directory)),
      segmentBytes_(std::min(segmentBytes, maxSegmentBytes / 2)),
      kind_(kind) {}

std::string Segments::pathOf(std::uint32_t id) const {
  char name[32];
  std::snprintf(name, sizeof name, "%010u", id);
  return directory_ + "/" + name + std::string(suffix);
}

Status Segments::open(const StoreId& freshId) {
  if (int error = files_->makeDirectory(directory_)) return fail(Errc::io, describe("create", directory_, error));
  std::vector<std::string> names;
  if (int error = files_->list(directory_, names)) return fail(Errc::io, describe("list", directory_, error));
  std::sort(names.begin(), names.end());
  for (const std::string& name : names) {
    if (name.ends_with(unfinished)) {
      if (int error = files_->remove(directory_ + "/" + name))
        return fail(Errc::io, describe("remove", directory_ + "/" + name, error));
    } else if (name.ends_with(suffix)) {
      if (auto loaded = load(name); !loaded) return loaded.error();
    }
  }
  if (segments_.empty()) {
    store_ = freshId;
    if (int error = create(1, 0))
      return fail(error == ENOSPC ? Errc::no_space : Errc::io, describe("create", pathOf(1), error));
  }
  // A crash may have come between a rename and the sync of its folder.
  if (int error = files_->syncDirectory(directory_)) return fail(Errc::io, describe("sync", directory_, error));
  return {};
}

Status Segments::load(const std::string& name) {
  auto segment = std::make_shared<Segment>();
  segment->path = directory_ + "/" + name;
  if (int error = files_->open(segment->path, false, segment->file))
    return fail(Errc::io, describe("open", segment->path, error));
  std::array<std::uint8_t, segmentHeaderSize> bytes{};
  const iovec where = part(bytes.data(), bytes.size());
  const std::int64_t n = segment->file->read({&where, 1}, 0, false);
  if (n < 0) return fail(Errc::io, describe("read", segment->path, static_cast<int>(-n)));
  const auto header = decodeSegmentHeader(bytes);
  if (!header)
    return fail(Errc::corrupt, segment->path +
                                   " has no readable header; move it out of the store to go on without its "
                                   "blocks, which are then fetched from other holders as they are needed");
  if (header->version > formatVersion)
    return fail(Errc::newer_version, segment->path + " has format " + std::to_string(header->version) +
                                         " and was written by a newer Cairn; run that one");
  segment->header = *header;
  segment->id = header->segment;
  if (segment->path != pathOf(segment->id))
    return fail(Errc::corrupt,
                segment->path + " says that it is segment " + std::to_string(segment->id) + "; rename it back");
  if (segments_.empty()) {
    store_ = header->store;
    if (kind_ == Kind::journal)
      first_ = segment->id;
    else if (segment->id != 1)
      gaps_.push_back("segments before " + segment->path + " are missing");
  } else {
    if (header->store != store_)
      return fail(Errc::corrupt, segment->path + " belongs to another block store; move it out of this one");
    if (segment->id != segments_.back()->id + 1) gaps_.push_back("segments before " + segment->path + " are missing");
  }
  segments_.push_back(std::move(segment));
  return {};
}

int Segments::create(std::uint32_t id, std::uint64_t previousEnd) {
  auto segment = std::make_shared<Segment>();
  segment->id = id;
  segment->path = pathOf(id);
  segment->header = {store_, formatVersion, id, previousEnd};
  const std::string temporary = segment->path + std::string(unfinished);
  if (int error = files_->open(temporary, true, segment->file)) return error;
  const auto bytes = encode(segment->header);
  const iovec what = part(bytes.data(), bytes.size());
  if (int error = segment->file->write({&what, 1}, 0)) return error;
  if (int error = segment->file->sync()) return error;
  if (int error = files_->rename(temporary, segment->path)) return error;
  if (int error = files_->syncDirectory(directory_)) return error;
  end_ = durable_ = {id, segmentHeaderSize};
  pageBreak_ = false;
  std::unique_lock lock(mutex_);
  segments_.push_back(std::move(segment));
  return 0;
}

bool Segments::reaches(LogPosition position) {
  if (position == LogPosition{}) return true;
  if (released(position.segment)) return true;
  const auto segment = find(position.segment);
  if (!segment) return false;
  const std::int64_t size = segment->file->size();
  return size >= 0 && static_cast<std::uint64_t>(size) >= position.offset;
}

Result<Recovery> Segments::recover(LogPosition from, const Sink& found) {
  Recovery out;
  out.damaged = gaps_;
  const auto segments = all();
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const Segment& segment = *segments[i];
    if (segment.id < from.segment) continue;
    const std::uint64_t start = segment.id == from.segment ? from.offset : segmentHeaderSize;
    const bool last = i + 1 == segments.size();
    std::uint64_t durableTo = start;
    if (!last && segments[i + 1]->id == segment.id + 1) durableTo = segments[i + 1]->header.previousEnd;
    if (auto scanned = scanInto(out, found, segment, {store_, segment.id, start, durableTo}, last); !scanned)
      return scanned.error();
  }
  return out;
}

Status Segments::scanInto(Recovery& out, const Sink& found, const Segment& segment, const ScanRequest& request,
                          bool last) {
  auto scanned = scanSegment(*segment.file, request);
  if (!scanned) return fail(scanned.error().code, segment.path + ": " + scanned.error().message);
  for (const ByteRange& range : scanned->damaged)
    out.damaged.push_back(segment.path + " from " + std::to_string(range.from) + " to " + std::to_string(range.to));
  if (!last) return found(std::move(scanned->records));
  const std::int64_t size = segment.file->size();
  if (size > static_cast<std::int64_t>(scanned->end)) {
    if (scanned->torn) out.cutBytes = static_cast<std::uint64_t>(size) - scanned->end;
    if (int error = segment.file->truncate(scanned->end))
      return fail(Errc::io, describe("cut the torn end of", segment.path, error));
  }
  // What a killed process wrote may still be in memory only; from here on it counts as durable.
  if (int error = segment.file->sync()) return fail(Errc::io, describe("sync", segment.path, error));
  end_ = durable_ = {segment.id, scanned->end};
  pageBreak_ = true;
  return found(std::move(scanned->records));
}

bool Segments::full(std::uint64_t bytes) const {
  return end_.offset > segmentHeaderSize && end_.offset + bytes > segmentBytes_;
}

int Segments::roll() {
  return create(end_.segment + 1, end_.offset);
}

int Segments::append(std::span<AppendItem> items) {
  static constexpr std::array<std::uint8_t, recordAlignment> padding{};
  std::vector<iovec> parts;
  std::vector<RecordHeaderBytes> headers(items.size());
  parts.reserve(items.size() * 3);
  const std::uint64_t start = pageBreak_ ? alignUp(end_.offset, pageSize) : end_.offset;
  std::uint64_t at = start;
  for (std::size_t i = 0; i < items.size(); ++i) {
    AppendItem& item = items[i];
    const auto length = static_cast<std::uint32_t>(item.data.size());
    item.at = {end_.segment, length, at};
    const auto gap = static_cast<std::uint32_t>(i == 0 ? start - end_.offset : 0);
    headers[i] =
        encode(RecordHeader{length, gap, durable_.offset, item.checksum, item.cid}, store_, {end_.segment, at});
    parts.push_back(part(headers[i].data(), recordHeaderSize));
    if (length > 0) parts.push_back(part(item.data.data(), length));
    const std::uint64_t next = recordEnd(at, length);
    if (const std::uint64_t pad = next - (at + recordHeaderSize + length)) parts.push_back(part(padding.data(), pad));
    at = next;
  }
  const auto segment = find(end_.segment);
  if (int error = segment->file->write(parts, start)) {
    // A part may be there. Cut it off: zeros must follow the last record. If that fails, nothing is certain any more.
    if (error == ENOSPC && segment->file->truncate(end_.offset) != 0) return EIO;
    return error;
  }
  end_.offset = at;
  pageBreak_ = false;
  return 0;
}

std::shared_ptr<Segment> Segments::markSync() {
  pageBreak_ = true;
  return find(end_.segment);
}

std::shared_ptr<Segment> Segments::find(std::uint32_t id) const {
  std::shared_lock lock(mutex_);
  if (segments_.empty() || id < segments_.front()->id) return nullptr;
  // Ids are consecutive but for segments that somebody took away.
  const std::size_t guess = std::min<std::size_t>(id - segments_.front()->id, segments_.size() - 1);
  if (segments_[guess]->id == id) return segments_[guess];
  const auto it = std::lower_bound(segments_.begin(), segments_.end(), id,
                                   [](const auto& s, std::uint32_t v) { return s->id < v; });
  return it != segments_.end() && (*it)->id == id ? *it : nullptr;
}

int Segments::release(std::uint32_t id) {
  const auto segments = all();
  for (std::size_t i = 0; i + 1 < segments.size() && segments[i]->id <= id; ++i) {
    if (int error = files_->remove(segments[i]->path); error != 0 && error != ENOENT) return error;
    // One by one: a younger one that went before an older one would leave a hole.
    if (int error = files_->syncDirectory(directory_)) return error;
    std::unique_lock lock(mutex_);
    segments_.erase(segments_.begin());
    first_.store(segments_.front()->id, std::memory_order_release);
  }
  return 0;
}

std::vector<std::shared_ptr<Segment>> Segments::all() const {
  std::shared_lock lock(mutex_);
  return segments_;
}

std::uint64_t Segments::diskBytes() const {
  std::uint64_t total = 0;
  for (const auto& segment : all())
    if (const std::int64_t size = segment->file->size(); size > 0) total += static_cast<std::uint64_t>(size);
  return total;
}

Result<BlockData> Segments::read(const Cid& cid, const Location& at, bool noWait) const {
  const auto segment = find(at.segment);
  if (!segment && released(at.segment)) return fail(Errc::not_found, "block " + cid.str() + " is no longer here");
  if (!segment)
    return fail(Errc::corrupt,
                "block " + cid.str() + " was in segment " + std::to_string(at.segment) + ", which is missing");
  std::array<std::uint8_t, recordHeaderSize> headerBytes;
  std::int64_t n = 0;
  auto data = BlockData::make(at.length, [&](std::span<std::uint8_t> out) {
    const iovec parts[2] = {part(headerBytes.data(), headerBytes.size()), part(out.data(), out.size())};
    n = segment->file->read(parts, at.offset, noWait);
  });
  const auto whole = static_cast<std::int64_t>(recordHeaderSize + at.length);
  if (noWait && (n == -EAGAIN || (n >= 0 && n < whole))) return fail(Errc::unavailable, "not in memory");
  if (n < 0) return fail(Errc::io, describe("read", segment->path, static_cast<int>(-n)));
  const auto header = n == whole ? decodeRecordHeader(headerBytes, store_, {at.segment, at.offset}) : std::nullopt;
  if (!header || header->cid != cid || header->length != at.length || header->checksum != checksumOf(data.view()))
    return fail(Errc::corrupt,
                "block " + cid.str() + " is damaged in " + segment->path + " at " + std::to_string(at.offset));
  return data;
}

}  // namespace cairn::blocks::embedded
