// The door over the real service, through real sockets: objects and buckets.
#include "rig.h"

#include "common/digest/digest.h"
#include "daemon/s3/error.h"

namespace cairn::s3::test {
namespace {

std::string md5Of(const std::string& text) {
  return base64(digest(DigestAlgorithm::md5, asBytes(text)));
}
std::string sumOf(DigestAlgorithm algorithm, const std::string& text) {
  return base64(digest(algorithm, asBytes(text)));
}

class S3Door : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(rig.request("PUT", "/bkt").status, 200); }
  Rig rig;
};

TEST_F(S3Door, PutsGetsHeadsAndDeletesAnObject) {
  const auto put =
      rig.request("PUT", "/bkt/a/b%20c", "hello",
                  {{"Content-Type", "text/plain"}, {"x-amz-meta-color", "blue"}, {"Content-MD5", md5Of("hello")}});
  ASSERT_EQ(put.status, 200) << put.body;
  EXPECT_EQ(put.header("ETag"), "\"5d41402abc4b2a76b9719d911017c592\"");
  EXPECT_EQ(put.header("x-cairn-cid"), "bafkreibm6jg3ux5qumhcn2b3flc3tyu6dmlb4xa7u5bf44yegnrjhc4yeq");
  EXPECT_EQ(put.header("x-amz-request-id").size(), 16u);
  const auto got = rig.request("GET", "/bkt/a/b%20c");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.body, "hello");
  EXPECT_EQ(got.header("Content-Type"), "text/plain");
  EXPECT_EQ(got.header("x-amz-meta-color"), "blue");
  EXPECT_EQ(got.header("Accept-Ranges"), "bytes");
  const auto head = rig.request("HEAD", "/bkt/a/b%20c");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("Content-Length"), "5");
  EXPECT_EQ(head.header("ETag"), put.header("ETag"));
  EXPECT_EQ(rig.request("DELETE", "/bkt/a/b%20c").status, 204);
  EXPECT_EQ(rig.request("DELETE", "/bkt/a/b%20c").status, 204);
  const auto gone = rig.request("GET", "/bkt/a/b%20c");
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(gone.code(), "NoSuchKey");
  EXPECT_EQ(gone.element("Key"), "a/b c");
  EXPECT_EQ(gone.element("RequestId"), gone.header("x-amz-request-id"));
  EXPECT_EQ(rig.request("HEAD", "/bkt/a/b%20c").status, 404);
}

TEST_F(S3Door, KeepsBucketsApartByOwner) {
  EXPECT_EQ(rig.request("PUT", "/bkt").code(), "BucketAlreadyOwnedByYou");
  EXPECT_EQ(rig.request("PUT", "/bkt", "", {}, "mallory").code(), "BucketAlreadyExists");
  EXPECT_EQ(rig.request("GET", "/bkt", "", {}, "mallory").code(), "AccessDenied");
  EXPECT_EQ(rig.request("PUT", "/bkt/k", "x", {}, "mallory").code(), "AccessDenied");
  EXPECT_EQ(rig.request("PUT", "/other-bucket", "", {}, "mallory").status, 200);
  EXPECT_EQ(rig.request("PUT", "/other-bucket/k", "", {{"x-amz-copy-source", "bkt/k"}}, "mallory").code(),
            "AccessDenied");
  EXPECT_EQ(rig.request("GET", "/no-such-bucket").code(), "NoSuchBucket");
  EXPECT_EQ(rig.request("HEAD", "/no-such-bucket").status, 404);
  EXPECT_EQ(rig.request("PUT", "/no-such-bucket/k", "x").code(), "NoSuchBucket");
  EXPECT_EQ(rig.request("GET", "/bkt", "", {{"x-amz-expected-bucket-owner", "bob"}}).code(), "AccessDenied");
  EXPECT_EQ(rig.anonymous("GET", "/").status, 403);
  EXPECT_EQ(rig.anonymous("GET", "/bkt/k").code(), "AccessDenied");
  EXPECT_EQ(rig.anonymous("OPTIONS", "/bkt").code(), "AccessForbidden");
  const auto list = rig.request("GET", "/");
  EXPECT_EQ(list.element("Name"), "bkt");
  EXPECT_EQ(list.element("ID"), "alice");
}

