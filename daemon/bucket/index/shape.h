// Whether a tree is the one that docs/formats/bucket.md makes of its contents.
//
// Contract. checkShape() reads every node, and keeps those of one run of each level. Errc::corrupt names the first node
// that is not as it should be: level, order, counts, weights, or where it is cut. Other errors are those of
// NodeSource::load. Shape is the same for nodes that come by themselves, one by one, parents before children and in the
// order of their keys: the caller has compared each with what its parent says (checkChild), the root with
// checkTop(). It answers Errc::too_large when the nodes it must keep have more than `mostKept` bytes.
#pragma once

#include "daemon/bucket/index/tree.h"

namespace cairn::bucket::index {

class Shape {
 public:
  explicit Shape(std::size_t mostKept = SIZE_MAX) : mostKept_(mostKept) {}
  static Status checkTop(const Node& root);
  /// `limit` is the first key after the node and what is below it.
  Status add(const NodePtr& node, const std::optional<std::string>& limit);
  Status finish();

 private:
  using Run = std::vector<NodePtr>;
  Status close(Run& run);

  const std::size_t mostKept_;
  std::size_t kept_ = 0;
  std::vector<Run> runs_;  ///< by level: the nodes since the last key that starts one by itself
};

/// First key after the child under `slot` of `node`, which itself ends before `limit`.
std::optional<std::string> limitOf(const Node& node, std::size_t slot, const std::optional<std::string>& limit);

Task<Status> checkShape(NodeSource& source, Root root);

}  // namespace cairn::bucket::index
