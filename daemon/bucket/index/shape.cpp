#include "daemon/bucket/index/shape.h"

#include "daemon/bucket/index/chunk.h"

namespace cairn::bucket::index {
namespace {

Error corrupt(const Node& node, std::string_view what) {
  return fail(Errc::corrupt, "index node " + node.cid().str() + ": " + std::string(what));
}

/// Takes the nodes in the order of their keys and gathers each level's run, whose cuts are known when it ends.
class Shape {
 public:
  Shape(NodeSource& source, const Node& top) : source_(source), runs_(static_cast<std::size_t>(top.level()) + 1) {}

  /// The node and what is below it; `limit` is the first key after them.
  Task<Status> visit(NodePtr node, std::optional<std::string> limit) {
    if (limit && node->key(node->size() - 1) >= *limit) co_return corrupt(*node, "reaches into the next one");
    if (auto s = place(node); !s) co_return s;
    for (std::size_t slot = 0; node->level() > 0 && slot < node->size(); ++slot) {
      auto child = co_await source_.loadChild(node, slot);
      if (!child) co_return child.error();
      auto next = slot + 1 < node->size() ? std::optional(std::string(node->key(slot + 1))) : limit;
      if (auto s = co_await visit(*child, std::move(next)); !s) co_return s;
    }
    co_return Status{};
  }
  Status finish() {
    for (auto& run : runs_)
      if (auto s = close(run); !s) return s;
    return {};
  }

 private:
  using Run = std::vector<NodePtr>;

  Status place(const NodePtr& node) {
    for (std::size_t i = 1; i < node->size(); ++i)
      if (isBoundary(node->level(), node->key(i))) return corrupt(*node, "goes on past a key that starts a node");
    Run& run = runs_[static_cast<std::size_t>(node->level())];
    if (isBoundary(node->level(), node->key(0)))
      if (auto s = close(run); !s) return s;
    run.push_back(node);
    return {};
  }

  static Status close(Run& run) {
    std::vector<Item> items;
    for (const NodePtr& n : run)
      for (std::size_t i = 0; i < n->size(); ++i) items.push_back(n->item(i));
    auto node = run.begin();  // as many items as in `items`, so it ends with the sizes
    for (std::size_t size : cutRun(items))
      if (const Node& n = **node++; n.size() != size) return corrupt(n, "is not cut where its run's keys say");
    run.clear();
    return {};
  }

  NodeSource& source_;
  std::vector<Run> runs_;  ///< by level: the nodes since the last key that starts one by itself
};

}  // namespace

Task<Status> checkShape(NodeSource& source, Root root) {
  if (root.cid.isNull()) {
    if (root.count == 0 && root.weight == 0) co_return Status{};
    co_return fail(Errc::corrupt, "an index without nodes is said to hold something");
  }
  auto top = co_await source.load(root.cid);
  if (!top) co_return top.error();
  if ((*top)->count() != root.count || (*top)->weight() != root.weight)
    co_return corrupt(**top, "count or weight is not what the bucket's root says");
  if ((*top)->level() > 0 && (*top)->size() == 1) co_return corrupt(**top, "is a root with a single child");
  Shape shape(source, **top);
  if (auto s = co_await shape.visit(*top, std::nullopt); !s) co_return s;
  co_return shape.finish();
}

}  // namespace cairn::bucket::index