TEST_F(S3Door, DeletesOnlyEmptyBuckets) {
  rig.request("PUT", "/bkt/k", "x");
  EXPECT_EQ(rig.request("DELETE", "/bkt").code(), "BucketNotEmpty");
  rig.request("DELETE", "/bkt/k");
  EXPECT_EQ(rig.request("DELETE", "/bkt/").status, 204);
  EXPECT_EQ(rig.request("GET", "/bkt").code(), "NoSuchBucket");
}

TEST_F(S3Door, StoresNothingOfABodyThatIsNotWhatWasPromised) {
  using enum DigestAlgorithm;
  EXPECT_EQ(rig.request("PUT", "/bkt/k", "hello", {{"Content-MD5", md5Of("other")}}).code(), "BadDigest");
  for (const auto algorithm : {crc32, crc32c, crc64nvme, sha1, sha256}) {
    std::string name = "x-amz-checksum-";
    for (const char c : checksumName(algorithm)) name += static_cast<char>(std::tolower(c));
    EXPECT_EQ(rig.request("PUT", "/bkt/k", "hello", {{name, sumOf(algorithm, "other")}}).code(), "BadDigest") << name;
    EXPECT_EQ(rig.request("GET", "/bkt/k").code(), "NoSuchKey");
    const auto put = rig.request("PUT", "/bkt/sum", "hello", {{name, sumOf(algorithm, "hello")}});
    EXPECT_EQ(put.header(name), sumOf(algorithm, "hello"));
    const auto got = rig.request("GET", "/bkt/sum", "", {{"x-amz-checksum-mode", "ENABLED"}});
    EXPECT_EQ(got.header(name), sumOf(algorithm, "hello"));
    EXPECT_EQ(rig.request("GET", "/bkt/sum").header(name), "");
  }
}

TEST_F(S3Door, ComparesTheHashThatTheHeadPromised) {
  const auto hexOf = [](const std::string& text) { return toHex(digest(DigestAlgorithm::sha256, asBytes(text))); };
  for (const std::string& body :
       {std::string(), std::string("hello"), std::string(1U << 20, 'x'), std::string((1U << 20) + 1, 'x')}) {
    EXPECT_EQ(rig.request("PUT", "/bkt/k", body, {{"x-amz-content-sha256", hexOf("other")}}).code(),
              "XAmzContentSHA256Mismatch")
        << body.size();
    EXPECT_EQ(rig.request("GET", "/bkt/k").status, 404);
  }
  EXPECT_EQ(rig.request("PUT", "/bkt/k", "hello", {{"x-amz-content-sha256", hexOf("hello")}}).status, 200);
}

TEST_F(S3Door, GivesRanges) {
  std::string big(3U << 20, ' ');
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>('a' + i * 7 / 1000 % 26);
  ASSERT_EQ(rig.request("PUT", "/bkt/big", big).status, 200);
  EXPECT_EQ(rig.request("GET", "/bkt/big").body, big);
  const auto part = rig.request("GET", "/bkt/big", "", {{"Range", "bytes=1048570-2097160"}});
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.header("Content-Range"), "bytes 1048570-2097160/3145728");
  EXPECT_EQ(part.body, big.substr(1048570, 1048591));
  EXPECT_EQ(rig.request("GET", "/bkt/big", "", {{"Range", "bytes=-5"}}).body, big.substr(big.size() - 5));
  const auto beyond = rig.request("GET", "/bkt/big", "", {{"Range", "bytes=3145728-"}});
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.code(), "InvalidRange");
  EXPECT_EQ(beyond.header("Content-Range"), "bytes */3145728");
  EXPECT_EQ(rig.request("GET", "/bkt/big", "", {{"Range", "bytes=0-1,5-6"}}).status, 200);
  EXPECT_EQ(rig.request("GET", "/bkt/big?partNumber=1").status, 206);
  EXPECT_EQ(rig.request("GET", "/bkt/big?partNumber=2").status, 416);
  ASSERT_EQ(rig.request("PUT", "/bkt/empty", "").status, 200);
  EXPECT_EQ(rig.request("GET", "/bkt/empty").body, "");
  EXPECT_EQ(rig.request("GET", "/bkt/empty", "", {{"Range", "bytes=0-"}}).status, 416);
  EXPECT_EQ(rig.request("GET", "/bkt/empty", "", {{"Range", "bytes=0-"}, {"If-Range", "\"other\""}}).status, 200);
}

