#include "common/digest/md5_lanes.h"

// The low-level calls: EVP's contexts do not let anybody at the state that the lanes share with them.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/md5.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <vector>

namespace cairn {
namespace {

constexpr std::size_t kBlock = 64;
using Lanes = std::uint32_t __attribute__((vector_size(32)));

constexpr std::array<std::uint32_t, 64> kSines = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};
constexpr std::array<std::array<int, 4>, 4> kTurns = {
    {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};

/// One block of each lane: word w of lane l is words[w][l].
__attribute__((target("avx2"))) void transform(std::array<Lanes, 4>& state, const std::array<Lanes, 16>& words) {
  Lanes a = state[0], b = state[1], c = state[2], d = state[3];
#pragma GCC unroll 64
  for (int i = 0; i < 64; ++i) {
    const int round = i / 16;
    const Lanes f = round == 0   ? d ^ (b & (c ^ d))
                    : round == 1 ? c ^ (d & (b ^ c))
                    : round == 2 ? b ^ c ^ d
                                 : c ^ (b | ~d);
    const int word = round == 0 ? i : round == 1 ? (5 * i + 1) % 16 : round == 2 ? (3 * i + 5) % 16 : (7 * i) % 16;
    const Lanes sum = a + f + words[static_cast<std::size_t>(word)] + kSines[static_cast<std::size_t>(i)];
    const int turn = kTurns[static_cast<std::size_t>(round)][static_cast<std::size_t>(i % 4)];
    a = d;
    d = c;
    c = b;
    b += (sum << static_cast<std::uint32_t>(turn)) | (sum >> static_cast<std::uint32_t>(32 - turn));
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
}

/// Turns half a block of each lane (32 bytes, as 8 words) so that the lanes lie beside one another.
__attribute__((target("avx2"))) void transpose(const std::array<const std::uint8_t*, Md5::kLanes>& at, Lanes* out) {
  std::array<Lanes, 8> r;
  for (std::size_t l = 0; l < 8; ++l) std::memcpy(&r[l], at[l], 32);
  std::array<Lanes, 8> t;
  for (std::size_t i = 0; i < 8; i += 2) {
    t[i] = __builtin_shufflevector(r[i], r[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    t[i + 1] = __builtin_shufflevector(r[i], r[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  for (std::size_t i = 0; i < 8; i += 4) {
    r[i] = __builtin_shufflevector(t[i], t[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
    r[i + 1] = __builtin_shufflevector(t[i], t[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    r[i + 2] = __builtin_shufflevector(t[i + 1], t[i + 3], 0, 1, 8, 9, 4, 5, 12, 13);
    r[i + 3] = __builtin_shufflevector(t[i + 1], t[i + 3], 2, 3, 10, 11, 6, 7, 14, 15);
  }
  for (std::size_t i = 0; i < 4; ++i) {
    out[i] = __builtin_shufflevector(r[i], r[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    out[i + 4] = __builtin_shufflevector(r[i], r[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}

/// `blocks` whole blocks of each lane; lanes that nobody needs repeat the first.
__attribute__((target("avx2"))) void blocksOf(std::array<std::uint32_t*, Md5::kLanes> states,
                                              std::array<const std::uint8_t*, Md5::kLanes> at, std::size_t lanes,
                                              std::size_t blocks) {
  std::array<Lanes, 4> state;
  for (std::size_t l = 0; l < Md5::kLanes; ++l)
    for (std::size_t i = 0; i < 4; ++i) state[i][l] = states[l < lanes ? l : 0][i];
  for (; blocks > 0; --blocks) {
    std::array<Lanes, 16> words;
    std::array<const std::uint8_t*, Md5::kLanes> half;
    for (std::size_t l = 0; l < Md5::kLanes; ++l) half[l] = at[l] + 32;
    transpose(at, words.data());
    transpose(half, words.data() + 8);
    transform(state, words);
    for (const std::uint8_t*& p : at) p += kBlock;
  }
  for (std::size_t l = 0; l < lanes; ++l)
    for (std::size_t i = 0; i < 4; ++i) states[l][i] = state[i][l];
}

bool hasLanes() {
  static const bool has = __builtin_cpu_supports("avx2");
  return has;
}

void one(std::array<std::uint32_t, 4>& state, const std::uint8_t* data, std::size_t blocks) {
  MD5_CTX ctx{};
  MD5_Init(&ctx);
  ctx.A = state[0];
  ctx.B = state[1];
  ctx.C = state[2];
  ctx.D = state[3];
  MD5_Update(&ctx, data, blocks * kBlock);
  state = {ctx.A, ctx.B, ctx.C, ctx.D};
}

}  // namespace

Md5::Md5() : state_{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476} {}

/// Up to a block's border, and what is left behind the last whole block. Gives the whole blocks between.
BytesView Md5::border(BytesView data) {
  std::size_t filled = length_ % kBlock;
  length_ += data.size();
  if (filled > 0) {
    const std::size_t n = std::min(kBlock - filled, data.size());
    std::memcpy(partial_.data() + filled, data.data(), n);
    data = data.subspan(n);
    filled += n;
    if (filled < kBlock) return {};
    one(state_, partial_.data(), 1);
  }
  const std::size_t rest = data.size() % kBlock;
  if (rest > 0) std::memcpy(partial_.data(), data.data() + data.size() - rest, rest);
  return data.first(data.size() - rest);
}

void Md5::update(BytesView data) {
  const BytesView blocks = border(data);
  if (!blocks.empty()) one(state_, blocks.data(), blocks.size() / kBlock);
}

void Md5::advance(std::span<const Job> jobs) {
  std::vector<Job> left;
  for (const Job& job : jobs)
    if (const BytesView blocks = job.stream->border(job.data); !blocks.empty()) left.push_back({job.stream, blocks});
  while (left.size() > 1 && hasLanes()) {
    const std::size_t lanes = std::min(left.size(), kLanes);
    std::size_t blocks = left[0].data.size() / kBlock;
    std::array<std::uint32_t*, kLanes> states{};
    std::array<const std::uint8_t*, kLanes> at;
    for (std::size_t l = 0; l < kLanes; ++l) {
      const Job& job = left[l < lanes ? l : 0];
      states[l] = job.stream->state_.data();
      at[l] = job.data.data();
      blocks = std::min(blocks, job.data.size() / kBlock);
    }
    blocksOf(states, at, lanes, blocks);
    for (std::size_t l = 0; l < lanes; ++l) left[l].data = left[l].data.subspan(blocks * kBlock);
    std::erase_if(left, [](const Job& job) { return job.data.empty(); });
  }
  for (const Job& job : left) one(job.stream->state_, job.data.data(), job.data.size() / kBlock);
}

std::array<std::uint8_t, 16> Md5::finish() {
  const std::uint64_t bits = length_ * 8;
  std::array<std::uint8_t, 72> padding{0x80};
  const std::size_t filled = length_ % kBlock, size = (filled < 56 ? 56 : 120) - filled;
  std::memcpy(padding.data() + size, &bits, 8);
  update(BytesView(padding).first(size + 8));
  std::array<std::uint8_t, 16> out;
  std::memcpy(out.data(), state_.data(), 16);
  return out;
}

static_assert(std::endian::native == std::endian::little, "states and lengths are copied as they lie in memory");

}  // namespace cairn
