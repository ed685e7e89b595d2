// Roots and index nodes that were put or read lately, so that commits go on while kubo is away.
//
// Contract: thread-safe, bounded by `capacity` bytes of block data; what was used least recently goes first. Only
// blocks of DAG-CBOR are kept, which is what a commit reads.
#pragma once

#include <list>
#include <mutex>
#include <unordered_map>

#include "daemon/blocks/store.h"

namespace cairn::blocks::kubo {

class NodeCache {
 public:
  explicit NodeCache(std::uint64_t capacity) : capacity_(capacity) {}

  void insert(const Block& block) {
    if (block.cid.codec() != Codec::dag_cbor || block.data.size() > capacity_) return;
    std::lock_guard lock(mutex_);
    if (byCid_.contains(block.cid)) return;
    // A copy: the bytes may be a small part of something large.
    recent_.push_front({block.cid, BlockData::copy(block.data.view())});
    byCid_.emplace(block.cid, recent_.begin());
    for (bytes_ += block.data.size(); bytes_ > capacity_; recent_.pop_back()) {
      bytes_ -= recent_.back().data.size();
      byCid_.erase(recent_.back().cid);
    }
  }
  /// False data when it is not here.
  BlockData find(const Cid& cid) {
    std::lock_guard lock(mutex_);
    const auto found = byCid_.find(cid);
    if (found == byCid_.end()) return {};
    recent_.splice(recent_.begin(), recent_, found->second);
    return found->second->data;
  }

 private:
  const std::uint64_t capacity_;
  std::mutex mutex_;  // guards what follows
  std::list<Block> recent_;
  std::unordered_map<Cid, std::list<Block>::iterator> byCid_;
  std::uint64_t bytes_ = 0;
};

}  // namespace cairn::blocks::kubo
