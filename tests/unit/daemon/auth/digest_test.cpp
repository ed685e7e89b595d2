#include "common/digest/digest.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <ctime>

#include "common/digest/crc.h"

namespace cairn::auth {
namespace {

constexpr DigestAlgorithm kAll[] = {DigestAlgorithm::md5,   DigestAlgorithm::sha1,   DigestAlgorithm::sha256,
                                    DigestAlgorithm::crc32, DigestAlgorithm::crc32c, DigestAlgorithm::crc64nvme};
constexpr DigestAlgorithm kCrcs[] = {DigestAlgorithm::crc32, DigestAlgorithm::crc32c, DigestAlgorithm::crc64nvme};

TEST(Digest, CheckValues) {
  const BytesView check = asBytes("123456789");
  EXPECT_EQ(toHex(digest(DigestAlgorithm::crc32, check)), "cbf43926");
  EXPECT_EQ(toHex(digest(DigestAlgorithm::crc32c, check)), "e3069283");
  EXPECT_EQ(toHex(digest(DigestAlgorithm::crc64nvme, check)), "ae8b14860a799888");
  EXPECT_EQ(crc32cPortable(0, check), 0xe3069283U);
  EXPECT_EQ(toHex(digest(DigestAlgorithm::md5, check)), "25f9e794323b453885f5181f1b624d0b");
  EXPECT_EQ(toHex(digest(DigestAlgorithm::sha1, check)), "f7c3bc1d808e04732adf679965ccc34ca7ae3441");
  EXPECT_EQ(toHex(digest(DigestAlgorithm::sha256, check)),
            "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225");
}

TEST(Digest, Names) {
  for (const DigestAlgorithm a : kAll) {
    EXPECT_EQ(digest(a, {}).size(), digestSize(a));
    if (a != DigestAlgorithm::md5) EXPECT_EQ(parseChecksumName(checksumName(a)), a);
  }
  EXPECT_EQ(parseChecksumName("crc64nvme"), DigestAlgorithm::crc64nvme);
  EXPECT_FALSE(parseChecksumName("MD5"));
  EXPECT_FALSE(parseChecksumName("CRC"));
  EXPECT_EQ(checksumFromHeader("x-amz-checksum-crc32c"), DigestAlgorithm::crc32c);
  EXPECT_FALSE(checksumFromHeader("x-amz-checksum-mode"));
  EXPECT_FALSE(checksumFromHeader("x-amz-checksum-"));
  EXPECT_FALSE(checksumFromHeader(""));
}

RC_GTEST_PROP(Digest, PiecesGiveWhatTheWholeGives, (const std::vector<std::string>& pieces)) {
  std::string whole;
  for (const auto& p : pieces) whole += p;
  for (const DigestAlgorithm a : kAll) {
    Digester d(a);
    for (const auto& p : pieces) d.update(asBytes(p));
    Digester moved(std::move(d));
    RC_ASSERT(moved.finish() == digest(a, asBytes(whole)));
  }
  RC_ASSERT(crc32c(0, asBytes(whole)) == crc32cPortable(0, asBytes(whole)));
}

RC_GTEST_PROP(Digest, CombinedCrcsAreThoseOfTheWhole, (const std::string& a, const std::string& b)) {
  for (const DigestAlgorithm c : kCrcs)
    RC_ASSERT(crcCombine(c, digest(c, asBytes(a)), digest(c, asBytes(b)), b.size()) == digest(c, asBytes(a + b)));
}

TEST(Digest, CombineOverLongStretches) {
  const std::string a(3, 'a'), b((5U << 20) + 7, 'b');
  for (const DigestAlgorithm c : kCrcs)
    EXPECT_EQ(crcCombine(c, digest(c, asBytes(a)), digest(c, asBytes(b)), b.size()), digest(c, asBytes(a + b)));
  EXPECT_FALSE(crcCombine(DigestAlgorithm::sha1, Bytes(20), Bytes(20), 1));
  EXPECT_FALSE(crcCombine(DigestAlgorithm::crc32, Bytes(8), Bytes(4), 1));
}

TEST(Digest, Throughput) {
  const Bytes data(16U << 20, 7);
  for (const DigestAlgorithm a : kAll) {
    const std::clock_t start = std::clock();
    digest(a, data);
    const double took = static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
    std::printf("%s: %.0f MiB/s\n", std::string(checksumName(a)).c_str(), 16 / took);
  }
}

}  // namespace
}  // namespace cairn::auth
