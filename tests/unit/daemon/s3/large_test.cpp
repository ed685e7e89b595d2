// Bodies of several leaves through the door: their MD5, computed beside their storing, is their ETag and is compared.
#include "common/digest/digest.h"
#include "rig.h"

namespace cairn::s3::test {
namespace {

TEST(S3Large, TheEtagIsTheMd5AndAPromisedOneIsCompared) {
  Rig rig;
  ASSERT_EQ(rig.request("PUT", "/bkt").status, 200);
  for (const std::size_t size : {1'048'577U, 3'500'000U}) {
    std::string body(size, 'x');
    body.back() = 'y';
    const Bytes md5 = digest(DigestAlgorithm::md5, asBytes(body));
    EXPECT_EQ(rig.request("PUT", "/bkt/k", body, {{"Content-MD5", base64(md5)}}).header("ETag"),
              '"' + toHex(md5) + '"');
    body.front() = 'z';
    EXPECT_EQ(rig.request("PUT", "/bkt/other", body, {{"Content-MD5", base64(md5)}}).code(), "BadDigest");
    EXPECT_EQ(rig.request("HEAD", "/bkt/other").status, 404);
  }
}

}  // namespace
}  // namespace cairn::s3::test
