// Session policies: what becomes which scope, and what is refused with which words.
#include "daemon/s3/policy.h"

#include <gtest/gtest.h>

namespace cairn::s3 {
namespace {

using identity::Scope;
using enum identity::Operation;

std::string policy(const std::string& statements) {
  return R"({"Version":"2012-10-17","Statement":)" + statements + "}";
}
std::string allow(const std::string& actions, const std::string& resources, const std::string& more = {}) {
  return policy(R"({"Effect":"Allow","Action":)" + actions + R"(,"Resource":)" + resources + more + "}");
}
const std::string kBucket = R"("arn:aws:s3:::bkt")", kKeys = R"("arn:aws:s3:::bkt/*")";
const std::string kBoth = "[" + kBucket + "," + kKeys + "]";

Scope scopeOf(const std::string& text) {
  auto scope = scopeOfPolicy(text);
  EXPECT_TRUE(scope) << text << ": " << (scope ? "" : scope.error().message);
  return scope ? *scope : Scope();
}
std::string complaint(const std::string& text) {
  auto scope = scopeOfPolicy(text);
  EXPECT_FALSE(scope) << text;
  return scope ? "" : scope.error().message;
}

TEST(Policy, EachActionIsItsOperation) {
  const Scope scope = scopeOf(allow(R"(["s3:GetObject","S3:putobject"])", R"("arn:aws:s3:::bkt/p/*")"));
  EXPECT_TRUE(scope.allows(read, "bkt", "p/x") && scope.allows(write, "bkt", "p/x"));
  EXPECT_FALSE(scope.allows(read, "bkt", "p") || scope.allows(remove, "bkt", "p/x") || scope.allows(read, "c", "p/x"));
  EXPECT_FALSE(scope.allowsList("bkt", "p/"));
  EXPECT_TRUE(scopeOf(allow(R"("s3:DeleteObject")", kKeys)).allows(remove, "bkt", "x"));
  EXPECT_TRUE(scopeOf(allow(R"("s3:ListBucket")", kBucket)).allowsList("bkt", ""));
  EXPECT_FALSE(scopeOf(allow(R"("s3:ListBucket")", kBucket)).allows(read, "bkt", "x"));
}

TEST(Policy, KeysAreNotTheBucket) {
  const Scope keys = scopeOf(allow(R"(["s3:PutObject","s3:DeleteObject"])", kKeys));
  EXPECT_TRUE(keys.allows(write, "bkt", "x") && keys.allows(remove, "bkt", "x"));
  EXPECT_FALSE(keys.allows(write, "bkt", "") || keys.allows(remove, "bkt", ""))
      << "making and deleting it was not allowed";
  const Scope made = scopeOf(allow(R"(["s3:PutObject","s3:DeleteObject","s3:CreateBucket"])", kBoth));
  EXPECT_TRUE(made.allows(write, "bkt", "") && made.allows(write, "bkt", "x") && made.allows(remove, "bkt", "x"));
  EXPECT_FALSE(made.allows(remove, "bkt", ""));
  EXPECT_NE(complaint(allow(R"("s3:CreateBucket")", kBucket)).find("s3:PutObject"), std::string::npos);
  EXPECT_NE(complaint(allow(R"("s3:*")", kBucket)).find("s3:CreateBucket"), std::string::npos);
  EXPECT_EQ(identity::intersection(Scope::everything(), keys).value(), keys) << "also when it narrows everything";
}

TEST(Policy, EverythingIsSaidInTwoWays) {
  EXPECT_EQ(scopeOf(allow(R"("s3:*")", R"("*")")), Scope::everything());
  EXPECT_EQ(scopeOf(allow(R"("*")", R"("arn:aws:s3:::*")")), Scope::everything());
  const Scope one = scopeOf(allow(R"("s3:*")", kBoth));
  EXPECT_EQ(one, *Scope::make({{"bkt", "", identity::Operations::all()}}));
  const Scope keys = scopeOf(allow(R"("s3:*")", kKeys));
  EXPECT_FALSE(keys.allowsList("bkt", "") || keys.allows(write, "bkt", ""));
  EXPECT_TRUE(keys.allows(read, "bkt", "k") && keys.allows(remove, "bkt", "k"));
}

TEST(Policy, StatementsAddUp) {
  const Scope scope =
      scopeOf(policy(R"([{"Sid":"1","Effect":"Allow","Action":"s3:ListBucket","Resource":)" + kBucket +
                     R"(},{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::bkt/a*"}])"));
  EXPECT_TRUE(scope.allowsList("bkt", "") && scope.allows(read, "bkt", "ab"));
  EXPECT_FALSE(scope.allows(read, "bkt", "b") || scope.allows(write, "bkt", "ab"));
}

TEST(Policy, ListingIsHeldToAPrefix) {
  auto listing = [](const std::string& condition) {
    return allow(R"("s3:ListBucket")", kBucket, R"(,"Condition":)" + condition);
  };
  const Scope scope = scopeOf(listing(R"({"StringLike":{"s3:prefix":["a/*","a/","b/c*"]}})"));
  EXPECT_TRUE(scope.allowsList("bkt", "a/") && scope.allowsList("bkt", "a/x") && scope.allowsList("bkt", "b/cd"));
  EXPECT_FALSE(scope.allowsList("bkt", "") || scope.allowsList("bkt", "a") || scope.allowsList("bkt", "b/"));
  for (const char* condition :
       {R"({"StringLike":{"s3:prefix":""}})", R"({"StringLike":{"s3:prefix":"a/"}})",
        R"({"StringEquals":{"s3:prefix":"a/*"}})", R"({"StringLike":{"s3:prefix":"*"}})",
        R"({"StringLike":{"s3:prefix":"a*b*"}})", R"({"StringLike":{"s3:prefix":"${aws:username}/*"}})",
        R"({"StringLike":{"s3:delimiter":"/*"}})", R"({"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}})",
        R"({"StringLike":{"s3:prefix":"a/*"},"StringEquals":{"s3:prefix":"a/"}})", R"({"StringLike":{}})", R"({})",
        R"([])", R"({"StringLike":{"s3:prefix":[]}})", R"({"StringLike":{"s3:prefix":[1]}})"})
    EXPECT_NE(complaint(listing(condition)), "") << condition;
  EXPECT_NE(complaint(allow(R"(["s3:GetObject","s3:ListBucket"])", kBoth,
                            R"(,"Condition":{"StringLike":{"s3:prefix":"a/*"}})"))
                .find("only action"),
            std::string::npos);
}

TEST(Policy, WhatComesWithAnActionDoesNotComeAlone) {
  EXPECT_EQ(scopeOf(allow(R"(["s3:PutObject","s3:AbortMultipartUpload","s3:ListMultipartUploadParts"])", kKeys)),
            scopeOf(allow(R"("s3:PutObject")", kKeys)));
  EXPECT_EQ(scopeOf(allow(R"(["s3:ListBucket","s3:GetBucketLocation"])", kBucket)),
            scopeOf(allow(R"("s3:ListBucket")", kBucket)));
  EXPECT_NE(complaint(allow(R"("s3:AbortMultipartUpload")", kKeys)).find("s3:PutObject"), std::string::npos);
  EXPECT_NE(
      complaint(policy(R"([{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::bkt/p*"},)"
                       R"({"Effect":"Allow","Action":"s3:AbortMultipartUpload","Resource":"arn:aws:s3:::bkt/*"}])")),
      "");
}

TEST(Policy, WhatCannotBeSaidIsRefusedWithAReason) {
  const std::vector<std::pair<std::string, std::string>> refused = {
      {"", "no JSON"},
      {"[]", "not a JSON object"},
      {"{}", "Version"},
      {R"({"Version":"2008-10-17","Statement":[]})", "2012-10-17"},
      {R"({"Version":"2012-10-17"})", "Statement"},
      {policy("[]"), "Statement"},
      {policy(R"({"Effect":"Deny","Action":"s3:GetObject","Resource":"*"})"), "Allow"},
      {policy(R"({"Effect":"Allow","NotAction":"s3:GetObject","Resource":"*"})"), "NotAction"},
      {policy(R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Principal":"*"})"), "Principal"},
      {policy(R"({"Effect":"Allow","Effect":"Allow","Action":"s3:GetObject","Resource":"*"})"), "no JSON"},
      {allow(R"("s3:Get*")", kKeys), "s3:Get*"},
      {allow(R"("s3:PutBucketPolicy")", kBucket), "PutBucketPolicy"},
      {allow(R"("sts:AssumeRole")", kBucket), "sts:AssumeRole"},
      {allow("[]", kKeys), "Action"},
      {allow("1", kKeys), "Action"},
      {allow(R"("s3:GetObject")", "[]"), "Resource"},
      {allow(R"("s3:GetObject")", R"("arn:aws:s3:::bkt/one-key")"), "one key"},
      {allow(R"("s3:GetObject")", R"("arn:aws:s3:::bkt*")"), "in full"},
      {allow(R"("s3:GetObject")", R"("arn:aws:s3:::bkt/*/c*")"), "wildcard"},
      {allow(R"("s3:GetObject")", R"("arn:aws:s3:::bkt/a?*")"), "wildcard"},
      {allow(R"("s3:GetObject")", R"("arn:aws:s3:::bkt/${aws:userid}*")"), "variable"},
      {allow(R"("s3:GetObject")", R"("arn:aws:iam::bkt/*")"), "does not begin"},
      {allow(R"("s3:GetObject")", kBucket), "no effect"},
      {allow(R"("s3:ListBucket")", kKeys), "no effect"},
  };
  for (const auto& [text, why] : refused)
    EXPECT_NE(complaint(text).find(why), std::string::npos) << text << ": " << complaint(text);
}

std::string open(const std::string& actions, const std::string& resources, const std::string& principal = R"("*")") {
  return allow(actions, resources, ",\"Principal\":" + principal);
}
const std::string kGet = R"("s3:GetObject")", kList = R"("s3:ListBucket")";

TEST(BucketPolicy, OpensReadsUnderAPrefixAndListings) {
  const auto keys = openedBy(open(kGet, R"("arn:aws:s3:::bkt/p/*")", R"({"AWS":"*"})"), "bkt");
  ASSERT_TRUE(keys) << keys.error().message;
  EXPECT_TRUE(keys->allows(read, "bkt", "p/x"));
  EXPECT_FALSE(keys->allows(read, "bkt", "p") || keys->allows(read, "bkt", "q") || keys->allows(write, "bkt", "p/x"));
  EXPECT_FALSE(keys->allowsList("bkt", "p/") || keys->allows(read, "other", "p/x"));
  const auto both = openedBy(open("[" + kGet + "," + kList + "]", kBoth), "bkt");
  ASSERT_TRUE(both) << both.error().message;
  EXPECT_TRUE(both->allows(read, "bkt", "x") && both->allowsList("bkt", ""));
  EXPECT_FALSE(both->allows(write, "bkt", "x") || both->allows(remove, "bkt", "x") || both->allows(remove, "bkt", ""));
}

TEST(BucketPolicy, TakesNothingElse) {
  const auto complaint = [](const std::string& text) {
    auto opened = openedBy(text, "bkt");
    EXPECT_FALSE(opened) << text;
    return opened ? std::string() : opened.error().message;
  };
  EXPECT_NE(complaint(allow(kGet, kKeys)).find("Principal"), std::string::npos);
  for (const char* who : {R"({"AWS":"arn:aws:iam::1:root"})", R"({"Federated":"*"})", R"({"AWS":"*","Service":"x"})",
                          R"(["*"])", R"({"AWS":["*","b"]})", R"("")", "{}", "null"})
    EXPECT_NE(complaint(open(kGet, kKeys, who)).find("Principal"), std::string::npos) << who;
  for (const char* action : {R"("s3:PutObject")", R"("s3:*")", R"("*")", R"("s3:Get*")", R"("s3:GetObjectVersion")",
                             R"(["s3:GetObject","s3:DeleteObject"])"})
    complaint(open(action, kBoth));
  for (const char* resource :
       {R"("*")", R"("arn:aws:s3:::*")", R"("arn:aws:s3:::*/*")", R"("arn:aws:s3:::other/*")",
        R"("arn:aws:s3:::bkt/key")", R"("arn:aws:s3:::bkt/*/x*")", R"("arn:aws:s3:::bkt/${x}*")"})
    complaint(open(kGet, resource));
  EXPECT_NE(complaint(open(kGet, kBucket)).find("no effect"), std::string::npos);
  EXPECT_NE(complaint(open(kList, kKeys)).find("no effect"), std::string::npos);
  EXPECT_NE(complaint(allow(kList, kBucket, R"(,"Principal":"*","Condition":{"StringLike":{"s3:prefix":"a*"}})"))
                .find("Condition"),
            std::string::npos);
  complaint(policy(R"([{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bkt/*"}])"));
  for (const char* member : {"NotAction", "NotPrincipal", "NotResource"})
    complaint(allow(kGet, kKeys, ",\"Principal\":\"*\",\"" + std::string(member) + "\":\"x\""));
  complaint(open(kGet, kKeys) + std::string(kMaxPolicyBytes, ' '));
  EXPECT_FALSE(scopeOfPolicy(open(kGet, kKeys))) << "a session's policy has no Principal";
}

}  // namespace
}  // namespace cairn::s3
