#include "daemon/bucket/index/node.h"

#include <algorithm>
#include <string>

namespace cairn::bucket::index {
namespace {

Error corrupt(const Cid& cid, std::string_view what) {
  return fail(Errc::corrupt, "index node " + cid.str() + ": " + std::string(what));
}

/// Bytes of CBOR before a text of `size` bytes, which is at most kMaxKey.
constexpr std::size_t textHead(std::size_t size) {
  return size < 24 ? 1 : size < 256 ? 2 : 3;
}

}  // namespace

Result<NodePtr> Node::parse(const Cid& cid, blocks::BlockData block) {
  auto node = std::make_shared<Node>();
  node->cid_ = cid;
  node->block_ = std::move(block);
  cbor::Reader reader(node->block_.view());
  auto outer = reader.array();
  if (!outer) return corrupt(cid, outer.error().message);
  auto format = reader.uint();
  if (!format) return corrupt(cid, format.error().message);
  if (*format != kFormat)
    return fail(Errc::newer_version, "index node " + cid.str() + " has format " + std::to_string(*format) +
                                         "; this cairnd reads 1. Upgrade it.");
  auto level = reader.uint();
  if (*outer != 3 || !level || *level > kMaxLevel) return corrupt(cid, "bad header");
  node->level_ = static_cast<int>(*level);
  auto count = reader.array();
  if (!count || *count == 0 || *count > kMaxItems) return corrupt(cid, "bad number of items");
  if (auto s = node->parseItems(reader, *count); !s) return s.error();
  if (auto s = reader.end(); !s) return corrupt(cid, s.error().message);
  return NodePtr(std::move(node));
}

Status Node::parseItems(cbor::Reader& reader, std::uint64_t count) {
  slots_.reserve(count);
  const std::uint64_t width = level_ == 0 ? 3 : 4;
  for (std::uint64_t i = 0; i < count; ++i) {
    Slot s{};
    s.begin = static_cast<std::uint32_t>(reader.offset());
    auto fields = reader.array();
    auto key = fields ? reader.text() : Result<std::string_view>(fields.error());
    if (!key || *fields != width || key->size() > kMaxKey) return corrupt(cid_, "bad item");
    s.keyBegin = static_cast<std::uint32_t>(key->data() - asText(block_.view()).data());
    s.keySize = static_cast<std::uint32_t>(key->size());
    s.bodyBegin = static_cast<std::uint32_t>(reader.offset());
    s.count = 1;
    if (level_ > 0) {
      auto link = reader.link();
      auto n = link ? reader.uint() : Result<std::uint64_t>(link.error());
      if (!n || *n == 0) return corrupt(cid_, "bad child");
      s.count = *n;
    }
    auto weight = reader.uint();
    if (!weight) return corrupt(cid_, "bad weight");
    s.weight = *weight;
    if (level_ == 0) {
      auto value = reader.item();
      if (!value || value->size() > kMaxValue) return corrupt(cid_, "bad value");
    }
    s.end = static_cast<std::uint32_t>(reader.offset());
    slots_.push_back(s);
    if (i > 0 && !(this->key(i - 1) < this->key(i))) return corrupt(cid_, "keys out of order");
    count_ += s.count;
    weight_ += s.weight;
  }
  return {};
}

std::string_view Node::key(std::size_t i) const {
  const Slot& s = slots_[i];
  return asText(block_.view().subspan(s.keyBegin, s.keySize));
}

Item Node::item(std::size_t i) const {
  const Slot& s = slots_[i];
  Item item{key(i), block_.view().subspan(s.begin, s.end - s.begin), s.count, s.weight};
  if (!ranks_.empty()) item.rank = ranks_[i];
  return item;
}

BytesView Node::value(std::size_t i) const {
  const Slot& s = slots_[i];
  cbor::Reader reader(block_.view().subspan(s.bodyBegin, s.end - s.bodyBegin));
  reader.itemTrusted();  // the weight
  return reader.itemTrusted();
}

Cid Node::child(std::size_t i) const {
  const Slot& s = slots_[i];
  cbor::Reader reader(block_.view().subspan(s.bodyBegin, s.end - s.bodyBegin));
  return *reader.link();
}

std::ptrdiff_t Node::lastAtMost(std::string_view wanted) const {
  std::size_t low = 0, high = slots_.size();
  while (low < high) {
    std::size_t middle = (low + high) / 2;
    if (key(middle) <= wanted)
      low = middle + 1;
    else
      high = middle;
  }
  return static_cast<std::ptrdiff_t>(low) - 1;
}

Bytes encodeLeafItem(std::string_view key, std::uint64_t weight, BytesView value) {
  CAIRN_ASSERT(key.size() <= kMaxKey && value.size() <= kMaxValue);
  Bytes out;
  out.reserve(key.size() + value.size() + 16);
  cbor::Writer w(out);
  w.array(3);
  w.text(key);
  w.uint(weight);
  w.raw(value);
  return out;
}

NodePtr buildNode(int level, std::span<const Item> items) {
  CAIRN_ASSERT(!items.empty() && items.size() <= kMaxItems && level <= kMaxLevel);
  std::size_t bytes = 16;
  for (const Item& i : items) bytes += i.raw.size();
  Bytes out;
  out.reserve(bytes);
  cbor::Writer w(out);
  w.array(3);
  w.uint(kFormat);
  w.uint(static_cast<std::uint64_t>(level));
  w.array(items.size());
  for (const Item& i : items) w.raw(i.raw);
  Cid cid = Cid::of(Codec::dag_cbor, out);
  auto node = std::make_shared<Node>();
  node->level_ = level;
  node->cid_ = cid;
  node->block_ = blocks::BlockData::own(std::move(out));
  node->slots_.reserve(items.size());
  std::size_t at = node->block_.size();
  for (const Item& i : items) at -= i.raw.size();
  for (const Item& i : items) node->addSlot(at, i);
  CAIRN_ASSERT(at == node->block_.size());
  if (std::all_of(items.begin(), items.end(), [](const Item& i) { return i.rank.has_value(); }))
    for (const Item& i : items) node->ranks_.push_back(*i.rank);
  return node;
}

/// What parseItems() would find at `at`, which goes past it: `item` was encoded or parsed here before.
void Node::addSlot(std::size_t& at, const Item& item) {
  Slot s{};
  s.begin = static_cast<std::uint32_t>(at);
  s.keyBegin = static_cast<std::uint32_t>(at + 1 + textHead(item.key.size()));
  s.keySize = static_cast<std::uint32_t>(item.key.size());
  s.bodyBegin = s.keyBegin + s.keySize;
  at += item.raw.size();
  s.end = static_cast<std::uint32_t>(at);
  s.count = item.count;
  s.weight = item.weight;
  slots_.push_back(s);
  CAIRN_ASSERT(key(slots_.size() - 1) == item.key && (slots_.size() == 1 || key(slots_.size() - 2) < item.key));
  count_ += s.count;
  weight_ += s.weight;
}

Bytes encodeInnerItem(const Node& node) {
  Bytes out;
  cbor::Writer w(out);
  w.array(4);
  w.text(node.key(0));
  w.link(node.cid());
  w.uint(node.count());
  w.uint(node.weight());
  return out;
}

Status checkChild(const Node& parent, std::size_t slot, const Node& child) {
  const Item said = parent.item(slot);
  if (child.level() != parent.level() - 1) return corrupt(child.cid(), "not at the level that its parent says");
  if (child.key(0) != said.key) return corrupt(child.cid(), "does not start with the key that its parent says");
  if (child.count() != said.count || child.weight() != said.weight)
    return corrupt(child.cid(), "count or weight is not what its parent says");
  return {};
}

}  // namespace cairn::bucket::index
