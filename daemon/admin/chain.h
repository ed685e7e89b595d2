// Walks every bucket's history and says whether the chain holds.
//
// Contract: thread-safe. advance() goes on where the last call stopped, walks at most `rowsPerCall` rows and gives what
// is known; when another call is walking, it gives that one's latest. Checked: versions follow one another without a
// gap that no checkpoint covers, each row's previous root is the root before it, the newest row is the root pointer,
// and, where a check is given, each receipt against the row and its predecessor. A break once found stays told until
// the process ends. Errors: those of Registry::list, history and receiptKeys. The registry is borrowed.
#pragma once

#include <functional>
#include <map>
#include <mutex>

#include "common/api/messages.h"
#include "daemon/registry/registry.h"
#include "daemon/rt/clock.h"

namespace cairn::admin {

/// `before` is null for the first row that is kept; `keys` were read after the row, so they have its signer's, also of
/// a master that has joined since the walk began. An error's message says what is wrong with the receipt.
using ReceiptCheck = std::function<Status(const registry::HistoryRow& row, const registry::HistoryRow* before,
                                          const std::vector<registry::ReceiptKey>& keys)>;

class ChainWalk {
 public:
  ChainWalk(registry::Registry& registry, Clock& clock, ReceiptCheck check, std::size_t rowsPerCall = 5000);
  Task<Result<api::ChainStatus>> advance();

 private:
  Task<Status> walk();
  Task<Result<bool>> walkBucket(registry::BucketRow row, std::size_t& budget);
  Task<Status> takeAll(std::vector<registry::HistoryRow> rows);
  /// Over what was thinned between the row reached and this one; false when that does not hold.
  Task<Result<bool>> cross(registry::HistoryRow row, std::vector<registry::ReceiptKey> keys);
  void take(const registry::HistoryRow& row, const std::vector<registry::ReceiptKey>& keys, bool crossed);
  void takeEnd(const registry::BucketRow& row);
  void broken(const BucketId& bucket, Version version, std::string reason);

  registry::Registry& registry_;
  Clock& clock_;
  const ReceiptCheck check_;
  const std::size_t rowsPerCall_;
  std::mutex mutex_;
  bool walking_ = false;                              // guarded by mutex_
  api::ChainStatus status_;                           // guarded by mutex_
  std::map<BucketId, registry::HistoryRow> reached_;  // touched only by the one call that walks
};

}  // namespace cairn::admin