TEST_F(S3Door, KeepsConditionsOnReadsAndWrites) {
  const auto put = rig.request("PUT", "/bkt/k", "one", {{"If-None-Match", "*"}});
  ASSERT_EQ(put.status, 200);
  const std::string etag = put.header("ETag");
  EXPECT_EQ(rig.request("PUT", "/bkt/k", "two", {{"If-None-Match", "*"}}).status, 412);
  EXPECT_EQ(rig.request("PUT", "/bkt/k", "two", {{"If-Match", "\"x\""}}).code(), "PreconditionFailed");
  EXPECT_EQ(rig.request("PUT", "/bkt/absent", "two", {{"If-Match", etag}}).code(), "NoSuchKey");
  EXPECT_EQ(rig.request("GET", "/bkt/k", "", {{"If-None-Match", etag}}).status, 304);
  EXPECT_EQ(rig.request("GET", "/bkt/k", "", {{"If-Match", "\"x\""}}).status, 412);
  EXPECT_EQ(rig.request("HEAD", "/bkt/k", "", {{"If-None-Match", etag}}).status, 304);
  EXPECT_EQ(rig.request("DELETE", "/bkt/k", "", {{"If-Match", "\"x\""}}).status, 412);
  EXPECT_EQ(rig.request("GET", "/bkt/k").body, "one");
  EXPECT_EQ(rig.request("DELETE", "/bkt/k", "", {{"If-Match", etag}}).status, 204);
}

TEST_F(S3Door, Lists) {
  for (const char* key : {"a", "d/1", "d/2", "e%26", "z"})
    ASSERT_EQ(rig.request("PUT", std::string("/bkt/") + key, "x").status, 200);
  const auto first = rig.request("GET", "/bkt/?list-type=2&delimiter=%2F&max-keys=2");
  EXPECT_EQ(first.element("KeyCount"), "2");
  EXPECT_EQ(first.element("IsTruncated"), "true");
  EXPECT_NE(first.body.find("<CommonPrefixes><Prefix>d/</Prefix></CommonPrefixes>"), std::string::npos);
  const auto next =
      rig.request("GET", "/bkt?list-type=2&delimiter=%2F&continuation-token=" + first.element("NextContinuationToken"));
  EXPECT_EQ(next.element("KeyCount"), "2");
  EXPECT_EQ(next.element("Key"), "e&amp;");
  EXPECT_EQ(next.element("IsTruncated"), "false");
  EXPECT_EQ(rig.request("GET", "/bkt?encoding-type=url&marker=d%2F2").element("Key"), "e%26");
  EXPECT_EQ(rig.request("GET", "/bkt?max-keys=0").element("IsTruncated"), "false");
  const auto versions = rig.request("GET", "/bkt?versions&prefix=d%2F");
  EXPECT_EQ(versions.element("Key"), "d/1");
  EXPECT_EQ(versions.element("VersionId"), "null");
  EXPECT_EQ(rig.request("GET", "/bkt?versions&key-marker=d%2F1&prefix=d").element("Key"), "d/2");
}

TEST_F(S3Door, Copies) {
  rig.request("PUT", "/bkt/from", "hello",
              {{"x-amz-meta-a", "1"}, {"Content-Type", "text/x"}, {"x-amz-tagging", "t=1"}});
  EXPECT_EQ(rig.request("PUT", "/bkt/to", "", {{"x-amz-copy-source", "/bkt/from"}}).status, 200);
  const auto copied = rig.request("GET", "/bkt/to");
  EXPECT_EQ(copied.body, "hello");
  EXPECT_EQ(copied.header("x-amz-meta-a"), "1");
  EXPECT_EQ(copied.header("x-amz-tagging-count"), "1");
  EXPECT_EQ(rig.request("GET", "/bkt/to?tagging").element("Key"), "t");
  EXPECT_EQ(rig.request("PUT", "/bkt/from", "", {{"x-amz-copy-source", "bkt/from"}}).code(), "InvalidRequest");
  EXPECT_EQ(
      rig.request("PUT", "/bkt/from", "",
                  {{"x-amz-copy-source", "bkt/from"}, {"x-amz-metadata-directive", "REPLACE"}, {"x-amz-meta-b", "2"}})
          .status,
      200);
  const auto replaced = rig.request("HEAD", "/bkt/from");
  EXPECT_EQ(replaced.header("x-amz-meta-a"), "");
  EXPECT_EQ(replaced.header("x-amz-meta-b"), "2");
  EXPECT_EQ(
      rig.request("PUT", "/bkt/x", "", {{"x-amz-copy-source", "bkt/from"}, {"x-amz-copy-source-if-match", "\"x\""}})
          .code(),
      "PreconditionFailed");
  EXPECT_EQ(rig.request("PUT", "/bkt/x", "", {{"x-amz-copy-source", "bkt/absent"}}).code(), "NoSuchKey");
}

