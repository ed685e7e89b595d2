// A receipt: a master's signed statement of one version of a root pointer; docs/formats/receipt.md.
//
// Contract: pure, any thread. sign() gives the bytes that the flip stores in bucket_root_history; verifyReceipt()
// accepts exactly what sign() can produce (canonical DAG-CBOR, known format version, valid signature by the key it
// carries) and says whose key that is; whether the key belongs to `master` is the caller's to check. Errors:
// Errc::corrupt, Errc::newer_version. `claimedAt` is the master's own clock and proves nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/ids.h"
#include "common/cid/cid.h"
#include "common/identity/secp.h"

namespace cairn::identity {

inline constexpr std::uint64_t kReceiptFormat = 1;

struct Receipt {
  BucketId bucket;
  Version version;
  std::optional<Cid> root;          ///< nullopt: a tombstone
  std::optional<Cid> previousRoot;  ///< of version - 1
  Bytes previousReceipt;            ///< SHA-256 of the receipt of version - 1; empty when that has none
  CommitId commit;
  MasterId master;
  Epoch epoch;
  std::vector<MasterId> holders;
  std::uint64_t puts = 0, deletes = 0, others = 0;
  std::uint32_t attempts = 1;
  Timestamp claimedAt;
  friend bool operator==(const Receipt&, const Receipt&) = default;
};

struct SignedReceipt {
  Receipt receipt;
  PublicKey key;
};

Bytes encode(const Receipt& receipt);
Result<Receipt> decodeReceipt(BytesView payload);
Bytes sign(const Receipt& receipt, const SecretKey& key);
Result<SignedReceipt> verifyReceipt(BytesView envelope);
/// What the next receipt carries as previousReceipt: SHA-256 of the envelope's bytes.
Bytes receiptHash(BytesView envelope);

}  // namespace cairn::identity
