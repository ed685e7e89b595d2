#include "common/digest/crc.h"

#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace cairn {
namespace {

constexpr std::uint32_t kCrc32 = 0xEDB88320;
constexpr std::uint32_t kCrc32c = 0x82F63B78;
constexpr std::uint64_t kCrc64Nvme = 0x9A6C9329AC4BC9B5;

static_assert(std::endian::native == std::endian::little, "slicing reads eight bytes as one little-endian number");

template <class Word>
using Tables = std::array<std::array<Word, 256>, 16>;

/// tables[k][b]: what byte b contributes after k more zero bytes.
template <class Word>
Tables<Word> makeTables(Word polynomial) {
  Tables<Word> tables;
  for (unsigned b = 0; b < 256; ++b) {
    Word crc = b;
    for (int i = 0; i < 8; ++i) crc = (crc & 1) != 0 ? (crc >> 1) ^ polynomial : crc >> 1;
    tables[0][b] = crc;
  }
  for (std::size_t k = 1; k < tables.size(); ++k)
    for (unsigned b = 0; b < 256; ++b) tables[k][b] = (tables[k - 1][b] >> 8) ^ tables[0][tables[k - 1][b] & 0xff];
  return tables;
}

/// Slicing by 16: sixteen independent look-ups a step instead of a chain of sixteen.
template <class Word>
Word run(const Tables<Word>& tables, Word crc, BytesView data) {
  crc = static_cast<Word>(~crc);
  while (data.size() >= 16) {
    std::uint64_t low, high;
    std::memcpy(&low, data.data(), 8);
    std::memcpy(&high, data.data() + 8, 8);
    low ^= crc;
    Word next = 0;
    for (unsigned i = 0; i < 8; ++i)
      next ^= tables[15 - i][low >> (8 * i) & 0xff] ^ tables[7 - i][high >> (8 * i) & 0xff];
    crc = next;
    data = data.subspan(16);
  }
  for (const std::uint8_t byte : data) crc = (crc >> 8) ^ tables[0][(crc ^ byte) & 0xff];
  return static_cast<Word>(~crc);
}

/// Product of two polynomials modulo `polynomial`; the highest bit is x^0.
template <class Word>
Word multiply(Word a, Word b, Word polynomial) {
  Word product = 0;
  for (Word bit = Word{1} << (sizeof(Word) * 8 - 1); bit != 0; bit >>= 1) {
    if ((a & bit) != 0) product ^= b;
    b = (b & 1) != 0 ? (b >> 1) ^ polynomial : b >> 1;
  }
  return product;
}

/// A's CRC moved past B, that is times x^(8 length), plus B's. The all-ones start and end values cancel out.
template <class Word>
Word combine(Word a, Word b, std::uint64_t lengthOfB, Word polynomial) {
  Word power = Word{1} << (sizeof(Word) * 8 - 9);  // x^8
  for (; lengthOfB != 0; lengthOfB >>= 1) {
    if ((lengthOfB & 1) != 0) a = multiply(a, power, polynomial);
    power = multiply(power, power, polynomial);
  }
  return a ^ b;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) std::uint32_t crc32cHardware(std::uint32_t crc, BytesView data) {
  std::uint64_t state = static_cast<std::uint32_t>(~crc);
  while (data.size() >= 8) {
    std::uint64_t word;
    std::memcpy(&word, data.data(), 8);
    state = _mm_crc32_u64(state, word);
    data = data.subspan(8);
  }
  auto narrow = static_cast<std::uint32_t>(state);
  for (const std::uint8_t byte : data) narrow = _mm_crc32_u8(narrow, byte);
  return ~narrow;
}
#endif

}  // namespace

std::uint32_t crc32(std::uint32_t crc, BytesView data) {
  static const Tables<std::uint32_t> tables = makeTables(kCrc32);
  return run(tables, crc, data);
}

std::uint32_t crc32cPortable(std::uint32_t crc, BytesView data) {
  static const Tables<std::uint32_t> tables = makeTables(kCrc32c);
  return run(tables, crc, data);
}

std::uint32_t crc32c(std::uint32_t crc, BytesView data) {
#if defined(__x86_64__)
  static const bool hardware = __builtin_cpu_supports("sse4.2") != 0;
  if (hardware) return crc32cHardware(crc, data);
#endif
  return crc32cPortable(crc, data);
}

std::uint64_t crc64nvme(std::uint64_t crc, BytesView data) {
  static const Tables<std::uint64_t> tables = makeTables(kCrc64Nvme);
  return run(tables, crc, data);
}

std::uint32_t combineCrc32(std::uint32_t a, std::uint32_t b, std::uint64_t n) {
  return combine(a, b, n, kCrc32);
}
std::uint32_t combineCrc32c(std::uint32_t a, std::uint32_t b, std::uint64_t n) {
  return combine(a, b, n, kCrc32c);
}
std::uint64_t combineCrc64nvme(std::uint64_t a, std::uint64_t b, std::uint64_t n) {
  return combine(a, b, n, kCrc64Nvme);
}

}  // namespace cairn