TEST_F(S3Door, DeletesMany) {
  rig.request("PUT", "/bkt/a", "x");
  rig.request("PUT", "/bkt/b", "x");
  const std::string xml =
      "<Delete><Object><Key>a</Key></Object><Object><Key>absent</Key></Object><Object><Key>b</Key>"
      "<VersionId>7</VersionId></Object></Delete>";
  EXPECT_EQ(rig.request("POST", "/bkt?delete", xml, {{"Content-MD5", md5Of("other")}}).code(), "BadDigest");
  const auto done = rig.request("POST", "/bkt?delete", xml, {{"Content-MD5", md5Of(xml)}});
  EXPECT_EQ(done.status, 200);
  EXPECT_NE(done.body.find("<Deleted><Key>a</Key></Deleted><Deleted><Key>absent</Key></Deleted>"), std::string::npos);
  EXPECT_EQ(done.code(), "NoSuchVersion");
  EXPECT_EQ(rig.request("GET", "/bkt/a").status, 404);
  EXPECT_EQ(rig.request("GET", "/bkt/b").status, 200);
  for (const std::string& bad :
       {std::string("<Delete/>"), std::string("<Delete><Object/></Delete>"), std::string("x"), std::string()})
    EXPECT_EQ(rig.request("POST", "/bkt?delete", bad, {{"Content-MD5", md5Of(bad)}}).code(), "MalformedXML") << bad;
  std::string many = "<Delete>";
  for (int i = 0; i < 1001; ++i) many += "<Object><Key>k</Key></Object>";
  many += "</Delete>";
  EXPECT_EQ(rig.request("POST", "/bkt?delete", many, {{"Content-MD5", md5Of(many)}}).code(), "MalformedXML");
}

TEST_F(S3Door, AnswersWhatToolsAskFor) {
  EXPECT_NE(rig.request("GET", "/bkt?location").body.find("<LocationConstraint"), std::string::npos);
  EXPECT_NE(rig.request("GET", "/bkt?versioning").body.find("<VersioningConfiguration"), std::string::npos);
  EXPECT_EQ(rig.request("GET", "/bkt?acl").element("Permission"), "FULL_CONTROL");
  EXPECT_EQ(rig.request("GET", "/bkt?policy").code(), "NoSuchBucketPolicy");
  EXPECT_EQ(rig.request("GET", "/bkt?object-lock").code(), "ObjectLockConfigurationNotFoundError");
  EXPECT_EQ(rig.request("GET", "/bkt?inventory").code(), "NotImplemented");
  EXPECT_EQ(rig.request("PUT", "/bkt/k", "x", {{"x-amz-server-side-encryption", "AES256"}}).status, 501);
  EXPECT_EQ(rig.request("GET", "/bkt/k").status, 404);
}

TEST(S3Faults, AreCalledByS3sNames) {
  using bucket::Fault;
  EXPECT_EQ(fromFault({Fault::slow_down, "later", ""}).wire(), "SlowDown");
  EXPECT_EQ(fromFault({Fault::slow_down, "later", ""}).status(), 503u);
  EXPECT_EQ(fromFault({Fault::unavailable, "quorum", ""}).wire(), "ServiceUnavailable");
  EXPECT_EQ(fromFault({Fault::unknown, "?", ""}).status(), 500u);
  EXPECT_EQ(fromFault({Fault::internal, "secret detail", ""}).message.find("secret"), std::string::npos);
  EXPECT_EQ(fromFault({Fault::conflict, "", ""}).wire(), "ConditionalRequestConflict");
  EXPECT_EQ(fromFault({Fault::part_too_small, "", "1"}).wire(), "EntityTooSmall");
}

}  // namespace
}  // namespace cairn::s3::test
