// One node of the index tree: a canonical DAG-CBOR block (docs/formats/bucket.md, "Index").
//
//   leaf     [1, 0, [[key, weight, value], ...]]
//   inner    [1, level, [[firstKey, link, count, weight], ...]]
//
// Contract: a parsed Node is immutable, shared between threads, and borrows from its own block. parse() treats bytes as
// hostile: Errc::corrupt names what is wrong (order, level, empty node, sums), Errc::newer_version a later format. Keys
// are UTF-8 text in ascending byte order, weight is a caller's number summed upwards (an object's size), value any
// item.
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "common/cid/cbor.h"
#include "daemon/blocks/store.h"

namespace cairn::bucket::index {

inline constexpr std::uint64_t kFormat = 1;
/// Longest key: an object key (1024), two separators, an upload id (32) and a part number (5).
inline constexpr std::size_t kMaxKey = 1024 + 2 + 32 + 5;
/// Largest encoded value; bigger ones stand in a block of their own and the value is a link.
inline constexpr std::size_t kMaxValue = 6 << 10;
/// Most items of a node. Runs between boundary keys that are longer are cut (chunk.h).
inline constexpr std::size_t kMaxItems = 64;
static_assert(kMaxItems * (kMaxKey + kMaxValue + 32) < (1U << 20), "a node must stay below 1 MiB whatever it holds");
inline constexpr int kMaxLevel = 40;

/// One item of a node: its encoded bytes and what the tree needs of them. Borrows unless `owner` is set.
struct Item {
  std::string_view key;
  BytesView raw;            ///< the whole encoded item
  std::uint64_t count = 1;  ///< leaf items below
  std::uint64_t weight = 0;
  std::optional<std::uint64_t> rank = std::nullopt;  ///< of the key (chunk.h), where it was computed already
};

class Node {
 public:
  static Result<std::shared_ptr<const Node>> parse(const Cid& cid, blocks::BlockData block);

  const Cid& cid() const { return cid_; }
  const blocks::BlockData& block() const { return block_; }
  int level() const { return level_; }
  std::size_t size() const { return slots_.size(); }
  std::string_view key(std::size_t i) const;
  Item item(std::size_t i) const;
  /// Leaf: the value's bytes. Not to be called on an inner node.
  BytesView value(std::size_t i) const;
  /// Inner node: the child. Not to be called on a leaf.
  Cid child(std::size_t i) const;
  std::uint64_t count() const { return count_; }
  std::uint64_t weight() const { return weight_; }
  /// Index of the last item whose key is <= `key`, or -1.
  std::ptrdiff_t lastAtMost(std::string_view key) const;
  /// Memory it takes, for caches.
  std::size_t memory() const {
    return sizeof *this + block_.size() + slots_.capacity() * sizeof(Slot) + ranks_.capacity() * 8;
  }

 private:
  struct Slot {
    std::uint32_t begin, keyBegin, keySize, bodyBegin;  ///< bodyBegin: after the key
    std::uint32_t end;
    std::uint64_t count, weight;
  };
  Status parseItems(cbor::Reader& reader, std::uint64_t count);
  void addSlot(std::size_t& at, const Item& item);
  friend std::shared_ptr<const Node> buildNode(int level, std::span<const Item> items);

  Cid cid_;
  blocks::BlockData block_;
  int level_ = 0;
  std::uint64_t count_ = 0, weight_ = 0;
  std::vector<Slot> slots_;
  std::vector<std::uint64_t>
      ranks_;  ///< of the items of a node that was cut here, so that the next cut need not hash them
};
using NodePtr = std::shared_ptr<const Node>;

/// Encodes a leaf item. Precondition: key <= kMaxKey, value <= kMaxValue and canonical.
Bytes encodeLeafItem(std::string_view key, std::uint64_t weight, BytesView value);
/// Encodes a node of items in order. Precondition: 1..kMaxItems items.
NodePtr buildNode(int level, std::span<const Item> items);
/// The inner item that points at `node`.
Bytes encodeInnerItem(const Node& node);
/// Errc::corrupt unless `child` is what item `slot` of the inner node `parent` says: level, first key, count, weight.
Status checkChild(const Node& parent, std::size_t slot, const Node& child);

}  // namespace cairn::bucket::index
