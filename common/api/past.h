// The admin API's messages about what buckets were, and about bringing it back.
//
// Contract: as messages.h.
#pragma once

#include "common/api/messages.h"

namespace cairn::api {

/// What a bucket has under a key.
struct ObjectFacts {
  std::uint64_t size = 0;
  std::string etag;  ///< without quotes
  std::string cid;
  Timestamp modified;
  friend bool operator==(const ObjectFacts&, const ObjectFacts&) = default;
};

struct ObjectRow {
  std::string key;
  ObjectFacts object;
  friend bool operator==(const ObjectRow&, const ObjectRow&) = default;
};

/// GET /admin/v1/buckets/{owner}/{name}/state. `next` is the value of ?after= for what follows.
struct BucketState {
  OwnerId owner;
  BucketName bucket;
  Version version;
  std::string root;
  std::optional<std::string> contentsRoot;  ///< absent when it is empty
  Timestamp at;                             ///< of the flip
  Timestamp created;
  std::uint64_t keys = 0, bytes = 0, uploads = 0;
  std::string policy;  ///< what it opened to everybody; empty: nothing
  std::vector<ObjectRow> objects;
  std::vector<std::string> prefixes;  ///< common ones, where a delimiter was given
  std::optional<std::string> next;
  friend bool operator==(const BucketState&, const BucketState&) = default;
};

struct KeyChange {
  std::string key;
  std::string change;  ///< "added" | "changed" | "removed"
  std::optional<ObjectFacts> before, after;
  friend bool operator==(const KeyChange&, const KeyChange&) = default;
};

/// GET /admin/v1/buckets/{owner}/{name}/diff. `next` is the value of ?after= for what follows.
struct BucketDiff {
  OwnerId owner;
  BucketName bucket;
  Version fromVersion, toVersion;
  std::string fromRoot, toRoot;
  bool settingsChanged = false;
  std::vector<KeyChange> changes;
  std::optional<std::string> next;
  friend bool operator==(const BucketDiff&, const BucketDiff&) = default;
};

/// A key on which a lost race's loser differs from its base, and what others have under it.
struct ConflictKey {
  std::string key;
  std::optional<ObjectFacts> base, winner, loser, present;
  friend bool operator==(const ConflictKey&, const ConflictKey&) = default;
};

/// GET /admin/v1/buckets/{owner}/{name}/races/{id}. `next` is the value of ?after= for what follows.
struct Conflict {
  Race race;
  std::vector<ConflictKey> keys;
  std::optional<std::string> next;
  friend bool operator==(const Conflict&, const Conflict&) = default;
};

/// What a restore, an undo or an adoption did, or would do.
struct Brought {
  OwnerId owner;
  BucketName bucket;
  bool dryRun = false;
  std::uint64_t put = 0, removed = 0;
  std::uint64_t kept = 0;                          ///< changed since, and left as they are
  std::uint64_t both = 0;                          ///< changed on both sides of a reconciliation
  std::vector<std::string> keys, keptKeys;         ///< of the first two, of the third; the first 1000
  std::vector<std::string> bothKeys, secondNames;  ///< of the last: where what the other side had stands
  friend bool operator==(const Brought&, const Brought&) = default;
};

}  // namespace cairn::api
