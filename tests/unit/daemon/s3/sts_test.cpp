// What STS is asked, and how a session is narrowed by it.
#include "daemon/s3/sts.h"

#include <gtest/gtest.h>

#include "common/base/url.h"

namespace cairn::s3 {
namespace {

using identity::Operation;
using identity::Scope;

constexpr std::int64_t kNow = 1'800'000'000;

std::string codeOf(const std::string& form) {
  auto read = StsForm::read(form);
  return read ? std::string(read->action()) : std::string(read.error().code);
}

http::Request posted(const std::string& target, const std::string& type, const std::string& authorization = {}) {
  http::Request request;
  request.method = "POST";
  request.setTarget(target);
  if (!type.empty()) request.headers.add("Content-Type", type);
  if (!authorization.empty()) request.headers.add("Authorization", authorization);
  return request;
}

TEST(Sts, WantsFormsThatAreUnsignedOrSignedForIt) {
  const std::string form = "application/x-www-form-urlencoded";
  const std::string credential = "AWS4-HMAC-SHA256 Credential=AK/20261123/us-east-1/";
  EXPECT_TRUE(Sts::wants(posted("/", form)));
  EXPECT_TRUE(Sts::wants(posted("/", "Application/X-WWW-Form-URLencoded; charset=utf-8")));
  EXPECT_TRUE(Sts::wants(posted("/", form, credential + "sts/aws4_request, SignedHeaders=host, Signature=0")));
  EXPECT_FALSE(Sts::wants(posted("/", form, credential + "s3/aws4_request, SignedHeaders=host, Signature=0")));
  EXPECT_FALSE(Sts::wants(posted("/", form, "Bearer token")));
  EXPECT_FALSE(Sts::wants(posted("/", "")));
  EXPECT_FALSE(Sts::wants(posted("/bucket", form)));
  EXPECT_FALSE(Sts::wants(posted("/?delete", form)));
  http::Request get = posted("/", form);
  get.method = "GET";
  EXPECT_FALSE(Sts::wants(get));
}

TEST(Sts, ReadsWhatItsActionsHaveAndNothingElse) {
  EXPECT_EQ(codeOf("Action=AssumeRole&Version=2011-06-15&RoleArn=a&RoleSessionName=b&Policy=%7B%7D"), "AssumeRole");
  EXPECT_EQ(codeOf("Action=AssumeRoleWithWebIdentity&WebIdentityToken=t&ProviderId=p"), "AssumeRoleWithWebIdentity");
  EXPECT_EQ(codeOf(""), "InvalidAction");
  EXPECT_EQ(codeOf("Action=GetCallerIdentity"), "InvalidAction");
  EXPECT_EQ(codeOf("Action=assumerole"), "InvalidAction");
  EXPECT_EQ(codeOf("Action=AssumeRole&Action=AssumeRole"), "MalformedInput");
  EXPECT_EQ(codeOf("Action=AssumeRole&Policy=%zz"), "MalformedInput");
  EXPECT_EQ(codeOf("Action=AssumeRole&WebIdentityToken=t"), "ValidationError");
  EXPECT_EQ(codeOf("Action=AssumeRole&PolicyArns.member.1.arn=a"), "ValidationError");
  for (const char* seconds : {"899", "43201", "-1", "x", "1e3", "3600 "})
    EXPECT_EQ(codeOf(std::string("Action=AssumeRole&DurationSeconds=") + seconds), "ValidationError") << seconds;
  EXPECT_EQ(StsForm::read("Action=AssumeRole")->seconds(), 3600);
  EXPECT_EQ(StsForm::read("Action=AssumeRole&DurationSeconds=900")->seconds(), 900);
}

auth::Session widest(std::int64_t expires, std::optional<Scope> scope = std::nullopt) {
  auth::Session session;
  session.owner = OwnerId("alice");
  session.issued = kNow - 10;
  session.expires = expires;
  session.role = identity::TokenRole::operator_;
  session.scope = std::move(scope);
  return session;
}

StsResult<auth::Session> asked(auth::Session session, const std::string& policy = {}) {
  const std::string form =
      "Action=AssumeRole&DurationSeconds=900" + (policy.empty() ? "" : "&Policy=" + uriEncode(policy));
  return narrowed(std::move(session), *StsForm::read(form), Timestamp(kNow * 1000));
}

std::string reading(const std::string& resource) {
  return R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::)" +
         resource + R"("}})";
}

TEST(Sts, ASessionIsNeverLongerThanItsSource) {
  EXPECT_EQ(asked(widest(0))->expires, kNow + 900) << "a key without an end";
  EXPECT_EQ(asked(widest(kNow + 5))->expires, kNow + 5);
  EXPECT_EQ(asked(widest(kNow + 5000))->expires, kNow + 900);
  EXPECT_EQ(asked(widest(0))->issued, kNow - 10) << "so that a revocation ends it";
}

TEST(Sts, ASessionIsNeverWiderThanItsSource) {
  EXPECT_EQ(asked(widest(0))->role, identity::TokenRole::operator_);
  auto narrow = asked(widest(0), reading("photos/2026/*"));
  ASSERT_TRUE(narrow && narrow->scope);
  EXPECT_EQ(narrow->role, identity::TokenRole::storage);
  EXPECT_TRUE(narrow->scope->allows(Operation::read, "photos", "2026/1"));
  EXPECT_FALSE(narrow->scope->allows(Operation::write, "photos", "2026/1"));
  const Scope own = *Scope::make({{"photos", "2026/a", {Operation::read}}, {"other", "", identity::Operations::all()}});
  narrow = asked(widest(0, own), reading("photos/*"));
  ASSERT_TRUE(narrow);
  EXPECT_EQ(*narrow->scope, *Scope::make({{"photos", "2026/a", {Operation::read}}}));
  EXPECT_TRUE(own.covers(*narrow->scope));
  EXPECT_EQ(asked(widest(0, own), reading("photos/2025/*")).error().code, "AccessDenied");
  EXPECT_EQ(asked(widest(0, own), reading("photos/one")).error().code, "MalformedPolicyDocument");
  EXPECT_EQ(asked(widest(0), reading("photos/*") + std::string(2048, ' ')).error().code, "PackedPolicyTooLarge");
}

TEST(Sts, RefusalsHaveTheNamesThatToolsKnow) {
  using enum auth::AuthFailure;
  auto code = [](auth::AuthFailure failure, std::string_view action) {
    const StsError error = fromAuthError(auth::refuse(failure, "why"), action);
    return std::to_string(error.status) + " " + std::string(error.code);
  };
  EXPECT_EQ(code(unavailable, kAssumeRole), "503 ServiceUnavailable");
  EXPECT_EQ(code(unavailable, kWithWebIdentity), "503 ServiceUnavailable");
  EXPECT_EQ(code(invalid_access_key_id, kAssumeRole), "403 InvalidClientTokenId");
  EXPECT_EQ(code(signature_does_not_match, kAssumeRole), "403 SignatureDoesNotMatch");
  EXPECT_EQ(code(expired_token, kAssumeRole), "400 ExpiredToken");
  EXPECT_EQ(code(token_expired, kWithWebIdentity), "400 ExpiredTokenException");
  EXPECT_EQ(code(token_refused, kWithWebIdentity), "400 InvalidIdentityToken");
}

}  // namespace
}  // namespace cairn::s3
