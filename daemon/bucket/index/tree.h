// The index: a canonical B-tree from key to value, made of immutable nodes (a prolly tree; docs/formats/bucket.md).
//
// Contract. A Tree is a root CID and a NodeSource; it never changes, operations give new roots. The same contents give
// the same root whatever the order of writes. get, rank, select and an edit of one key visit O(log n) nodes; diff
// visits O(differences * log n). Errors are those of NodeSource::loadChild; edits also refuse a tree whose nodes
// overlap. Not for concurrent use of one Cursor; Trees may be shared.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "daemon/bucket/index/source.h"

namespace cairn::bucket::index {

/// Root of a tree: null CID when empty.
struct Root {
  Cid cid;
  std::uint64_t count = 0, weight = 0;
  friend bool operator==(const Root&, const Root&) = default;
};

/// Put (value set) or delete (nullopt) under one key.
struct Edit {
  std::string key;
  std::optional<Bytes> value;  ///< canonical DAG-CBOR, at most kMaxValue bytes
  std::uint64_t weight = 0;
};

struct Edited {
  Root root;
  std::vector<NodePtr> created;  ///< nodes of the new tree that the old one does not have; children before parents
};

/// A position between loads: either on a node not yet loaded, or on a leaf item. See diff.cpp for why it is lazy.
class Cursor {
 public:
  explicit Cursor(NodeSource& source) : source_(source) {}

  /// On the tree's root, unloaded. `level` is not known yet for the root: descend() finds it.
  Status start(const Root& root);
  bool atEnd() const { return done_; }
  /// On a leaf item?
  bool onItem() const { return !done_ && !path_.empty() && path_.back().node->level() == 0; }
  /// Loads the node under the cursor and stands on its first item or child.
  Task<Status> descend();
  /// Past the item or subtree under the cursor.
  void next();
  /// Down to the first leaf item at or after `key`; at the end if there is none.
  Task<Status> seek(std::string_view key);
  /// Down to a leaf item, if not at the end.
  Task<Status> toItem();

  // Of what is under the cursor.
  std::string_view key() const;
  Cid child() const;  ///< the unloaded node's CID
  int level() const;  ///< of the unloaded node; -1 when it is the root
  Item item() const;  ///< on a leaf item
  BytesView value() const;

 private:
  struct Step {
    NodePtr node;
    std::size_t index;
  };
  NodeSource& source_;
  Root root_;
  bool done_ = true;
  std::vector<Step> path_;  ///< root first; empty while the root itself is not loaded
};

struct Found {
  NodePtr node;  ///< keeps `value` alive
  BytesView value;
  std::uint64_t weight = 0;
};

Task<Result<std::optional<Found>>> get(NodeSource& source, Root root, std::string key);
/// How many keys are below `key`.
Task<Result<std::uint64_t>> rank(NodeSource& source, Root root, std::string key);
/// The key with `n` keys below it; nullopt past the end.
Task<Result<std::optional<std::string>>> select(NodeSource& source, Root root, std::uint64_t n);

/// Applies edits; keys must be ascending and distinct. Deleting what is absent changes nothing.
Task<Result<Edited>> apply(NodeSource& source, Root root, std::vector<Edit> edits);

/// One key on which two trees differ; values are encoded items' values, nullopt where absent.
struct Difference {
  std::string key;
  std::optional<Bytes> before, after;
  std::uint64_t weightBefore = 0, weightAfter = 0;
};
/// Of the keys from `from` on, below `end` (empty: all), the first `limit` that differ.
struct Range {
  std::string from, end;
  std::size_t limit = SIZE_MAX;
};
Task<Result<std::vector<Difference>>> diff(NodeSource& source, Root before, Root after, Range range = {});

struct Merged {
  std::vector<Edit> edits;            ///< what turns `theirs` into the merge: ours, where theirs did not change
  std::vector<Difference> conflicts;  ///< changed differently on both sides: before = theirs, after = ours
};
/// Three-way: O(differences of both sides from base). `range.limit` bounds each side's: Errc::too_large beyond it.
Task<Result<Merged>> merge(NodeSource& source, Root base, Root ours, Root theirs, Range range = {});

}  // namespace cairn::bucket::index
