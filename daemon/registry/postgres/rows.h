// From PostgreSQL's columns to the registry's values, and reading root pointers many at a time.
//
// Contract: pure but for PointReader, which lives on the registry's thread: read() joins a round trip that starts after
// the call, never one that is under way, so that what it gives was current between call and answer; one round trip is
// under way at a time and serves all that wait. Root texts that are no CID we can read never become a CID: a Pointer
// then carries `bad`, and the text.
#pragma once

#include "daemon/registry/postgres/pool.h"
#include "daemon/registry/registry.h"

namespace cairn::registry::postgres {

/// One row of bucket_roots with what belongs to it.
struct Pointer {
  RootRow row;
  std::string rootText;
  std::optional<Error> bad;  ///< Errc::corrupt, or why the row could not be read at all
};

/// Columns from `first` on: root_cid, version, updated_at in ms.
void takeRoot(const Rows& rows, int row, int first, const BucketId& bucket, Pointer& out);
Call listCall(const OwnerId& owner);
std::vector<BucketRow> takeList(const Rows& rows);
Call historyCall(const BucketId& bucket, Version from, Version to, std::size_t limit);
Call historyOfRootCall(const BucketId& bucket, const Cid& root);
std::vector<HistoryRow> takeHistory(const Rows& rows, const BucketId& bucket);

std::string rootText(const std::optional<Cid>& root);
/// nullopt for '' and for text that is no CID.
std::optional<Cid> rootOf(const std::string& text);

class PointReader {
 public:
  PointReader(net::io_context& io, Pool& pool) : io_(io), pool_(pool) {}
  Task<Pointer> read(BucketId bucket);
  std::uint64_t roundTrips() const { return roundTrips_; }

 private:
  struct Waiter {
    BucketId bucket;
    OneShot<Pointer> done;
  };
  Task<void> serve();
  Task<bool> answer(const std::vector<Waiter>& batch);

  net::io_context& io_;
  Pool& pool_;
  std::vector<Waiter> waiters_;
  bool serving_ = false;
  std::uint64_t roundTrips_ = 0;
};

}  // namespace cairn::registry::postgres
