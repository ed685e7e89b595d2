// Where index nodes and other small blocks come from: a cache over the node's blocks.
//
// Contract: thread-safe. load() answers Errc::not_found only when no holder has the block, Errc::corrupt when it is not
// an index node. Loads are counted so that tests can hold the tree to O(log n).
#pragma once

#include <atomic>
#include <list>
#include <mutex>
#include <unordered_map>

#include "daemon/blocks/source.h"
#include "daemon/bucket/index/node.h"
#include "daemon/rt/async.h"

namespace cairn::bucket::index {

class NodeSource {
 public:
  NodeSource(blocks::Source& blocks, std::size_t cacheBytes) : blocks_(blocks), shardBytes_(cacheBytes / kShards) {}

  /// nullptr when it is not in memory.
  NodePtr cached(const Cid& cid);
  Task<Result<NodePtr>> load(Cid cid);
  /// The child under item `slot` of an inner node, once it was seen to be what the item says (checkChild).
  Task<Result<NodePtr>> loadChild(NodePtr parent, std::size_t slot);
  /// Nodes just built are wanted again by the next commit.
  void remember(const NodePtr& node);
  blocks::Source& blocks() { return blocks_; }
  std::uint64_t visits() const { return visits_; }

 private:
  static constexpr std::size_t kShards = 16;
  struct Shard {
    std::mutex mutex;
    std::list<NodePtr> recent;  ///< front: used last
    std::unordered_map<Cid, std::list<NodePtr>::iterator> byCid;
    std::size_t bytes = 0;
  };
  Shard& shard(const Cid& cid) { return shards_[cid.digest()[7] % kShards]; }

  blocks::Source& blocks_;
  std::size_t shardBytes_;
  std::atomic<std::uint64_t> visits_{0};
  std::array<Shard, kShards> shards_;
};

}  // namespace cairn::bucket::index
