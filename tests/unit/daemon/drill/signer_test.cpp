// The signer against Amazon's published signatures and against the authenticator that masters use.
#include "daemon/drill/signer.h"

#include <gtest/gtest.h>

#include "daemon/auth/authenticator.h"
#include "daemon/auth/body_receiver.h"

namespace cairn::drill {
namespace {

constexpr const char* kId = "AKIAIOSFODNN7EXAMPLE";
constexpr const char* kSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const Timestamp kMay2013{std::int64_t{1369353600} * 1000};  // 20130524T000000Z

std::string signatureOf(const std::string& target) {
  http::ClientRequest request;
  request.target = target;
  Signer({kId, kSecret, "us-east-1"}).sign(request, "examplebucket.s3.amazonaws.com", kMay2013);
  const std::string field(request.headers.find("Authorization").value_or(""));
  EXPECT_NE(field.find("SignedHeaders=host;x-amz-content-sha256;x-amz-date,"), std::string::npos) << field;
  return field.substr(field.rfind('=') + 1);
}

TEST(Signer, MakesTheSignaturesThatAmazonPublishes) {
  EXPECT_EQ(signatureOf("/?lifecycle"), "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
  EXPECT_EQ(signatureOf("/?max-keys=2&prefix=J"), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
  EXPECT_EQ(signatureOf("/?prefix=J&max-keys=2"), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

auth::AuthResult<auth::Caller> authenticated(const http::ClientRequest& request, Timestamp now) {
  auto keys = auth::StaticCredentials::make({{kId, kSecret, OwnerId("alice"), true}});
  const auth::Authenticator authenticator({}, std::make_shared<auth::StaticCredentials>(std::move(*keys)));
  std::vector<auth::HeaderView> headers;
  for (const http::Header field : request.headers) headers.push_back({field.name, field.value});
  const std::string_view target = request.target;
  const std::size_t mark = std::min(target.find('?'), target.size());
  return authenticator.authenticate(
      {request.method, target.substr(0, mark), target.substr(std::min(mark + 1, target.size())), headers}, now);
}

http::ClientRequest signedPut() {
  http::ClientRequest request;
  request.method = "PUT";
  request.target = "/bucket/a%20key/%C3%A4/$x";
  request.body = toBytes(asBytes("some bytes"));
  request.headers.add("If-None-Match", "*");
  request.headers.add("X-Amz-Meta-Two", "a   b");
  request.headers.add("Content-MD5", "ignored here");
  Signer({kId, kSecret, "us-east-1"}).sign(request, "127.0.0.1:9000", kMay2013);
  return request;
}

TEST(Signer, IsAcceptedByTheMasters) {
  const auto request = signedPut();
  const auto caller = authenticated(request, kMay2013);
  ASSERT_TRUE(caller) << caller.error().message;
  EXPECT_EQ(caller->owner, OwnerId("alice"));
  auth::BodyReceiver receiver(caller->body);
  std::vector<BytesView> out;
  ASSERT_TRUE(receiver.feed(request.body, out));
  EXPECT_TRUE(receiver.finish());
}

TEST(Signer, CoversMethodTargetFieldsAndBody) {
  auto other = signedPut();
  other.method = "GET";
  EXPECT_FALSE(authenticated(other, kMay2013));
  other = signedPut();
  other.target += "y";
  EXPECT_FALSE(authenticated(other, kMay2013));
  other = signedPut();
  other.headers.set("X-Amz-Meta-Two", "a c");
  EXPECT_FALSE(authenticated(other, kMay2013));
  other = signedPut();
  other.headers.set("Content-MD5", "another");
  EXPECT_FALSE(authenticated(other, kMay2013));
  EXPECT_FALSE(authenticated(signedPut(), Timestamp(kMay2013.get() + std::int64_t{3'600'000})));
}

TEST(Signer, SignsAgainWhatWasSignedBefore) {
  auto request = signedPut();
  Signer({kId, kSecret, "us-east-1"}).sign(request, "127.0.0.1:9000", Timestamp(kMay2013.get() + 3'600'000));
  EXPECT_TRUE(authenticated(request, Timestamp(kMay2013.get() + std::int64_t{3'600'000})));
  EXPECT_EQ(request.headers.findAll("Authorization").size(), 1U);
}

}  // namespace
}  // namespace cairn::drill
