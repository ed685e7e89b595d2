// Applying edits, level by level from the leaves up.
//
// On each level the edits fall into regions: the smallest unions of whole runs (chunk.h) that contain every edited key
// and, where the boundary key of a run goes, the run before it. A region is rebuilt from its items; whatever nodes come
// out differently are edits of the level above. So only what changes is written, and the result is what building the
// whole level afresh would give.
#include <algorithm>
#include <deque>
#include <map>
#include <unordered_set>

#include "daemon/bucket/index/chunk.h"
#include "daemon/bucket/index/tree.h"

namespace cairn::bucket::index {

/// Walks the nodes of one level from the side, without loading them.
class LevelCursor {
 public:
  LevelCursor(NodeSource& source, NodePtr root, int level) : source_(source), root_(std::move(root)), level_(level) {}

  /// On the node that holds, or would hold, `key`.
  Task<Status> seek(std::string key) {
    path_.clear();
    NodePtr node = root_;
    while (node->level() > level_) {
      std::ptrdiff_t at = node->lastAtMost(key);
      path_.push_back({node, at < 0 ? 0 : static_cast<std::size_t>(at)});
      if (node->level() == level_ + 1) break;
      auto child = co_await source_.load(node->child(path_.back().index));
      if (!child) co_return child.error();
      node = *child;
    }
    co_return Status{};
  }
  std::string_view firstKey() const {
    return path_.empty() ? root_->key(0) : path_.back().node->key(path_.back().index);
  }
  Task<Result<NodePtr>> load() {
    if (path_.empty()) co_return root_;
    co_return co_await source_.load(path_.back().node->child(path_.back().index));
  }
  /// False, and stays, at the side's end.
  Task<Result<bool>> step(bool forward) {
    std::size_t up = path_.size();
    while (up > 0 && (forward ? path_[up - 1].index + 1 >= path_[up - 1].node->size() : path_[up - 1].index == 0)) --up;
    if (up == 0) co_return false;
    path_.resize(up);
    path_.back().index += forward ? 1 : std::size_t(-1);
    while (path_.back().node->level() > level_ + 1) {
      auto child = co_await source_.load(path_.back().node->child(path_.back().index));
      if (!child) co_return child.error();
      path_.push_back({*child, forward ? 0 : (*child)->size() - 1});
    }
    co_return true;
  }

 private:
  struct Step {
    NodePtr node;
    std::size_t index;
  };
  NodeSource& source_;
  NodePtr root_;
  int level_;
  std::vector<Step> path_;
};

namespace {

struct LevelEdit {
  std::string key;
  bool put = false;
  Bytes raw;
  std::uint64_t count = 1, weight = 0;
  Item item() const { return {key, raw, count, weight}; }
};

/// An item about to be chunked, and whether its key could be a boundary: inner keys of old nodes are known not to be.
struct Candidate {
  Item item;
  bool mayStart;
};

std::vector<NodePtr> chunk(int level, const std::vector<Candidate>& items) {
  std::vector<NodePtr> nodes;
  std::vector<Item> run;
  auto flush = [&] {
    std::size_t at = 0;
    for (std::size_t n : run.empty() ? std::vector<std::size_t>{} : cutRun(run)) {
      nodes.push_back(buildNode(level, std::span(run).subspan(at, n)));
      at += n;
    }
    run.clear();
  };
  for (const Candidate& c : items) {
    if (c.mayStart && !run.empty() && isBoundary(level, c.item.key)) flush();
    run.push_back(c.item);
  }
  flush();
  return nodes;
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
      co_return co_await finish(edits.empty() ? std::vector<NodePtr>{} : chunk(0, candidates(edits)));
    }
    auto top = co_await source_.load(root.cid);
    if (!top) co_return top.error();
    for (int level = 0;; ++level) {
      bool last = level == (*top)->level();
      auto above = co_await applyLevel(*top, level, edits, last);
      if (!above) co_return above.error();
      if (last) co_return co_await finish(std::move(topNodes_));
      edits = std::move(*above);
      if (edits.empty()) co_return Edited{{root.cid, (*top)->count(), (*top)->weight()}, {}};
    }
  }

