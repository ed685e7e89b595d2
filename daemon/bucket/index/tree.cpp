#include "daemon/bucket/index/tree.h"

namespace cairn::bucket::index {

Status Cursor::start(const Root& root) {
  root_ = root;
  path_.clear();
  done_ = root.cid.isNull();
  return {};
}

Task<Status> Cursor::descend() {
  auto node = path_.empty() ? co_await source_.load(root_.cid)
                            : co_await source_.loadChild(path_.back().node, path_.back().index);
  if (!node) co_return node.error();
  path_.push_back({*node, 0});
  co_return Status{};
}

void Cursor::next() {
  if (path_.empty()) {  // past the unloaded root
    done_ = true;
    return;
  }
  ++path_.back().index;
  while (path_.back().index >= path_.back().node->size()) {
    path_.pop_back();
    if (path_.empty()) {
      done_ = true;
      return;
    }
    ++path_.back().index;
  }
}

Task<Status> Cursor::seek(std::string_view wanted) {
  const std::string key(wanted);  // the caller's text may not outlive a suspension
  path_.clear();
  done_ = root_.cid.isNull();
  while (!done_ && !onItem()) {
    if (auto s = co_await descend(); !s) co_return s;
    Step& step = path_.back();
    std::ptrdiff_t at = step.node->lastAtMost(key);
    if (step.node->level() > 0) {
      step.index = at < 0 ? 0 : static_cast<std::size_t>(at);
      continue;
    }
    bool exact = at >= 0 && step.node->key(static_cast<std::size_t>(at)) == key;
    step.index = static_cast<std::size_t>(exact ? at : at + 1);
    if (step.index >= step.node->size()) {
      step.index = step.node->size() - 1;
      next();  // to the next leaf, unloaded
      co_return co_await toItem();
    }
  }
  co_return Status{};
}

Task<Status> Cursor::toItem() {
  while (!done_ && !onItem())
    if (auto s = co_await descend(); !s) co_return s;
  co_return Status{};
}

std::string_view Cursor::key() const {
  return path_.back().node->key(path_.back().index);
}
Cid Cursor::child() const {
  return path_.empty() ? root_.cid : path_.back().node->child(path_.back().index);
}
int Cursor::level() const {
  return path_.empty() ? -1 : path_.back().node->level() - 1;
}
Item Cursor::item() const {
  return path_.back().node->item(path_.back().index);
}
BytesView Cursor::value() const {
  return path_.back().node->value(path_.back().index);
}

Task<Result<std::optional<Found>>> get(NodeSource& source, Root root, std::string key) {
  if (root.cid.isNull()) co_return std::optional<Found>();
  NodePtr parent;
  for (std::size_t slot = 0;;) {
    const Cid at = parent ? parent->child(slot) : root.cid;
    NodePtr node = source.cached(at);  // before load(): most are, and need no coroutine
    if (!node) {
      auto loaded = co_await source.load(at);
      if (!loaded) co_return loaded.error();
      node = std::move(*loaded);
    }
    if (auto s = parent ? checkChild(*parent, slot, *node) : Status{}; !s) co_return s.error();
    std::ptrdiff_t i = node->lastAtMost(key);
    if (i < 0) co_return std::optional<Found>();
    slot = static_cast<std::size_t>(i);
    if (node->level() > 0) {
      parent = std::move(node);
      continue;
    }
    if (node->key(slot) != key) co_return std::optional<Found>();
    co_return Found{node, node->value(slot), node->item(slot).weight};
  }
}

Task<Result<std::uint64_t>> rank(NodeSource& source, Root root, std::string key) {
  std::uint64_t below = 0;
  if (root.cid.isNull()) co_return below;
  auto node = co_await source.load(root.cid);
  for (;;) {
    if (!node) co_return node.error();
    std::ptrdiff_t i = (*node)->lastAtMost(key);
    if (i < 0) co_return below;
    for (std::ptrdiff_t j = 0; j < i; ++j) below += (*node)->item(static_cast<std::size_t>(j)).count;
    auto slot = static_cast<std::size_t>(i);
    if ((*node)->level() == 0) co_return below + ((*node)->key(slot) < key ? 1 : 0);
    node = co_await source.loadChild(*node, slot);
  }
}

Task<Result<std::optional<std::string>>> select(NodeSource& source, Root root, std::uint64_t n) {
  if (root.cid.isNull()) co_return std::optional<std::string>();
  auto node = co_await source.load(root.cid);
  for (;;) {
    if (!node) co_return node.error();
    std::size_t slot = 0;
    while (slot < (*node)->size() && (*node)->item(slot).count <= n) n -= (*node)->item(slot++).count;
    if (slot == (*node)->size()) co_return std::optional<std::string>();
    if ((*node)->level() == 0) co_return std::string((*node)->key(slot));
    node = co_await source.loadChild(*node, slot);
  }
}

}  // namespace cairn::bucket::index
