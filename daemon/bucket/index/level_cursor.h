// The nodes of one level from the side, in order.
//
// Contract: loads what lies above a node on the way to it, the node itself only by load(). Errors are those of
// NodeSource::loadChild. `top` is the tree's root node; `level` is at most its level. Not for concurrent use.
#pragma once

#include <optional>
#include <string>

#include "daemon/bucket/index/source.h"

namespace cairn::bucket::index {

class LevelCursor {
 public:
  LevelCursor(NodeSource& source, NodePtr top, int level) : source_(source), top_(std::move(top)), level_(level) {}

  /// On the node that holds, or would hold, `key`.
  Task<Status> seek(std::string key);
  Task<Result<NodePtr>> load();
  /// False, and stays, at the side's end.
  Task<Result<bool>> step(bool forward);
  std::string_view firstKey() const;
  /// First key of the node after this one; nullopt on the last.
  std::optional<std::string> nextFirstKey() const;

 private:
  struct Step {
    NodePtr node;
    std::size_t index;
  };
  NodeSource& source_;
  NodePtr top_;
  int level_;
  std::vector<Step> path_;  ///< down to the node above; empty on the top level
};

}  // namespace cairn::bucket::index
