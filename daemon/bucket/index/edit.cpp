// Applying edits, level by level from the leaves up.
//
// Where nodes are cut depends on keys alone. A node whose edits put values under keys that it has is rebuilt by itself;
// most edits are of that kind, and so are those that they cause on the levels above. Where a key comes or goes, a
// region is rebuilt from its items: the smallest union of whole runs (chunk.h) that contains it and, where the boundary
// key of a run goes, the run before it, with all edits that fall into it. Whatever nodes come out differently are edits
// of the level above. So only what changes is written, and the result is what building the whole level afresh would
// give.
#include <algorithm>
#include <map>
#include <unordered_set>

#include "daemon/bucket/index/chunk.h"
#include "daemon/bucket/index/level_cursor.h"
#include "daemon/bucket/index/tree.h"

namespace cairn::bucket::index {
namespace {

struct LevelEdit {
  std::string key;
  bool put = false;
  Bytes raw;
  std::uint64_t count = 1, weight = 0;
  Item item(std::optional<std::uint64_t> rank = std::nullopt) const { return {key, raw, count, weight, rank}; }
};

/// Items side by side, about to become nodes.
struct Region {
  std::vector<NodePtr> old;  ///< what they replace; keeps what `items` borrows
  std::vector<Item> items;
  std::vector<bool> mayStart;  ///< whether the key could be a boundary: those inside old nodes are known not to be

  void add(const Item& item, bool start) {
    items.push_back(item);
    mayStart.push_back(start);
  }
};

/// The one of `old`, which stand in order, that consists of exactly these items; else a new node.
NodePtr nodeOf(int level, std::span<const Item> items, std::span<const NodePtr>& old) {
  while (!old.empty() && old.front()->key(0) < items[0].key) old = old.subspan(1);
  bool same = !old.empty() && old.front()->size() == items.size();
  for (std::size_t i = 0; same && i < items.size(); ++i) same = old.front()->item(i).raw.data() == items[i].raw.data();
  return same ? old.front() : buildNode(level, items);
}

std::vector<NodePtr> chunk(int level, Region& region) {
  std::vector<NodePtr> nodes;
  std::span<const NodePtr> old(region.old);
  const std::span<Item> items(region.items);
  for (std::size_t at = 0, end = 0; end < items.size();) {
    ++end;
    if (end < items.size() && !(region.mayStart[end] && isBoundary(level, items[end].key))) continue;
    for (std::size_t n : cutRun(items.subspan(at, end - at))) {
      nodes.push_back(nodeOf(level, items.subspan(at, n), old));
      at += n;
    }
  }
  return nodes;
}

/// A node and the edits that fall into it.
struct Touched {
  NodePtr node;
  std::optional<std::string> limit;  ///< first key of the next node
  std::size_t from, to;              ///< of the edits
  bool keysChange = false;           ///< a key comes or goes
  bool done = false;
};

bool changesKeys(const LevelEdit& edit, const Node& node) {
  std::ptrdiff_t at = node.lastAtMost(edit.key);
  const bool present = at >= 0 && node.key(static_cast<std::size_t>(at)) == edit.key;
  return edit.put != present;
}

LevelEdit pointTo(const NodePtr& node) {
  return {std::string(node->key(0)), true, encodeInnerItem(*node), node->count(), node->weight()};
}

class Applier {
 public:
  Applier(NodeSource& source) : source_(source) {}

  Task<Result<Edited>> run(Root root, std::vector<LevelEdit> edits) {
    known_.insert(root.cid);
    if (root.cid.isNull()) {
      std::erase_if(edits, [](const LevelEdit& e) { return !e.put; });
      Region whole = fresh(edits);
      co_return co_await finish(chunk(0, whole));
    }
    auto top = co_await source_.load(root.cid);
    if (!top) co_return top.error();
    for (int level = 0;; ++level) {
      bool last = level == (*top)->level();
      auto above = co_await applyLevel(*top, level, edits);
      if (!above) co_return above.error();
      if (last) co_return co_await finish(std::move(newest_));
      edits = std::move(*above);
      if (edits.empty()) co_return Edited{{root.cid, (*top)->count(), (*top)->weight()}, {}};
    }
  }