 private:
  static std::vector<Candidate> candidates(const std::vector<LevelEdit>& edits) {
    std::vector<Candidate> items;
    for (const LevelEdit& e : edits) items.push_back({e.item(), true});
    return items;
  }

  /// Edits of the level above.
  Task<Result<std::vector<LevelEdit>>> applyLevel(NodePtr top, int level, const std::vector<LevelEdit>& edits,
                                                  bool isTop) {
    std::vector<LevelEdit> above;
    LevelCursor cursor(source_, top, level);
    for (std::size_t next = 0; next < edits.size();) {
      Region region;
      if (auto s = co_await gather(cursor, level, edits, next, region); !s) co_return s.error();
      auto nodes = chunk(level, region.items);
      if (isTop) topNodes_ = nodes;
      replace(region, nodes, above);
    }
    std::sort(above.begin(), above.end(), [](const LevelEdit& a, const LevelEdit& b) { return a.key < b.key; });
    co_return above;
  }

  struct Region {
    std::vector<NodePtr> old;  ///< keeps what `items` borrows
    std::vector<Candidate> items;
  };

  /// Collects the region of edits[next] and moves `next` past the edits it covers.
  Task<Status> gather(LevelCursor& cursor, int level, const std::vector<LevelEdit>& edits, std::size_t& next,
                      Region& region) {
    if (auto s = co_await cursor.seek(edits[next].key); !s) co_return s;
    for (;;) {  // back to where the run starts; past it, when its boundary key is the one that goes
      bool starts = isBoundary(level, cursor.firstKey()) && !(edits[next].key == cursor.firstKey() && !edits[next].put);
      if (starts) break;
      auto moved = co_await cursor.step(false);
      if (!moved) co_return moved.error();
      if (!*moved) break;
    }
    for (;;) {
      auto node = co_await cursor.load();
      if (!node) co_return node.error();
      region.old.push_back(*node);
      auto more = co_await cursor.step(true);
      if (!more) co_return more.error();
      std::optional<std::string> limit;
      if (*more) limit = std::string(cursor.firstKey());
      mix(**node, edits, next, limit, region.items);
      if (!*more) co_return Status{};
      bool goes = next < edits.size() && edits[next].key == *limit && !edits[next].put;
      if (isBoundary(level, *limit) && !goes) co_return Status{};
    }
  }

  /// Merges a node's items with the edits below `limit`.
  static void mix(const Node& node, const std::vector<LevelEdit>& edits, std::size_t& next,
                  const std::optional<std::string>& limit, std::vector<Candidate>& out) {
    auto due = [&] { return next < edits.size() && (!limit || edits[next].key < *limit); };
    for (std::size_t i = 0; i < node.size(); ++i) {
      Item item = node.item(i);
      while (due() && edits[next].key < item.key) {
        if (edits[next].put) out.push_back({edits[next].item(), true});
        ++next;
      }
      if (due() && edits[next].key == item.key) {
        if (edits[next].put) out.push_back({edits[next].item(), i == 0});
        ++next;
      } else {
        out.push_back({item, i == 0});
      }
    }
    for (; due(); ++next)
      if (edits[next].put) out.push_back({edits[next].item(), true});
  }

  void replace(const Region& region, const std::vector<NodePtr>& nodes, std::vector<LevelEdit>& above) {
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
  }

  /// From the nodes of the top level to the one root: more levels while there are several nodes, fewer while the only
  /// node has but one child.
  Task<Result<Edited>> finish(std::vector<NodePtr> nodes) {
    for (int level = nodes.empty() ? 0 : nodes[0]->level() + 1;; ++level) {
      for (const NodePtr& n : nodes) create(n);
      if (nodes.size() <= 1) break;
      std::vector<LevelEdit> items;
      for (const NodePtr& n : nodes) items.push_back(pointTo(n));
      nodes = chunk(level, candidates(items));
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
  std::vector<NodePtr> topNodes_;
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
