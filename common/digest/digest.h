// The hashes and checksums that S3 clients ask for, incremental.
//
// Contract: a Digester is a movable value; update() any number of times, finish() once. Not for concurrent use. CRC
// results are big-endian bytes, as in x-amz-checksum-*. CRC-32C uses SSE4.2 where the processor has it. Sources: RFC
// 1321, FIPS 180-4, CRC-32/ISO-HDLC, CRC-32/ISCSI and CRC-64/NVME in the catalogue of parametrised CRC algorithms
// (reveng).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/bytes.h"
#include "common/digest/base64.h"

struct evp_md_ctx_st;

namespace cairn {

enum class DigestAlgorithm : std::uint8_t { md5, sha1, sha256, crc32, crc32c, crc64nvme };

/// 16, 20, 32, 4, 4, 8.
std::size_t digestSize(DigestAlgorithm algorithm);
/// S3's names: "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"; "MD5". Parsing takes any case and no MD5.
std::string_view checksumName(DigestAlgorithm algorithm);
std::optional<DigestAlgorithm> parseChecksumName(std::string_view name);
/// "x-amz-checksum-crc32c" and so on (lower case); nullopt for any other header, also for MD5.
std::optional<DigestAlgorithm> checksumFromHeader(std::string_view lowerCaseName);
bool isCrc(DigestAlgorithm algorithm);

class Digester {
 public:
  explicit Digester(DigestAlgorithm algorithm);
  ~Digester();
  Digester(Digester&& other) noexcept;
  Digester& operator=(Digester&& other) noexcept;

  void update(BytesView data);
  Bytes finish();
  DigestAlgorithm algorithm() const { return algorithm_; }

 private:
  DigestAlgorithm algorithm_;
  evp_md_ctx_st* ctx_ = nullptr;
  std::uint64_t crc_ = 0;
};

/// One-shot.
Bytes digest(DigestAlgorithm algorithm, BytesView data);

/// Checksum of A followed by B from those of A and of B, and B's length: for FULL_OBJECT multipart checksums. Only for
/// CRCs of the right size; nullopt otherwise.
std::optional<Bytes> crcCombine(DigestAlgorithm algorithm, BytesView a, BytesView b, std::uint64_t lengthOfB);

}  // namespace cairn