 private:
  static Region fresh(const std::vector<LevelEdit>& edits) {
    Region region;
    for (const LevelEdit& e : edits) region.add(e.item(), true);
    return region;
  }

  /// Edits of the level above.
  Task<Result<std::vector<LevelEdit>>> applyLevel(NodePtr top, int level, const std::vector<LevelEdit>& edits) {
    std::vector<LevelEdit> above;
    LevelCursor cursor(source_, top, level);
    auto touched = co_await touch(cursor, edits);
    if (!touched) co_return touched.error();
    for (auto t = touched->begin(); t != touched->end(); ++t) {
      if (!t->keysChange || t->done) continue;
      if (auto s = co_await seekRun(cursor, level, edits[t->from]); !s) co_return s.error();
      // Nodes before this one in its run may have edits that only put values: they are in the region too.
      auto first = t;
      while (first != touched->begin() && std::prev(first)->node->key(0) >= cursor.firstKey()) --first;
      Region region;
      std::size_t next = first->from;
      if (auto s = co_await gather(cursor, level, edits, next, region); !s) co_return s.error();
      for (; first != touched->end() && first->from < next; ++first) first->done = true;
      replace(region, chunk(level, region), above);
    }
    for (const Touched& t : *touched) {
      if (t.done) continue;
      Region region;
      std::size_t next = t.from;
      if (auto s = mix(t.node, t.limit, edits, next, region); !s) co_return s.error();
      replace(region, {buildNode(level, region.items)}, above);
    }
    std::sort(above.begin(), above.end(), [](const LevelEdit& a, const LevelEdit& b) { return a.key < b.key; });
    co_return above;
  }

  /// The nodes into which the edits fall, in order.
  static Task<Result<std::vector<Touched>>> touch(LevelCursor& cursor, const std::vector<LevelEdit>& edits) {
    std::vector<Touched> out;
    for (std::size_t next = 0; next < edits.size();) {
      if (auto s = co_await cursor.seek(edits[next].key); !s) co_return s.error();
      auto node = co_await cursor.load();
      if (!node) co_return node.error();
      Touched t{*node, cursor.nextFirstKey(), next, next};
      for (; t.to < edits.size() && (!t.limit || edits[t.to].key < *t.limit); ++t.to)
        t.keysChange = t.keysChange || changesKeys(edits[t.to], *t.node);
      next = t.to;
      out.push_back(std::move(t));
    }
    co_return out;
  }

  /// To the start of the run of the first edit that changes keys in its node; past it, when its boundary key is the one
  /// that goes.
  static Task<Status> seekRun(LevelCursor& cursor, int level, const LevelEdit& first) {
    if (auto s = co_await cursor.seek(first.key); !s) co_return s;
    for (;;) {
      const bool goes = !first.put && first.key == cursor.firstKey();
      if (isBoundary(level, cursor.firstKey()) && !goes) co_return Status{};
      auto moved = co_await cursor.step(false);
      if (!moved) co_return moved.error();
      if (!*moved) co_return Status{};
    }
  }

  /// Collects a region from the cursor on and moves `next` past the edits it covers.
  static Task<Status> gather(LevelCursor& cursor, int level, const std::vector<LevelEdit>& edits, std::size_t& next,
                             Region& region) {
    for (;;) {
      auto node = co_await cursor.load();
      if (!node) co_return node.error();
      auto limit = cursor.nextFirstKey();
      if (auto s = mix(*node, limit, edits, next, region); !s || !limit) co_return s;
      const bool goes = next < edits.size() && edits[next].key == *limit && !edits[next].put;
      if (isBoundary(level, *limit) && !goes) co_return Status{};
      if (auto moved = co_await cursor.step(true); !moved) co_return moved.error();
    }
  }

