// What a bucket was, and bringing it back: old roots are whole buckets, so nothing is copied.
//
// Contract: thread-safe; coroutines run on the caller's executor. at() finds the state that a Moment names in the kept
// history of the bucket, with O(log versions) rows read and no block but the root; a root that the history does not
// name, a version or time that is not there or was thinned away, and one at which the bucket did not exist are
// Fault::no_such_version. A time means the newest kept version at or before it, by the registry's clock. changes()
// reads O(differences) blocks. bring() makes `ours` what the bucket holds, by an ordinary commit: of the keys that
// differ between `base` and `ours` those which the bucket still has as `base` had them become what they are in `ours`;
// others were changed since and are kept, and reported; with `both` they are kept, and what `ours` has stands beside
// them under a second name (reconcile.h), so that nothing of either side is dropped. What comes back is the very entry,
// times included; settings and uploads stay as they are. Who may ask is the doors' to know.
#pragma once

#include <variant>

#include "daemon/bucket/service.h"

namespace cairn::bucket {

/// "17", a root CID in base32, or an RFC 3339 time such as 2026-01-31T12:00:00Z (docs/formats/moment.md).
struct Moment {
  std::variant<Version, Cid, Timestamp> at;
  friend bool operator==(const Moment&, const Moment&) = default;
};
/// Pure. Errc::invalid says what is wrong.
Result<Moment> parseMoment(std::string_view text);

struct Change {
  std::string key;
  std::optional<Entry> before, after;
};
struct Changes {
  std::vector<Change> changes;  ///< ascending by key
  bool truncated = false;
};
struct ChangesQuery {
  std::string prefix, after;  ///< after: exclusive
  std::size_t limit = 1000;
};

struct Bring {
  SnapshotPtr base, ours;         ///< base: of `both`, null where nothing is known to be common
  std::string prefix;             ///< of the keys concerned
  std::vector<std::string> only;  ///< if any: these keys alone, and whatever stands under them now
  bool dryRun = false;            ///< only say what would be done, on the present root
  bool both = false;              ///< keep both of what was changed twice
};
struct Brought {
  std::uint64_t put = 0, removed = 0, kept = 0, both = 0;
  std::vector<std::string> keys, keptKeys;         ///< of the first two, of the third; at most kMostNamed each
  std::vector<std::string> bothKeys, secondNames;  ///< of the last, one by one; as many
};
inline constexpr std::size_t kMostNamed = 1000;
/// Keys that may differ on either side; more is Fault::too_large: a prefix makes it less.
inline constexpr std::size_t kMostBrought = 200'000;

/// A lost race and the roots it was about.
struct Conflict {
  registry::Race race;
  SnapshotPtr base, winner, loser;
};

class Past {
 public:
  virtual ~Past() = default;
  virtual Task<Outcome<SnapshotPtr>> at(BucketId bucket, Moment moment) = 0;
  /// One of the bucket's kept races. Fault::no_such_version where there is no such record, or a root of it is none: who
  /// raced to make or delete a bucket had no keys.
  virtual Task<Outcome<Conflict>> conflict(BucketId bucket, std::uint64_t race) = 0;
  virtual Task<Outcome<Changes>> changes(SnapshotPtr before, SnapshotPtr after, ChangesQuery query) = 0;
  /// Once it is done, or may be, `row` is appended to the audit log, as by Service::setPolicy(). Where nothing has to
  /// be changed nothing is committed, and no row written, but for `both`: that row says that the line has been merged,
  /// so that nobody merges it once more over what was deleted since.
  virtual Task<Outcome<Brought>> bring(BucketId bucket, Bring bring, registry::AuditRow row) = 0;
};

}  // namespace cairn::bucket
