#include "daemon/bucket/index/shape.h"

#include "daemon/bucket/index/chunk.h"

namespace cairn::bucket::index {
namespace {

Error corrupt(const Node& node, std::string_view what) {
  return fail(Errc::corrupt, "index node " + node.cid().str() + ": " + std::string(what));
}

/// The node and what is below it.
Task<Status> visit(NodeSource& source, Shape& shape, NodePtr node, std::optional<std::string> limit) {
  if (auto s = shape.add(node, limit); !s) co_return s;
  for (std::size_t slot = 0; node->level() > 0 && slot < node->size(); ++slot) {
    auto child = co_await source.loadChild(node, slot);
    if (!child) co_return child.error();
    if (auto s = co_await visit(source, shape, *child, limitOf(*node, slot, limit)); !s) co_return s;
  }
  co_return Status{};
}

}  // namespace

Status Shape::checkTop(const Node& root) {
  if (root.level() > 0 && root.size() == 1) return corrupt(root, "is a root with a single child");
  return {};
}

Status Shape::add(const NodePtr& node, const std::optional<std::string>& limit) {
  if (limit && node->key(node->size() - 1) >= *limit) return corrupt(*node, "reaches into the next one");
  for (std::size_t i = 1; i < node->size(); ++i)
    if (isBoundary(node->level(), node->key(i))) return corrupt(*node, "goes on past a key that starts a node");
  const auto level = static_cast<std::size_t>(node->level());
  if (runs_.size() <= level) runs_.resize(level + 1);
  if (isBoundary(node->level(), node->key(0)))
    if (auto s = close(runs_[level]); !s) return s;
  kept_ += node->memory();
  if (kept_ > mostKept_)
    return fail(Errc::too_large,
                "index node " + node->cid().str() + " is in a run that is too long to be checked here");
  runs_[level].push_back(node);
  return {};
}

Status Shape::finish() {
  for (auto& run : runs_)
    if (auto s = close(run); !s) return s;
  return {};
}

/// Its cuts are known when it ends.
Status Shape::close(Run& run) {
  std::vector<Item> items;
  for (const NodePtr& n : run) {
    kept_ -= n->memory();
    for (std::size_t i = 0; i < n->size(); ++i) items.push_back(n->item(i));
  }
  auto node = run.begin();  // as many items as in `items`, so it ends with the sizes
  for (std::size_t size : cutRun(items))
    if (const Node& n = **node++; n.size() != size) return corrupt(n, "is not cut where its run's keys say");
  run.clear();
  return {};
}

std::optional<std::string> limitOf(const Node& node, std::size_t slot, const std::optional<std::string>& limit) {
  return slot + 1 < node.size() ? std::optional(std::string(node.key(slot + 1))) : limit;
}

Task<Status> checkShape(NodeSource& source, Root root) {
  if (root.cid.isNull()) {
    if (root.count == 0 && root.weight == 0) co_return Status{};
    co_return fail(Errc::corrupt, "an index without nodes is said to hold something");
  }
  auto top = co_await source.load(root.cid);
  if (!top) co_return top.error();
  if ((*top)->count() != root.count || (*top)->weight() != root.weight)
    co_return corrupt(**top, "count or weight is not what the bucket's root says");
  if (auto s = Shape::checkTop(**top); !s) co_return s;
  Shape shape;
  if (auto s = co_await visit(source, shape, *top, std::nullopt); !s) co_return s;
  co_return shape.finish();
}

}  // namespace cairn::bucket::index
