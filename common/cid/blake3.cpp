#include "common/cid/blake3.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace cairn {
namespace {

constexpr std::size_t kBlockBytes = 64;
constexpr std::size_t kChunkBytes = 1024;
/// Enough for 2^54 chunks, that is for any 64-bit length.
constexpr int kMaxStack = 54;

constexpr std::uint32_t kChunkStart = 1, kChunkEnd = 2, kParent = 4, kRoot = 8;

using Words8 = std::array<std::uint32_t, 8>;
using Words16 = std::array<std::uint32_t, 16>;

constexpr Words8 kIv{0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19};
constexpr std::array<std::uint8_t, 16> kPermutation{2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8};
constexpr int kRounds = 7;

inline void mix(Words16& v, int a, int b, int c, int d, std::uint32_t x, std::uint32_t y) {
  v[a] += v[b] + x;
  v[d] = std::rotr(v[d] ^ v[a], 16);
  v[c] += v[d];
  v[b] = std::rotr(v[b] ^ v[c], 12);
  v[a] += v[b] + y;
  v[d] = std::rotr(v[d] ^ v[a], 8);
  v[c] += v[d];
  v[b] = std::rotr(v[b] ^ v[c], 7);
}

inline void round(Words16& v, const Words16& m) {
  mix(v, 0, 4, 8, 12, m[0], m[1]);
  mix(v, 1, 5, 9, 13, m[2], m[3]);
  mix(v, 2, 6, 10, 14, m[4], m[5]);
  mix(v, 3, 7, 11, 15, m[6], m[7]);
  mix(v, 0, 5, 10, 15, m[8], m[9]);
  mix(v, 1, 6, 11, 12, m[10], m[11]);
  mix(v, 2, 7, 8, 13, m[12], m[13]);
  mix(v, 3, 4, 9, 14, m[14], m[15]);
}

/// One compression's input. Kept unevaluated until it is known whether it is the root.
struct Node {
  Words8 chaining = kIv;
  Words16 message{};
  std::uint64_t counter = 0;
  std::uint32_t length = kBlockBytes;
  std::uint32_t flags = 0;

  Words8 compress(std::uint32_t moreFlags = 0) const {
    Words16 v{};
    std::copy(chaining.begin(), chaining.end(), v.begin());
    std::copy_n(kIv.begin(), 4, v.begin() + 8);
    v[12] = static_cast<std::uint32_t>(counter);
    v[13] = static_cast<std::uint32_t>(counter >> 32);
    v[14] = length;
    v[15] = flags | moreFlags;
    Words16 m = message;
    for (int i = 0; i < kRounds; ++i) {
      round(v, m);
      Words16 permuted;
      for (std::size_t j = 0; j < m.size(); ++j) permuted[j] = m[kPermutation[j]];
      m = permuted;
    }
    Words8 out;
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = v[i] ^ v[i + 8];
    return out;
  }
};

Words16 wordsOf(BytesView block) {
  Words16 words{};
  for (std::size_t i = 0; i < block.size(); ++i) words[i / 4] |= static_cast<std::uint32_t>(block[i]) << (8 * (i % 4));
  return words;
}

/// The last block of a chunk, with all blocks before it compressed into its chaining value.
Node chunkNode(BytesView chunk, std::uint64_t index) {
  Node node;
  node.counter = index;
  node.flags = kChunkStart;
  while (chunk.size() > kBlockBytes) {
    node.message = wordsOf(chunk.first(kBlockBytes));
    node.chaining = node.compress();
    node.flags = 0;
    chunk = chunk.subspan(kBlockBytes);
  }
  node.message = wordsOf(chunk);
  node.length = static_cast<std::uint32_t>(chunk.size());
  node.flags |= kChunkEnd;
  return node;
}

Node parentNode(const Words8& left, const Words8& right) {
  Node node;
  std::copy(left.begin(), left.end(), node.message.begin());
  std::copy(right.begin(), right.end(), node.message.begin() + 8);
  node.flags = kParent;
  return node;
}

}  // namespace

std::array<std::uint8_t, 32> blake3(BytesView data) {
  std::array<Words8, kMaxStack> stack;
  int depth = 0;
  std::uint64_t index = 0;
  while (data.size() > kChunkBytes) {
    Words8 subtree = chunkNode(data.first(kChunkBytes), index).compress();
    ++index;
    // Trailing zero bits of the chunk count are the subtrees that have just become complete.
    for (std::uint64_t count = index; (count & 1) == 0; count >>= 1) {
      subtree = parentNode(stack[static_cast<std::size_t>(--depth)], subtree).compress();
    }
    stack[static_cast<std::size_t>(depth++)] = subtree;
    data = data.subspan(kChunkBytes);
  }
  Node node = chunkNode(data, index);
  while (depth > 0) node = parentNode(stack[static_cast<std::size_t>(--depth)], node.compress());
  const Words8 words = node.compress(kRoot);
  std::array<std::uint8_t, 32> digest;
  for (std::size_t i = 0; i < digest.size(); ++i) digest[i] = static_cast<std::uint8_t>(words[i / 4] >> (8 * (i % 4)));
  return digest;
}

}  // namespace cairn
