#include "daemon/bucket/index/source.h"

namespace cairn::bucket::index {

NodePtr NodeSource::cached(const Cid& cid) {
  visits_.fetch_add(1, std::memory_order_relaxed);
  Shard& s = shard(cid);
  std::lock_guard lock(s.mutex);
  auto found = s.byCid.find(cid);
  if (found == s.byCid.end()) return nullptr;
  s.recent.splice(s.recent.begin(), s.recent, found->second);
  return *found->second;
}

Task<Result<NodePtr>> NodeSource::load(Cid cid) {
  if (NodePtr node = cached(cid)) co_return node;
  auto block = co_await blocks_.get(cid);
  if (!block) co_return block.error();
  if (cid.codec() != Codec::dag_cbor) co_return fail(Errc::corrupt, "index node " + cid.str() + " is not DAG-CBOR");
  auto node = Node::parse(cid, std::move(*block));
  if (node) remember(*node);
  co_return node;
}

Task<Result<NodePtr>> NodeSource::loadChild(NodePtr parent, std::size_t slot) {
  auto child = co_await load(parent->child(slot));
  if (!child) co_return child.error();
  if (auto s = checkChild(*parent, slot, **child); !s) co_return s.error();
  co_return child;
}

void NodeSource::remember(const NodePtr& node) {
  Shard& s = shard(node->cid());
  std::lock_guard lock(s.mutex);
  if (s.byCid.contains(node->cid())) return;
  s.recent.push_front(node);
  s.byCid.emplace(node->cid(), s.recent.begin());
  s.bytes += node->memory();
  while (s.bytes > shardBytes_ && s.recent.size() > 1) {
    s.bytes -= s.recent.back()->memory();
    s.byCid.erase(s.recent.back()->cid());
    s.recent.pop_back();
  }
}

}  // namespace cairn::bucket::index
