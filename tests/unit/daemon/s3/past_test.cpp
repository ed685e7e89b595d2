// x-cairn-at through the door: who reads a bucket's past, and how it is named.
#include "rig.h"

namespace cairn::s3::test {
namespace {

class S3Past : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(rig.request("PUT", "/bkt").status, 200);               // version 1
    ASSERT_EQ(rig.request("PUT", "/bkt/k", "one").status, 200);      // 2
    ASSERT_EQ(rig.request("PUT", "/bkt/k", "two two").status, 200);  // 3
    ASSERT_EQ(rig.request("PUT", "/bkt/l", "three").status, 200);    // 4
    ASSERT_EQ(rig.request("DELETE", "/bkt/k").status, 204);          // 5
  }
  Answered at(const std::string& moment, const std::string& target = "/bkt/k", const std::string& method = "GET",
              const std::string& owner = "alice") {
    return rig.request(method, target, {}, {{"x-cairn-at", moment}}, owner);
  }
  Rig rig;
};

TEST_F(S3Past, GetHeadAndListingsReadWhatWas) {
  EXPECT_EQ(rig.request("GET", "/bkt/k").code(), "NoSuchKey");
  const auto one = at("2");
  EXPECT_EQ(one.body, "one");
  EXPECT_EQ(one.header("x-cairn-version"), "2");
  EXPECT_EQ(at("3").body, "two two");
  EXPECT_EQ(at("3", "/bkt/k", "HEAD").header("Content-Length"), "7");
  EXPECT_EQ(at(one.header("x-cairn-root")).body, "one");
  EXPECT_EQ(at("1").code(), "NoSuchKey");
  EXPECT_EQ(at("5").code(), "NoSuchKey");
  for (const char* form : {"/bkt?list-type=2", "/bkt"}) {
    EXPECT_NE(at("4", form).body.find("<Key>k</Key>"), std::string::npos);
    EXPECT_NE(at("4", form).body.find("<Key>l</Key>"), std::string::npos);
    EXPECT_EQ(at("3", form).body.find("<Key>l</Key>"), std::string::npos);
  }
  const auto range = rig.request("GET", "/bkt/k", {}, {{"x-cairn-at", "3"}, {"Range", "bytes=4-"}});
  EXPECT_EQ(range.status, 206);
  EXPECT_EQ(range.body, "two");
  EXPECT_EQ(at("2099-01-01T00:00:00Z", "/bkt/l").body, "three");
}

TEST_F(S3Past, WhatTheHistoryDoesNotNameIsNoSuchVersion) {
  const std::string theirs = [&] {
    rig.request("PUT", "/other");
    rig.request("PUT", "/other/k", "secret");
    return at("2", "/other/k").header("x-cairn-root");
  }();
  ASSERT_FALSE(theirs.empty());
  for (const std::string& moment : {std::string("6"), std::string("2001-01-01T00:00:00Z"), theirs}) {
    const auto none = at(moment);
    EXPECT_EQ(none.status, 404) << moment;
    EXPECT_EQ(none.code(), "NoSuchVersion") << moment;
  }
  for (const char* bad : {"0", "yesterday", "2026-13-01T00:00:00Z", "bafy"})
    EXPECT_EQ(at(bad).code(), "InvalidArgument");
  EXPECT_EQ(rig.request("GET", "/bkt/k", {}, {{"x-cairn-at", "2"}, {"x-cairn-at", "3"}}).code(), "InvalidArgument");
  EXPECT_EQ(at("2", "/absent/k").code(), "NoSuchBucket");
}

TEST_F(S3Past, IsReadOnly) {
  for (const auto& [method, target] : std::vector<std::pair<std::string, std::string>>{{"PUT", "/bkt/k"},
                                                                                       {"DELETE", "/bkt/k"},
                                                                                       {"PUT", "/new"},
                                                                                       {"DELETE", "/bkt"},
                                                                                       {"POST", "/bkt/k?uploads"},
                                                                                       {"GET", "/bkt?uploads"},
                                                                                       {"GET", "/bkt/k?tagging"},
                                                                                       {"GET", "/bkt?versions"},
                                                                                       {"GET", "/"},
                                                                                       {"HEAD", "/bkt"}}) {
    const auto refused = at("2", target, method);
    EXPECT_EQ(refused.status, 400) << method << " " << target;
    if (method != "HEAD") EXPECT_EQ(refused.code(), "InvalidRequest") << method << " " << target;
  }
  EXPECT_EQ(rig.request("PUT", "/bkt/copy", {}, {{"x-cairn-at", "2"}, {"x-amz-copy-source", "/bkt/k"}}).code(),
            "InvalidRequest");
  EXPECT_EQ(rig.request("HEAD", "/new").status, 404);
}

