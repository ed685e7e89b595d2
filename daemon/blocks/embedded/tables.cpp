#include "daemon/blocks/embedded/tables.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

namespace cairn::blocks::embedded {

std::optional<RecentEntry> Recent::find(const Cid& cid) const {
  if (size() == 0) return std::nullopt;
  const Shard& s = shard(cid);
  std::lock_guard lock(s.mutex);
  const auto it = s.entries.find(cid);
  if (it == s.entries.end()) return std::nullopt;
  return it->second;
}

void Recent::insert(const Cid& cid, const Location& at) {
  Shard& s = shard(cid);
  std::lock_guard lock(s.mutex);
  if (s.entries.insert_or_assign(cid, RecentEntry{at, false}).second) size_.fetch_add(1, std::memory_order_relaxed);
}

bool Recent::setComplete(const Cid& cid) {
  if (size() == 0) return false;
  Shard& s = shard(cid);
  std::lock_guard lock(s.mutex);
  const auto it = s.entries.find(cid);
  if (it == s.entries.end()) return false;
  it->second.complete = true;
  return true;
}

bool Recent::eraseIf(const Cid& cid, const RecentEntry& written) {
  Shard& s = shard(cid);
  std::lock_guard lock(s.mutex);
  const auto it = s.entries.find(cid);
  if (it == s.entries.end()) return true;
  if (it->second.at != written.at || it->second.complete != written.complete) return false;
  s.entries.erase(it);
  size_.fetch_sub(1, std::memory_order_relaxed);
  return true;
}

void Recent::erase(const Cid& cid) {
  Shard& s = shard(cid);
  std::lock_guard lock(s.mutex);
  size_.fetch_sub(s.entries.erase(cid), std::memory_order_relaxed);
}

void Recent::clearMarks() {
  for (Shard& s : shards_) {
    std::lock_guard lock(s.mutex);
    for (auto& [cid, entry] : s.entries) entry.complete = false;
  }
}

KnownComplete::KnownComplete(std::size_t capacity) {
  const std::size_t sets = std::bit_ceil(std::max<std::size_t>(capacity / ways, 1));
  mask_ = sets - 1;
  auto* memory = static_cast<Set*>(std::calloc(sets, sizeof(Set)));
  if (memory == nullptr) throw std::bad_alloc();
  sets_.reset(memory);
}

KnownComplete::Key KnownComplete::keyOf(const Cid& cid) {
  Key key;
  std::memcpy(key.data(), cid.digest().data(), sizeof key);
  // The same bytes as raw and as dag-cbor are two blocks, of which one may be complete and the other not.
  auto* last = reinterpret_cast<std::uint8_t*>(key.data()) + 31;
  *last = static_cast<std::uint8_t>(static_cast<unsigned>(cid.codec()) ^ (static_cast<unsigned>(cid.hash()) << 1));
  return key;
}

void KnownComplete::insert(const Cid& cid) {
  const Key key = keyOf(cid);
  const std::size_t index = indexOf(key);
  std::lock_guard lock(lockOf(index));
  Set& set = sets_[index];
  for (const Key& held : set.way)
    if (held == key) return;
  for (std::size_t i = ways - 1; i > 0; --i) set.way[i] = set.way[i - 1];
  set.way[0] = key;
}

std::size_t KnownComplete::lookup(std::span<const Cid> cids, std::vector<bool>& out) {
  constexpr std::size_t ahead = 8;  // each look-up is a cache miss; have several under way
  std::size_t known = 0;
  for (std::size_t i = 0; i < cids.size(); ++i) {
    if (i + ahead < cids.size()) __builtin_prefetch(&sets_[indexOf(keyOf(cids[i + ahead]))]);
    const Key key = keyOf(cids[i]);
    const std::size_t index = indexOf(key);
    std::lock_guard lock(lockOf(index));
    auto& way = sets_[index].way;
    for (Key* held = way; held != way + ways; ++held) {
      if (*held != key) continue;
      std::rotate(way, held, held + 1);  // what is asked for stays; most nodes of the index are soon superseded
      out[i] = true;
      ++known;
      break;
    }
  }
  return known;
}

void KnownComplete::clear() {
  for (std::size_t i = 0; i <= mask_; ++i) {
    std::lock_guard lock(lockOf(i));
    for (const Key& held : sets_[i].way)
      if (held != Key{}) {
        sets_[i] = Set{};
        break;
      }
  }
}

}  // namespace cairn::blocks::embedded
