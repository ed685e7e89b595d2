// DeleteObjects through the door: each key is answered for itself, as S3 does, and a list that is no list does nothing.
#include "common/digest/digest.h"
#include "rig.h"

namespace cairn::s3::test {
namespace {

class S3DeleteMany : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(rig.request("PUT", "/bkt").status, 200);
    for (const char* key : {"a", "b", "c"})
      ASSERT_EQ(rig.request("PUT", std::string("/bkt/") + key, "hello").status, 200);
  }
  Answered remove(const std::string& objects) {
    const std::string xml = "<Delete>" + objects + "</Delete>";
    return rig.request("POST", "/bkt?delete", xml,
                       {{"Content-MD5", base64(digest(DigestAlgorithm::md5, asBytes(xml)))}});
  }
  /// Which of a, b and c are still there.
  std::string left() {
    std::string keys;
    for (const char* key : {"a", "b", "c"})
      if (rig.request("HEAD", std::string("/bkt/") + key).status == 200) keys += key;
    return keys;
  }
  Rig rig;
};

std::string object(const std::string& key, const std::string& more = {}) {
  return "<Object><Key>" + key + "</Key>" + more + "</Object>";
}

/// "Key: Code" of each Error, and the keys Deleted, in the order of the answer.
std::string verdicts(const std::string& body) {
  std::string out;
  const auto textOf = [&](std::size_t from, const std::string& name) {
    const auto at = body.find("<" + name + ">", from) + name.size() + 2;
    return body.substr(at, body.find('<', at) - at);
  };
  for (std::size_t at = 0; (at = body.find_first_of('<', at)) != std::string::npos; ++at) {
    if (body.compare(at, 9, "<Deleted>") == 0) out += "deleted " + textOf(at, "Key") + "; ";
    if (body.compare(at, 7, "<Error>") == 0) out += textOf(at, "Key").substr(0, 8) + ": " + textOf(at, "Code") + "; ";
  }
  return out;
}

TEST_F(S3DeleteMany, ARefusedKeyLeavesTheOthersToTheirFate) {
  const std::string md5 = "5d41402abc4b2a76b9719d911017c592";
  const struct {
    std::string refused, verdict;
  } rows[] = {
      {object(""), ": InvalidRequest; "},
      {object(std::string(1025, 'k')), "kkkkkkkk: KeyTooLongError; "},
      {object("b", "<ETag>\"00000000000000000000000000000000\"</ETag>"), "b: PreconditionFailed; "},
      {object("absent", "<ETag>" + md5 + "</ETag>"), "absent: NoSuchKey; "},
      {object("b", "<VersionId>7</VersionId>"), "b: NoSuchVersion; "},
      {object("b", "<Size>5</Size>"), "b: NotImplemented; "},
      // A condition that is there and says nothing must not become no condition.
      {object("b", "<ETag> </ETag>"), "b: MalformedXML; "},
      {object("b", "<ETag></ETag>"), "b: MalformedXML; "},
      {object("b", "<ETag/>"), "b: MalformedXML; "},
  };
  for (const auto& row : rows) {
    ASSERT_EQ(rig.request("PUT", "/bkt/a", "hello").status, 200);
    ASSERT_EQ(rig.request("PUT", "/bkt/c", "hello").status, 200);
    const Answered answer = remove(object("a") + row.refused + object("c", "<ETag>" + md5 + "</ETag>"));
    EXPECT_EQ(answer.status, 200) << row.refused;
    EXPECT_EQ(verdicts(answer.body), "deleted a; " + row.verdict + "deleted c; ") << row.refused;
    EXPECT_EQ(left(), "b") << row.refused;
  }
}

TEST_F(S3DeleteMany, AListThatIsNoneDeletesNothing) {
  std::string many = object("a");
  for (int i = 0; i < 1000; ++i) many += object("k");
  for (const std::string& list : {many, object("a") + "<Object/>", object("a") + "<Object><Ke>b</Ke></Object>"}) {
    const Answered answer = remove(list);
    EXPECT_EQ(answer.status, 400);
    EXPECT_EQ(answer.code(), "MalformedXML");
    EXPECT_EQ(left(), "abc");
  }
}

TEST_F(S3DeleteMany, AThousandAreTakenAndTheQuietHearOfRefusalsAlone) {
  std::string list = "<Quiet>true</Quiet>" + object("a") + object("b", "<VersionId>7</VersionId>");
  for (int i = 2; i < 1000; ++i) list += object("k" + std::to_string(i));
  const Answered answer = remove(list);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(verdicts(answer.body), "b: NoSuchVersion; ");
  EXPECT_EQ(left(), "bc");
}

}  // namespace
}  // namespace cairn::s3::test
