#include "common/cid/unixfs_directory.h"

#include <bit>
#include <cstring>

#include "common/cid/protobuf.h"

namespace cairn::unixfs {
namespace {

constexpr std::uint64_t kType = 1, kHashType = 5, kFanout = 6, kLastKnown = 8;
constexpr std::uint64_t kTypeDirectory = 1, kTypeShard = 5;
constexpr std::uint64_t kMurmur3 = 0x22;
constexpr std::uint64_t kMostFanout = 1024;
constexpr unsigned kHashBits = 64;

Error corrupt(std::string_view what) {
  return fail(Errc::corrupt, "UnixFS directory: " + std::string(what));
}

struct Head {
  std::uint64_t type = 0, hashType = 0, fanout = 0;
};

Result<Head> headOf(BytesView message) {
  ProtoReader reader(message);
  ProtoField field;
  Head out;
  bool typed = false;
  while (reader.next(field)) {
    if (field.number == 0 || field.number > kLastKnown) return corrupt("unknown field");
    if (field.number == kType) {
      if (field.isBytes || typed) return corrupt("malformed type");
      out.type = field.value;
      typed = true;
    }
    if (field.number == kHashType && !field.isBytes) out.hashType = field.value;
    if (field.number == kFanout && !field.isBytes) out.fanout = field.value;
  }
  if (reader.bad() || !typed) return corrupt("cut short or malformed");
  return out;
}

std::uint64_t mixed(std::uint64_t k) {
  k ^= k >> 33;
  k *= 0xff51afd7ed558ccdULL;
  k ^= k >> 33;
  k *= 0xc4ceb9fe1a85ec53ULL;
  return k ^ k >> 33;
}

constexpr std::uint64_t kOne = 0x87c37b91114253d5ULL, kTwo = 0x4cf5ad432745937fULL;

std::uint64_t first(std::uint64_t k) {
  return std::rotl(k * kOne, 31) * kTwo;
}
std::uint64_t second(std::uint64_t k) {
  return std::rotl(k * kTwo, 33) * kOne;
}

std::uint64_t littleEndian(std::string_view bytes) {
  std::uint64_t out = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) out = out << 8 | static_cast<std::uint8_t>(bytes[i]);
  return out;
}

std::string upperHex(std::uint64_t number, std::size_t digits) {
  std::string out(digits, '0');
  for (std::size_t i = digits; i-- > 0; number >>= 4) out[i] = "0123456789ABCDEF"[number & 15];
  return out;
}

}  // namespace

std::uint64_t murmur3(std::string_view data) {
  const std::uint64_t size = data.size();
  std::uint64_t a = 0, b = 0;
  for (; data.size() >= 16; data.remove_prefix(16)) {
    a = (std::rotl(a ^ first(littleEndian(data.substr(0, 8))), 27) + b) * 5 + 0x52dce729;
    b = (std::rotl(b ^ second(littleEndian(data.substr(8, 8))), 31) + a) * 5 + 0x38495ab5;
  }
  if (data.size() > 8) b ^= second(littleEndian(data.substr(8)));
  if (!data.empty()) a ^= first(littleEndian(data.substr(0, 8)));
  a ^= size;
  b ^= size;
  a += b;
  b += a;
  return mixed(a) + mixed(b);
}

Result<Directory> Directory::decode(BytesView dagPbBlock) {
  auto node = dagpb::decode(dagPbBlock, dagpb::Order::either);
  if (!node) return node.error();
  if (!node->data) return corrupt("node without data");
  const auto head = headOf(*node->data);
  if (!head) return head.error();
  if (head->type != kTypeDirectory && head->type != kTypeShard)
    return fail(Errc::unsupported, "UnixFS: node is no directory (type " + std::to_string(head->type) + ")");
  Directory out;
  out.links_ = std::move(node->links);
  if (head->type == kTypeDirectory) return out;
  if (head->hashType != kMurmur3)
    return fail(Errc::unsupported, "UnixFS: names are hashed by function " + std::to_string(head->hashType));
  if (head->fanout < 8 || head->fanout > kMostFanout || !std::has_single_bit(head->fanout))
    return corrupt("a fanout of " + std::to_string(head->fanout));
  out.bits_ = static_cast<unsigned>(std::countr_zero(head->fanout));
  out.digits_ = (out.bits_ + 3) / 4;
  for (const dagpb::Link& link : out.links_)
    if (link.name.size() < out.digits_) return corrupt("a shard's link without its number");
  return out;
}

Directory::Found Directory::find(std::string_view name, unsigned level) const {
  std::string wanted;
  if (bits_ > 0) {
    const unsigned used = level * bits_;
    if (used + bits_ > kHashBits) return {};
    wanted = upperHex(murmur3(name) << used >> (kHashBits - bits_), digits_);
  }
  for (const dagpb::Link& link : links_) {
    if (!link.name.starts_with(wanted)) continue;
    const std::string_view rest = link.name.substr(wanted.size());
    if (bits_ > 0 && rest.empty()) return {Found::What::shard, link.cid};
    if (rest == name) return {Found::What::entry, link.cid};
  }
  return {};
}

std::vector<Cid> Directory::shards() const {
  std::vector<Cid> out;
  for (const dagpb::Link& link : links_)
    if (bits_ > 0 && link.name.size() == digits_) out.push_back(link.cid);
  return out;
}

}  // namespace cairn::unixfs
