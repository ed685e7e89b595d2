// Reading one segment from some point on: what records it has, where they end, and what of it is damaged.
//
// Contract: blocking, one call at a time per File; changes nothing. A stretch that is no record is judged so:
// - before `durableTo`, or before what a later record of this segment says was durable: damage to acknowledged data. It
//   is reported, and reading goes on at the next record behind it.
// - otherwise it is what a cut left of writes that nobody was told are durable: the records end there, and valid ones
//   behind it are dropped, for they were not acknowledged either.
// One case cannot be told apart: rot in the last synced group of the last segment, of which no later record says that
// it was synced. It reads as a torn tail. The index's position is written at every close and bounds that to after a
// crash. Block bytes are verified only where a cut may have torn them; elsewhere get() and scrubs do.
#pragma once

#include <functional>
#include <vector>

#include "daemon/blocks/embedded/files.h"
#include "daemon/blocks/embedded/record.h"

namespace cairn::blocks::embedded {

struct ScanRequest {
  StoreId store{};
  std::uint32_t segment = 0;
  std::uint64_t from = segmentHeaderSize;
  std::uint64_t durableTo = 0;
};

struct FoundRecord {
  Cid cid;
  Location at;
  std::uint64_t checksum = 0;
};

struct ByteRange {
  std::uint64_t from = 0;
  std::uint64_t to = 0;
};

struct ScanResult {
  std::vector<FoundRecord> records;
  std::vector<ByteRange> damaged;
  std::uint64_t end = 0;  ///< of the last record; what is behind it is to be cut off
  bool torn = false;      ///< there was something behind it other than zeros
};

Result<ScanResult> scanSegment(File& file, const ScanRequest& request);

}  // namespace cairn::blocks::embedded
