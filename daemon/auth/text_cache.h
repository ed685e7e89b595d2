// What was verified before, by the text that was presented.
//
// Contract: thread-safe; bounded: over `capacity` entries the one that was not asked for longest goes. Values are
// shared and immutable, or guard themselves. Look-ups take a fraction of a microsecond.
#pragma once

#include <array>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace cairn::auth {

template <class Value>
class TextCache {
 public:
  explicit TextCache(std::size_t capacity) : each_(capacity / kShards + 1) {}

  std::shared_ptr<Value> find(std::string_view text) {
    Shard& s = shard(text);
    std::lock_guard lock(s.mutex);
    const auto found = s.index.find(text);
    if (found == s.index.end()) return nullptr;
    s.entries.splice(s.entries.begin(), s.entries, found->second);
    return found->second->second;
  }
  /// The value that stands there now: of two that were verified at once, the first.
  std::shared_ptr<Value> insert(std::string_view text, std::shared_ptr<Value> value) {
    Shard& s = shard(text);
    std::lock_guard lock(s.mutex);
    if (const auto found = s.index.find(text); found != s.index.end()) return found->second->second;
    s.entries.emplace_front(std::string(text), value);
    s.index.emplace(s.entries.front().first, s.entries.begin());
    if (s.entries.size() > each_) {
      s.index.erase(s.entries.back().first);
      s.entries.pop_back();
    }
    return value;
  }

 private:
  static constexpr std::size_t kShards = 16;
  using Entries = std::list<std::pair<std::string, std::shared_ptr<Value>>>;
  struct Shard {
    std::mutex mutex;
    Entries entries;  ///< asked for last, first
    std::unordered_map<std::string_view, typename Entries::iterator> index;
  };
  Shard& shard(std::string_view text) { return shards_[std::hash<std::string_view>{}(text) % kShards]; }

  std::size_t each_;
  std::array<Shard, kShards> shards_;
};

}  // namespace cairn::auth