  /// Adds a node's items, merged with the edits below `limit`, which is the next node's first key.
  static Status mix(const NodePtr& node, const std::optional<std::string>& limit, const std::vector<LevelEdit>& edits,
                    std::size_t& next, Region& region) {
    if (limit && node->key(node->size() - 1) >= *limit)
      return fail(Errc::corrupt, "index node " + node->cid().str() + " reaches into the next one");
    auto due = [&] { return next < edits.size() && (!limit || edits[next].key < *limit); };
    region.old.push_back(node);
    for (std::size_t i = 0; i < node->size(); ++i) {
      Item item = node->item(i);
      while (due() && edits[next].key < item.key) {
        if (edits[next].put) region.add(edits[next].item(), true);
        ++next;
      }
      if (due() && edits[next].key == item.key) {
        if (edits[next].put) region.add(edits[next].item(item.rank), i == 0);
        ++next;
      } else {
        region.add(item, i == 0);
      }
    }
    for (; due(); ++next)
      if (edits[next].put) region.add(edits[next].item(), true);
    return {};
  }

  void replace(const Region& region, std::vector<NodePtr> nodes, std::vector<LevelEdit>& above) {
    std::map<std::string_view, const Node*> fresh, old;
    for (const NodePtr& n : nodes) fresh.emplace(n->key(0), n.get());
    for (const NodePtr& n : region.old) {
      old.emplace(n->key(0), n.get());
      if (!fresh.contains(n->key(0))) above.push_back({std::string(n->key(0)), false, {}, 0, 0});
    }
    for (const NodePtr& n : nodes) {
      auto same = old.find(n->key(0));
      if (same != old.end() && same->second->cid() == n->cid()) continue;
      above.push_back(pointTo(n));
      create(n);
    }
    newest_ = std::move(nodes);
  }

  /// From the nodes of the top level to the one root: more levels while there are several nodes, fewer while the only
  /// node has but one child.
  Task<Result<Edited>> finish(std::vector<NodePtr> nodes) {
    for (int level = nodes.empty() ? 0 : nodes[0]->level() + 1;; ++level) {
      for (const NodePtr& n : nodes) create(n);
      if (nodes.size() <= 1) break;
      std::vector<LevelEdit> items;
      for (const NodePtr& n : nodes) items.push_back(pointTo(n));
      Region whole = fresh(items);
      nodes = chunk(level, whole);
    }
    if (nodes.empty()) co_return Edited{};
    NodePtr root = nodes[0];
    while (root->level() > 0 && root->size() == 1) {
      Cid child = root->child(0);
      std::erase_if(created_, [&](const NodePtr& c) { return c->cid() == root->cid(); });
      auto made = std::find_if(created_.begin(), created_.end(), [&](const NodePtr& c) { return c->cid() == child; });
      if (made != created_.end()) {
        root = *made;
        continue;
      }
      auto loaded = co_await source_.load(child);
      if (!loaded) co_return loaded.error();
      root = *loaded;
    }
    co_return Edited{{root->cid(), root->count(), root->weight()}, std::move(created_)};
  }

  void create(const NodePtr& node) {
    if (known_.insert(node->cid()).second) created_.push_back(node);
  }

  NodeSource& source_;
  std::vector<NodePtr> newest_;  ///< from the last region; on the top level, which is one region, the whole level
  std::vector<NodePtr> created_;
  std::unordered_set<Cid> known_;  ///< created, and the old root
};

}  // namespace

Task<Result<Edited>> apply(NodeSource& source, Root root, std::vector<Edit> edits) {
  std::vector<LevelEdit> level;
  level.reserve(edits.size());
  for (Edit& e : edits) {
    CAIRN_ASSERT(level.empty() || level.back().key < e.key);
    LevelEdit l{std::move(e.key), e.value.has_value(), {}, 1, e.weight};
    if (e.value) l.raw = encodeLeafItem(l.key, e.weight, *e.value);
    level.push_back(std::move(l));
  }
  if (level.empty()) co_return Edited{root, {}};
  Applier applier(source);
  auto edited = co_await applier.run(root, std::move(level));
  if (edited)
    for (const NodePtr& n : edited->created) source.remember(n);
  co_return edited;
}

}  // namespace cairn::bucket::index