TEST_F(S3Past, ItsOwnerBringsItBack) {
  const auto dry = rig.request("POST", "/bkt?cairn-restore&at=3&dry-run");
  ASSERT_EQ(dry.status, 200) << dry.body;
  EXPECT_NE(dry.body.find(R"("put":1)"), std::string::npos) << dry.body;
  EXPECT_NE(dry.body.find(R"("removed":1)"), std::string::npos) << dry.body;
  EXPECT_EQ(rig.request("GET", "/bkt/k").code(), "NoSuchKey");
  ASSERT_EQ(rig.request("POST", "/bkt?cairn-restore&at=3&prefix=k").status, 200);
  EXPECT_EQ(rig.request("GET", "/bkt/k").body, "two two");
  EXPECT_EQ(rig.request("GET", "/bkt/l").body, "three") << "not under the prefix";
  ASSERT_EQ(rig.request("POST", "/bkt?cairn-undo").status, 200);
  EXPECT_EQ(rig.request("GET", "/bkt/k").code(), "NoSuchKey") << "the restore was undone";
  ASSERT_EQ(rig.request("PUT", "/bkt/l", "since").status, 200);
  const auto undone = rig.request("POST", "/bkt?cairn-undo&version=4");
  EXPECT_NE(undone.body.find(R"("keptKeys":["l"])"), std::string::npos) << undone.body;
  EXPECT_EQ(rig.request("GET", "/bkt/l").body, "since");
}

TEST_F(S3Past, NobodyElseBringsItBack) {
  EXPECT_EQ(rig.request("POST", "/bkt?cairn-restore&at=3", {}, {}, "mallory").code(), "AccessDenied");
  EXPECT_EQ(rig.anonymous("POST", "/bkt?cairn-restore&at=3").code(), "AccessDenied");
  EXPECT_EQ(rig.request("POST", "/bkt?cairn-reconcile&at=3&base=2", {}, {}, "mallory").code(), "AccessDenied");
  EXPECT_EQ(rig.anonymous("POST", "/bkt?cairn-reconcile&at=3&base=2").code(), "AccessDenied");
  for (const auto& [target, code] :
       std::vector<std::pair<std::string, std::string>>{{"/bkt?cairn-restore", "InvalidArgument"},
                                                        {"/bkt?cairn-restore&at=99", "NoSuchVersion"},
                                                        {"/bkt?cairn-restore&at=3&cairn-undo", "InvalidRequest"},
                                                        {"/bkt?cairn-undo&version=0", "InvalidArgument"},
                                                        {"/bkt?cairn-undo&version=1", "NoSuchVersion"},
                                                        {"/bkt?cairn-adopt&race=1", "InvalidArgument"},
                                                        {"/bkt?cairn-adopt&race=x&key=k", "InvalidArgument"},
                                                        {"/bkt?cairn-adopt&race=1&key=k&prefix=k", "InvalidArgument"},
                                                        {"/bkt?cairn-adopt&race=1&key=k", "NoSuchVersion"},
                                                        {"/bkt?cairn-reconcile", "InvalidRequest"},
                                                        {"/bkt?cairn-reconcile&at=3&from=bkt", "InvalidRequest"},
                                                        {"/bkt?cairn-reconcile&at=3&base=x", "InvalidArgument"},
                                                        {"/bkt?cairn-reconcile&at=3&base=99", "NoSuchVersion"},
                                                        {"/bkt?cairn-reconcile&from=B", "InvalidBucketName"},
                                                        {"/bkt?cairn-reconcile&from=absent", "NoSuchBucket"},
                                                        {"/absent?cairn-undo", "NoSuchBucket"}})
    EXPECT_EQ(rig.request("POST", target).code(), code) << target;
  EXPECT_EQ(rig.request("POST", "/bkt?cairn-undo", "body").code(), "InvalidRequest");
  EXPECT_EQ(rig.request("GET", "/bkt/k").code(), "NoSuchKey");
}

TEST_F(S3Past, AnOpenedBucketDoesNotOpenItsPast) {
  const std::string policy =
      R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":["s3:GetObject","s3:ListBucket"],)"
      R"("Resource":["arn:aws:s3:::bkt","arn:aws:s3:::bkt/*"]}]})";
  ASSERT_EQ(rig.request("PUT", "/bkt?policy", policy).status, 204);
  ASSERT_EQ(rig.anonymous("GET", "/bkt/l").body, "three");
  ASSERT_EQ(rig.request("GET", "/bkt/l", {}, {}, "mallory").body, "three");
  for (const char* moment : {"2", "6", "4"}) {
    EXPECT_EQ(at(moment, "/bkt/l", "GET", "mallory").code(), "AccessDenied") << moment;
    EXPECT_EQ(at(moment, "/bkt?list-type=2", "GET", "mallory").code(), "AccessDenied") << moment;
    EXPECT_EQ(rig.anonymous("GET", "/bkt/l", {{"x-cairn-at", moment}}).code(), "AccessDenied") << moment;
  }
  EXPECT_EQ(at("2").body, "one") << "the owner still reads it";
}

}  // namespace
}  // namespace cairn::s3::test
