#include "common/digest/digest.h"

#include <openssl/evp.h>

#include <algorithm>
#include <utility>

#include "common/base/result.h"
#include "common/base/text.h"
#include "common/digest/crc.h"

namespace cairn {
namespace {

struct Row {
  DigestAlgorithm algorithm;
  std::string_view name;
  std::string_view header;
  std::size_t size;
};

constexpr std::array<Row, 6> kRows{{
    {DigestAlgorithm::md5, "MD5", "", 16},
    {DigestAlgorithm::sha1, "SHA1", "x-amz-checksum-sha1", 20},
    {DigestAlgorithm::sha256, "SHA256", "x-amz-checksum-sha256", 32},
    {DigestAlgorithm::crc32, "CRC32", "x-amz-checksum-crc32", 4},
    {DigestAlgorithm::crc32c, "CRC32C", "x-amz-checksum-crc32c", 4},
    {DigestAlgorithm::crc64nvme, "CRC64NVME", "x-amz-checksum-crc64nvme", 8},
}};

const Row& row(DigestAlgorithm algorithm) {
  return kRows[static_cast<std::size_t>(algorithm)];
}

/// Fetched once: finding an algorithm by name costs more than hashing a small object.
const EVP_MD* fetched(DigestAlgorithm algorithm) {
  static const std::array<const EVP_MD*, 3> all{EVP_MD_fetch(nullptr, "MD5", nullptr),
                                                EVP_MD_fetch(nullptr, "SHA1", nullptr),
                                                EVP_MD_fetch(nullptr, "SHA256", nullptr)};
  const EVP_MD* md = all[static_cast<std::size_t>(algorithm)];
  CAIRN_ASSERT(md != nullptr);
  return md;
}

Bytes bigEndian(std::uint64_t value, std::size_t size) {
  Bytes out(size);
  for (std::size_t i = 0; i < size; ++i) out[i] = static_cast<std::uint8_t>(value >> (8 * (size - 1 - i)));
  return out;
}

std::uint64_t fromBigEndian(BytesView bytes) {
  std::uint64_t value = 0;
  for (const std::uint8_t b : bytes) value = value << 8 | b;
  return value;
}

}  // namespace

std::size_t digestSize(DigestAlgorithm algorithm) {
  return row(algorithm).size;
}

std::string_view checksumName(DigestAlgorithm algorithm) {
  return row(algorithm).name;
}

bool isCrc(DigestAlgorithm algorithm) {
  return algorithm >= DigestAlgorithm::crc32;
}

std::optional<DigestAlgorithm> parseChecksumName(std::string_view name) {
  for (const Row& r : kRows)
    if (r.algorithm != DigestAlgorithm::md5 && sameIgnoringCase(r.name, name)) return r.algorithm;
  return std::nullopt;
}

std::optional<DigestAlgorithm> checksumFromHeader(std::string_view lowerCaseName) {
  for (const Row& r : kRows)
    if (!r.header.empty() && r.header == lowerCaseName) return r.algorithm;
  return std::nullopt;
}

Digester::Digester(DigestAlgorithm algorithm) : algorithm_(algorithm) {
  if (isCrc(algorithm)) return;
  ctx_ = EVP_MD_CTX_new();
  CAIRN_ASSERT(ctx_ != nullptr);
  CAIRN_ASSERT(EVP_DigestInit_ex2(ctx_, fetched(algorithm), nullptr) == 1);
}

Digester::~Digester() {
  EVP_MD_CTX_free(ctx_);
}

Digester::Digester(Digester&& other) noexcept
    : algorithm_(other.algorithm_), ctx_(std::exchange(other.ctx_, nullptr)), crc_(other.crc_) {}

Digester& Digester::operator=(Digester&& other) noexcept {
  algorithm_ = other.algorithm_;
  crc_ = other.crc_;
  std::swap(ctx_, other.ctx_);
  return *this;
}

void Digester::update(BytesView data) {
  switch (algorithm_) {
    case DigestAlgorithm::crc32:
      crc_ = crc32(static_cast<std::uint32_t>(crc_), data);
      return;
    case DigestAlgorithm::crc32c:
      crc_ = crc32c(static_cast<std::uint32_t>(crc_), data);
      return;
    case DigestAlgorithm::crc64nvme:
      crc_ = crc64nvme(crc_, data);
      return;
    default:
      CAIRN_ASSERT(EVP_DigestUpdate(ctx_, data.data(), data.size()) == 1);
  }
}

Bytes Digester::finish() {
  if (isCrc(algorithm_)) return bigEndian(crc_, digestSize(algorithm_));
  Bytes out(digestSize(algorithm_));
  CAIRN_ASSERT(EVP_DigestFinal_ex(ctx_, out.data(), nullptr) == 1);
  return out;
}

Bytes digest(DigestAlgorithm algorithm, BytesView data) {
  Digester d(algorithm);
  d.update(data);
  return d.finish();
}

std::optional<Bytes> crcCombine(DigestAlgorithm algorithm, BytesView a, BytesView b, std::uint64_t lengthOfB) {
  const std::size_t size = digestSize(algorithm);
  if (!isCrc(algorithm) || a.size() != size || b.size() != size) return std::nullopt;
  const std::uint64_t x = fromBigEndian(a), y = fromBigEndian(b);
  if (algorithm == DigestAlgorithm::crc64nvme) return bigEndian(combineCrc64nvme(x, y, lengthOfB), size);
  const auto combineBoth = algorithm == DigestAlgorithm::crc32 ? combineCrc32 : combineCrc32c;
  return bigEndian(combineBoth(static_cast<std::uint32_t>(x), static_cast<std::uint32_t>(y), lengthOfB), size);
}

}  // namespace cairn
