#include "daemon/blocks/embedded/record.h"

#include <xxhash.h>

#include <cstring>

namespace cairn::blocks::embedded {

namespace {

constexpr std::uint32_t recordMagic = 0x314b4c42;           // "BLK1"
constexpr std::uint64_t segmentMagic = 0x3147455352494143;  // "CAIRSEG1"
constexpr std::size_t checkAt = 60;

static_assert(std::endian::native == std::endian::little, "the format is little-endian and written by copying");

template <class T>
void put(std::uint8_t* to, T value) {
  std::memcpy(to, &value, sizeof value);
}

template <class T>
T take(const std::uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

std::uint32_t checkWord(const std::uint8_t* header, const StoreId& store, LogPosition at) {
  std::uint64_t key =
      take<std::uint64_t>(store.data()) ^ (take<std::uint64_t>(store.data() + 8) * 0x9e3779b97f4a7c15ULL);
  key ^= (std::uint64_t{at.segment} << 40) ^ at.offset;
  return static_cast<std::uint32_t>(XXH3_64bits_withSeed(header, checkAt, key));
}

}  // namespace

std::uint64_t checksumOf(BytesView data) {
  return XXH3_64bits(data.data(), data.size());
}

std::array<std::uint8_t, segmentHeaderSize> encode(const SegmentHeader& header) {
  std::array<std::uint8_t, segmentHeaderSize> out{};
  put(out.data(), segmentMagic);
  put(out.data() + 8, header.version);
  put(out.data() + 12, header.segment);
  std::memcpy(out.data() + 16, header.store.data(), header.store.size());
  put(out.data() + 32, header.previousEnd);
  put(out.data() + 40, static_cast<std::uint64_t>(XXH3_64bits(out.data(), 40)));
  return out;
}

std::optional<SegmentHeader> decodeSegmentHeader(BytesView bytes) {
  if (bytes.size() < 48 || take<std::uint64_t>(bytes.data()) != segmentMagic) return std::nullopt;
  if (take<std::uint64_t>(bytes.data() + 40) != XXH3_64bits(bytes.data(), 40)) return std::nullopt;
  SegmentHeader header;
  header.version = take<std::uint32_t>(bytes.data() + 8);
  header.segment = take<std::uint32_t>(bytes.data() + 12);
  std::memcpy(header.store.data(), bytes.data() + 16, header.store.size());
  header.previousEnd = take<std::uint64_t>(bytes.data() + 32);
  return header;
}

RecordHeaderBytes encode(const RecordHeader& header, const StoreId& store, LogPosition at) {
  RecordHeaderBytes out;
  put(out.data(), recordMagic);
  put(out.data() + 4, header.length);
  put(out.data() + 8, header.gap);
  put(out.data() + 12, static_cast<std::uint32_t>(header.synced / recordAlignment));
  put(out.data() + 16, header.checksum);
  std::memcpy(out.data() + 24, header.cid.bytes().data(), Cid::size);
  put(out.data() + checkAt, checkWord(out.data(), store, at));
  return out;
}

std::optional<RecordHeader> decodeRecordHeader(BytesView bytes, const StoreId& store, LogPosition at) {
  if (bytes.size() < recordHeaderSize || !looksLikeRecord(bytes.data())) return std::nullopt;
  if (take<std::uint32_t>(bytes.data() + checkAt) != checkWord(bytes.data(), store, at)) return std::nullopt;
  auto cid = Cid::decode(bytes.subspan(24, Cid::size));
  if (!cid) return std::nullopt;
  RecordHeader header;
  header.length = take<std::uint32_t>(bytes.data() + 4);
  header.gap = take<std::uint32_t>(bytes.data() + 8);
  header.synced = std::uint64_t{take<std::uint32_t>(bytes.data() + 12)} * recordAlignment;
  header.checksum = take<std::uint64_t>(bytes.data() + 16);
  header.cid = *cid;
  if (header.length > maxBlockSize || header.gap >= pageSize) return std::nullopt;
  return header;
}

bool looksLikeRecord(const std::uint8_t* bytes) {
  return take<std::uint32_t>(bytes) == recordMagic;
}

}  // namespace cairn::blocks::embedded
