// Proves a bucket's history: an unbroken chain of receipts, each signed by its master's key.
//
// Contract: pure, offline, any thread. verifyHistory() takes the rows of one bucket in the order they were kept and
// names the first row that is forged (a receipt that does not verify, is by an unknown key, does not say what its row
// says, or does not follow from the row before), missing, doubled or reordered. Rows of foreign writers have no
// receipt: they are counted as unsigned, prove nothing, and the receipt after one carries no hash of it
// (docs/formats/receipt.md). The keys given are trusted; rows, receipts and checkpoints are not.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/identity/checkpoint.h"

namespace cairn::identity {

/// One history row as the registry has it; roots as text, for a foreign root may be anything.
struct HistoryRecord {
  BucketId bucket;
  Version version;
  std::string root, previousRoot;  ///< empty: none
  CommitId commit;
  MasterId master;  ///< empty: a foreign writer
  Epoch epoch;
  std::vector<MasterId> holders;
  std::uint64_t puts = 0, deletes = 0, others = 0;
  std::uint32_t attempts = 0;
  Timestamp at;  ///< the registry's clock; not signed
  Bytes receipt;
};

using TrustedKeys = std::set<std::pair<MasterId, PublicKey>>;

enum class FaultKind { forged, missing, doubled, reordered };
std::string_view toString(FaultKind kind);

struct HistoryFault {
  FaultKind kind;
  Version version;  ///< the row, or the first one missing
  std::string why;
};

struct HistoryReport {
  std::uint64_t signedRows = 0, unsignedRows = 0;
  std::uint64_t coveredVersions = 0;  ///< by checkpoints
  Version first, last;
  std::optional<HistoryFault> fault;  ///< nullopt: the chain holds
};

/// `checkpoints` are envelopes. The chain may begin at any version: what came before the first row is not claimed.
HistoryReport verifyHistory(const std::vector<HistoryRecord>& rows, const std::vector<Bytes>& checkpoints,
                            const TrustedKeys& keys);

}  // namespace cairn::identity
