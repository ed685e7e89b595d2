// The bytes of segment files: a header of 4 KiB, then records of one block each. docs/formats/blocks.md is the format.
//
// Contract: pure functions, any thread. Decoding answers nullopt for anything that is not exactly what was written at
// this offset of this segment of this store; the check word is keyed by all three, so that neither a stale record nor
// block content that looks like a record is taken for one.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>

#include "common/cid/cid.h"

namespace cairn::blocks::embedded {

using StoreId = std::array<std::uint8_t, 16>;

inline constexpr std::uint32_t formatVersion = 1;
inline constexpr std::uint64_t segmentHeaderSize = 4096;
inline constexpr std::uint64_t recordHeaderSize = 64;
/// Bytes written after a sync never share one of these with bytes written before it, whatever a torn write does to it.
inline constexpr std::uint64_t pageSize = 4096;
inline constexpr std::uint64_t recordAlignment = 8;
inline constexpr std::uint64_t maxBlockSize = 64ULL << 20;
inline constexpr std::uint64_t maxSegmentBytes = 16ULL << 30;
static_assert(maxSegmentBytes / recordAlignment <= UINT32_MAX, "a record names offsets in units of its alignment");

constexpr std::uint64_t alignUp(std::uint64_t v, std::uint64_t to) {
  return (v + to - 1) / to * to;
}

/// Where a block's record begins, and how long the block is.
struct Location {
  std::uint32_t segment = 0;
  std::uint32_t length = 0;
  std::uint64_t offset = 0;
  friend bool operator==(const Location&, const Location&) = default;
};

/// A place between records.
struct LogPosition {
  std::uint32_t segment = 0;
  std::uint64_t offset = 0;
  friend auto operator<=>(const LogPosition&, const LogPosition&) = default;
};

struct SegmentHeader {
  StoreId store{};
  std::uint32_t version = formatVersion;
  std::uint32_t segment = 0;
  std::uint64_t previousEnd = 0;  ///< where the records of the segment before this end; all of them were durable
};

struct RecordHeader {
  std::uint32_t length = 0;
  std::uint32_t gap = 0;       ///< zero bytes between the record before and this one, below pageSize
  std::uint64_t synced = 0;    ///< all records of the segment that end at or before this were durable
  std::uint64_t checksum = 0;  ///< XXH3-64 of the block
  Cid cid;
};

using RecordHeaderBytes = std::array<std::uint8_t, recordHeaderSize>;

std::uint64_t checksumOf(BytesView data);

std::array<std::uint8_t, segmentHeaderSize> encode(const SegmentHeader& header);
std::optional<SegmentHeader> decodeSegmentHeader(BytesView bytes);

RecordHeaderBytes encode(const RecordHeader& header, const StoreId& store, LogPosition at);
std::optional<RecordHeader> decodeRecordHeader(BytesView bytes, const StoreId& store, LogPosition at);

/// Whether the bytes begin as a record does; cheap, for looking for one.
bool looksLikeRecord(const std::uint8_t* bytes);

/// Where a record of a block of `length` bytes that begins at `offset` ends.
constexpr std::uint64_t recordEnd(std::uint64_t offset, std::uint64_t length) {
  return alignUp(offset + recordHeaderSize + length, recordAlignment);
}

}  // namespace cairn::blocks::embedded
