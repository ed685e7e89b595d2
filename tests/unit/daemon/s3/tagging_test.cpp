// An object's tags, through the door.
#include "common/digest/digest.h"
#include "rig.h"

namespace cairn::s3::test {
namespace {

class S3Tagging : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(rig.request("PUT", "/bkt").status, 200);
    ASSERT_EQ(rig.request("PUT", "/bkt/k", "hello", {{"x-amz-meta-a", "1"}, {"x-amz-tagging", "old=1"}}).status, 200);
  }
  Answered tag(const std::string& set, const std::string& target = "/bkt/k?tagging") {
    return rig.request("PUT", target, "<Tagging><TagSet>" + set + "</TagSet></Tagging>");
  }
  std::string tags() { return rig.request("GET", "/bkt/k?tagging").body; }
  Rig rig;
};

std::string one(const std::string& key, const std::string& value) {
  return "<Tag><Key>" + key + "</Key><Value>" + value + "</Value></Tag>";
}
std::string times(std::size_t n, const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < n; ++i) out += text;
  return out;
}

TEST_F(S3Tagging, ReplacesReadsAndDeletesTags) {
  const auto before = rig.request("HEAD", "/bkt/k");
  const auto put = tag("\n " + one("a", "1") + "\n " + one("b &amp; c", ""));
  ASSERT_EQ(put.status, 200) << put.body;
  EXPECT_EQ(put.body, "");
  EXPECT_NE(tags().find("<TagSet>" + one("a", "1") + one("b &amp; c", "") + "</TagSet>"), std::string::npos) << tags();
  const auto after = rig.request("GET", "/bkt/k");
  EXPECT_EQ(after.body, "hello");
  EXPECT_EQ(after.header("x-amz-tagging-count"), "2");
  for (const char* same : {"ETag", "Last-Modified", "x-cairn-cid", "x-amz-meta-a"})
    EXPECT_EQ(after.header(same), before.header(same)) << same;
  EXPECT_EQ(rig.request("DELETE", "/bkt/k?tagging").status, 204);
  EXPECT_EQ(rig.request("HEAD", "/bkt/k").header("x-amz-tagging-count"), "");
  EXPECT_EQ(rig.request("DELETE", "/bkt/k?tagging").status, 204) << "deleting none is no error";
}

TEST_F(S3Tagging, SaysWhatIsNotThere) {
  EXPECT_EQ(tag(one("a", "1"), "/bkt/absent?tagging").code(), "NoSuchKey");
  EXPECT_EQ(rig.request("DELETE", "/bkt/absent?tagging").code(), "NoSuchKey");
  EXPECT_EQ(tag(one("a", "1"), "/no-such-bucket/k?tagging").code(), "NoSuchBucket");
  EXPECT_EQ(rig.request("PUT", "/bkt/k?tagging", "<Tagging><TagSet/></Tagging>", {}, "mallory").code(), "AccessDenied");
  EXPECT_EQ(tag(one("a", "1"), "/bkt/k?tagging&versionId=x").code(), "NoSuchVersion");
}

TEST_F(S3Tagging, TakesTagsUpToTheirLimitsAndRefusesMore) {
  const std::string umlaut = "\xC3\xA4";
  std::string ten;
  for (int i = 0; i < 10; ++i) ten += one(std::to_string(i), "v");
  EXPECT_EQ(tag(ten).status, 200);
  EXPECT_EQ(tag(one(times(128, umlaut), times(256, umlaut))).status, 200);
  const std::string kept = tags();
  EXPECT_EQ(tag(ten + one("10", "v")).code(), "BadRequest");
  EXPECT_EQ(tag(one(times(129, umlaut), "v")).code(), "InvalidTag");
  EXPECT_EQ(tag(one("k", times(257, umlaut))).code(), "InvalidTag");
  EXPECT_EQ(tag(one("", "v")).code(), "InvalidTag");
  EXPECT_EQ(tag(one("k", "1") + one("k", "2")).code(), "InvalidTag");
  EXPECT_EQ(tags(), kept);
}

TEST_F(S3Tagging, RefusesWhatIsNoTagging) {
  const std::string kept = tags();
  for (const char* bad :
       {"<Tagging/>", "<Other><TagSet/></Other>", "<Tagging><TagSet></Tagging>", "no xml",
        "<Tagging><TagSet/><TagSet/></Tagging>", "<Tagging><TagSet><Tag><Key>k</Key></Tag></TagSet></Tagging>",
        "<Tagging><TagSet><Other><Key>k</Key><Value>v</Value></Other></TagSet></Tagging>",
        "<Tagging><TagSet><Tag><Key>k</Key><Key>l</Key><Value>v</Value></Tag></TagSet></Tagging>",
        "<Tagging><TagSet><Tag><Key>\xFF</Key><Value>v</Value></Tag></TagSet></Tagging>"})
    EXPECT_EQ(rig.request("PUT", "/bkt/k?tagging", bad).code(), "MalformedXML") << bad;
  EXPECT_EQ(rig.request("PUT", "/bkt/k?tagging", "").code(), "MissingRequestBodyError");
  const std::string md5 = base64(digest(DigestAlgorithm::md5, asBytes(std::string("another body"))));
  EXPECT_EQ(rig.request("PUT", "/bkt/k?tagging", "<Tagging><TagSet/></Tagging>", {{"Content-MD5", md5}}).code(),
            "BadDigest");
  EXPECT_EQ(tags(), kept);
}

}  // namespace
}  // namespace cairn::s3::test
