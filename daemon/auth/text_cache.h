// What was verified before, by the text that was presented.
//
// Contract: thread-safe. Each value has a name (a digest of what the text says): one that comes with another text takes
// the place of the first, so that respelling does not fill the cache. Bounded in bytes: `budget` for texts and about as
// much for their values; what was not asked for longest goes. Values are shared and immutable, or guard themselves.
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
  explicit TextCache(std::size_t budget) : each_(budget / kShards) {}

  std::shared_ptr<Value> find(std::string_view text) {
    Shard& s = shard(text);
    std::lock_guard lock(s.mutex);
    const auto found = s.byText.find(text);
    if (found == s.byText.end()) return nullptr;
    s.entries.splice(s.entries.begin(), s.entries, found->second);
    return found->second->value;
  }
  /// The value that stands there now: of two that were verified at once, the first.
  std::shared_ptr<Value> insert(std::string_view text, std::string name, std::shared_ptr<Value> value) {
    forgetOthers(text, name);
    Shard& s = shard(text);
    std::lock_guard lock(s.mutex);
    if (const auto found = s.byText.find(text); found != s.byText.end()) return found->second->value;
    s.entries.push_front({std::string(text), std::move(name), value});
    s.byText.emplace(s.entries.front().text, s.entries.begin());
    s.bytes += costOf(s.entries.front());
    while (s.bytes > each_ && s.entries.size() > 1) s.erase(std::prev(s.entries.end()));
    return value;
  }

 private:
  static constexpr std::size_t kShards = 16, kOverhead = 512;
  struct Entry {
    std::string text, name;
    std::shared_ptr<Value> value;
  };
  using Entries = std::list<Entry>;
  static std::size_t costOf(const Entry& entry) { return entry.text.size() + kOverhead; }
  struct Shard {
    std::mutex mutex;
    Entries entries;  ///< asked for last, first
    std::unordered_map<std::string_view, typename Entries::iterator> byText;
    std::size_t bytes = 0;
    void erase(typename Entries::iterator entry) {
      bytes -= costOf(*entry);
      byText.erase(entry->text);
      entries.erase(entry);
    }
  };
  Shard& shard(std::string_view text) { return shards_[std::hash<std::string_view>{}(text) % kShards]; }

  /// Drops what stands under another text with the same name.
  void forgetOthers(std::string_view text, const std::string& name) {
    std::string previous;
    {
      std::lock_guard lock(namesMutex_);
      if (names_.size() > kMostNames) names_.clear();  // costs a respelling its place once more, nothing else
      previous = std::exchange(names_[name], std::string(text));
    }
    if (previous.empty() || previous == text) return;
    Shard& s = shard(previous);
    std::lock_guard lock(s.mutex);
    if (const auto found = s.byText.find(previous); found != s.byText.end()) s.erase(found->second);
  }

  static constexpr std::size_t kMostNames = 8192;
  std::size_t each_;
  std::array<Shard, kShards> shards_;
  std::mutex namesMutex_;
  std::unordered_map<std::string, std::string> names_;  ///< the text that each name was last seen in
};

}  // namespace cairn::auth
