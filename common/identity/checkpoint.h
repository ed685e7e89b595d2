// A checkpoint: what thinning leaves in place of a range of history rows; docs/formats/receipt.md.
//
// Contract: as for receipts: pure, canonical, signed under a domain of its own. A checkpoint covers the versions
// [from, to] of one bucket whose rows were removed: it carries the receipt hash before the range, the one at its end,
// and the root at its end, so that the chain goes on across it; `digest` is SHA-256 over the receipt hashes of the
// range in order, so that whoever kept the rows can prove them.
#pragma once

#include "common/identity/receipt.h"

namespace cairn::identity {

inline constexpr std::uint64_t kCheckpointFormat = 1;

struct Checkpoint {
  BucketId bucket;
  Version from, to;
  Bytes before;             ///< receipt hash of version from - 1; empty when that has none
  Bytes last;               ///< receipt hash of version `to`; empty when that has none
  Bytes digest;             ///< 32 bytes
  std::optional<Cid> root;  ///< of version `to`
  MasterId master;
  Epoch epoch;
  Timestamp claimedAt;
  friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
};

struct SignedCheckpoint {
  Checkpoint checkpoint;
  PublicKey key;
};

/// `receiptHashes` in the order of their versions; an empty one stands for a row without a receipt.
Bytes digestOf(const std::vector<Bytes>& receiptHashes);
Bytes encode(const Checkpoint& checkpoint);
Result<Checkpoint> decodeCheckpoint(BytesView payload);
Bytes sign(const Checkpoint& checkpoint, const SecretKey& key);
Result<SignedCheckpoint> verifyCheckpoint(BytesView envelope);

}  // namespace cairn::identity
