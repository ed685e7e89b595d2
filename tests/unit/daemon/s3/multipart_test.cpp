// Uploads in parts, through the door.
#include "common/digest/digest.h"
#include "rig.h"

namespace cairn::s3::test {
namespace {

class S3Multipart : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(rig.request("PUT", "/bkt").status, 200); }
  Rig rig;
};

TEST_F(S3Multipart, UploadsInParts) {
  const auto created =
      rig.request("POST", "/bkt/big?uploads", "", {{"Content-Type", "text/x"}, {"x-amz-checksum-algorithm", "CRC32"}});
  const std::string id = created.element("UploadId");
  ASSERT_FALSE(id.empty()) << created.body;
  const std::string one(5U << 20, 'a'), two = "tail";
  const auto first = rig.request("PUT", "/bkt/big?partNumber=1&uploadId=" + id, one);
  ASSERT_EQ(first.status, 200) << first.body;
  EXPECT_NE(first.header("x-amz-checksum-crc32"), "") << "computed even when the client sent none";
  const auto second = rig.request("PUT", "/bkt/big?partNumber=2&uploadId=" + id, two);
  EXPECT_EQ(rig.request("PUT", "/bkt/big?partNumber=2&uploadId=" + id, two,
                        {{"x-amz-checksum-sha1", base64(digest(DigestAlgorithm::sha1, asBytes(two)))}})
                .code(),
            "InvalidRequest");
  EXPECT_EQ(rig.request("GET", "/bkt?uploads").element("UploadId"), id);
  const auto parts = rig.request("GET", "/bkt/big?max-parts=1&uploadId=" + id);
  EXPECT_EQ(parts.element("IsTruncated"), "true");
  EXPECT_EQ(parts.element("Size"), "5242880");
  const auto part = [](int number, const Answered& put) {
    return "<Part><PartNumber>" + std::to_string(number) + "</PartNumber><ETag>" + put.header("ETag") +
           "</ETag></Part>";
  };
  const auto complete = [&](const std::string& list) {
    return rig.request("POST", "/bkt/big?uploadId=" + id,
                       "<CompleteMultipartUpload>" + list + "</CompleteMultipartUpload>");
  };
  EXPECT_EQ(complete(part(2, second) + part(1, first)).code(), "InvalidPartOrder");
  EXPECT_EQ(complete(part(1, first) + part(1, first)).code(), "InvalidPartOrder");
  EXPECT_EQ(complete(part(1, second)).code(), "InvalidPart");
  EXPECT_EQ(complete("").code(), "MalformedXML");
  const auto done = complete(part(1, first) + part(2, second));
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_NE(done.element("ETag").find("-2"), std::string::npos);
  EXPECT_NE(done.element("ChecksumCRC32").find("-2"), std::string::npos);
  EXPECT_EQ(complete(part(1, first) + part(2, second)).body, done.body) << "who did not hear the answer asks again";
  EXPECT_EQ(complete(part(1, first)).code(), "NoSuchUpload");
  EXPECT_EQ(rig.request("GET", "/bkt/big").body, one + two);
  const auto last = rig.request("GET", "/bkt/big?partNumber=2");
  EXPECT_EQ(last.body, two);
  EXPECT_EQ(last.header("x-amz-mp-parts-count"), "2");
  EXPECT_EQ(rig.request("GET", "/bkt/big?uploadId=" + id).code(), "NoSuchUpload");
  EXPECT_EQ(rig.request("GET", "/bkt/big?attributes", "", {{"x-amz-object-attributes", "ObjectSize,ObjectParts"}})
                .element("TotalPartsCount"),
            "2");
}

TEST_F(S3Multipart, CopiesPartsAndAborts) {
  rig.request("PUT", "/bkt/src", "0123456789");
  const std::string id = rig.request("POST", "/bkt/new?uploads").element("UploadId");
  const std::string target = "/bkt/new?partNumber=1&uploadId=" + id;
  EXPECT_EQ(
      rig.request("PUT", target, "", {{"x-amz-copy-source", "bkt/src"}, {"x-amz-copy-source-range", "bytes=5-10"}})
          .code(),
      "InvalidArgument");
  const auto copied =
      rig.request("PUT", target, "", {{"x-amz-copy-source", "bkt/src"}, {"x-amz-copy-source-range", "bytes=2-4"}});
  ASSERT_EQ(copied.status, 200) << copied.body;
  EXPECT_EQ(rig.request("POST", "/bkt/new?uploadId=" + id,
                        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + copied.element("ETag") +
                            "</ETag></Part></CompleteMultipartUpload>",
                        {{"x-amz-checksum-crc32", "AAAAAA=="}})
                .code(),
            "InvalidRequest")
      << "nobody compared it";
  const auto done = rig.request("POST", "/bkt/new?uploadId=" + id,
                                "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" +
                                    copied.element("ETag") + "</ETag></Part></CompleteMultipartUpload>");
  ASSERT_EQ(done.status, 200) << done.body;
  EXPECT_EQ(rig.request("GET", "/bkt/new").body, "234");
  const std::string other = rig.request("POST", "/bkt/new?uploads").element("UploadId");
  EXPECT_EQ(rig.request("DELETE", "/bkt/new?uploadId=" + other).status, 204);
  EXPECT_EQ(rig.request("DELETE", "/bkt/new?uploadId=" + other).code(), "NoSuchUpload");
  EXPECT_EQ(rig.request("PUT", "/bkt/new?partNumber=1&uploadId=nope", "x").code(), "NoSuchUpload");
}

}  // namespace
}  // namespace cairn::s3::test
