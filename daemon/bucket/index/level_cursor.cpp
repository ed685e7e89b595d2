#include "daemon/bucket/index/level_cursor.h"

namespace cairn::bucket::index {

Task<Status> LevelCursor::seek(std::string key) {
  path_.clear();
  NodePtr node = top_;
  while (node->level() > level_) {
    std::ptrdiff_t at = node->lastAtMost(key);
    path_.push_back({node, at < 0 ? 0 : static_cast<std::size_t>(at)});
    if (node->level() == level_ + 1) break;
    auto child = co_await source_.loadChild(node, path_.back().index);
    if (!child) co_return child.error();
    node = *child;
  }
  co_return Status{};
}

Task<Result<NodePtr>> LevelCursor::load() {
  if (path_.empty()) co_return top_;
  co_return co_await source_.loadChild(path_.back().node, path_.back().index);
}

Task<Result<bool>> LevelCursor::step(bool forward) {
  std::size_t up = path_.size();
  while (up > 0 && (forward ? path_[up - 1].index + 1 >= path_[up - 1].node->size() : path_[up - 1].index == 0)) --up;
  if (up == 0) co_return false;
  path_.resize(up);
  path_.back().index += forward ? 1 : std::size_t(-1);
  while (path_.back().node->level() > level_ + 1) {
    auto child = co_await source_.loadChild(path_.back().node, path_.back().index);
    if (!child) co_return child.error();
    path_.push_back({*child, forward ? 0 : (*child)->size() - 1});
  }
  co_return true;
}

std::string_view LevelCursor::firstKey() const {
  return path_.empty() ? top_->key(0) : path_.back().node->key(path_.back().index);
}

std::optional<std::string> LevelCursor::nextFirstKey() const {
  for (std::size_t up = path_.size(); up-- > 0;)
    if (const Step& s = path_[up]; s.index + 1 < s.node->size()) return std::string(s.node->key(s.index + 1));
  return std::nullopt;
}

}  // namespace cairn::bucket::index
