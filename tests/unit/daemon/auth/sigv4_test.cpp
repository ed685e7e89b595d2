#include <gtest/gtest.h>

#include <ctime>

#include "common/digest/digest.h"
#include "tests_support.h"

namespace cairn::auth::testing {
namespace {

const std::string kSigned = "host;x-amz-content-sha256;x-amz-date";

/// A request with a right signature over what it holds now.
Request signedRequest(Request r, const std::string& signedHeaders = kSigned) {
  if (r.headers.empty())
    r.headers = {{"Host", "h"}, {"x-amz-date", "20130524T000000Z"}, {"x-amz-content-sha256", kEmptyHash}};
  r.set("Authorization", authorization(signedHeaders, std::string(64, '0')));
  std::vector<HeaderView> views;
  for (const auto& [name, value] : r.headers) views.push_back({name, value});
  const RequestView view{r.method, r.path, r.query, views};
  const auto claims = parseHeaderForm(view, *view.header("authorization"));
  EXPECT_TRUE(claims);
  const std::string canonical = r.method + "\n" + *canonicalPath(r.path) + "\n" +
                                canonicalQuery(*parseQuery(r.query), false) + "\n" + *canonicalHeaders(view, *claims) +
                                "\n" + signedHeaders + "\n" + claims->payloadHash;
  const auto key = signingKey(kSecret, "20130524", "us-east-1");
  r.set("Authorization",
        authorization(signedHeaders,
                      toHex(hmacSha256(key, stringToSign(claims->timestamp, claims->scope(), canonical)))));
  return r;
}

std::string outcomeOf(const Request& r, std::int64_t secondsLater = 0) {
  static const auto auth = authenticator();
  return outcome(authenticate(*auth, r, Timestamp(kMay2013.get() + secondsLater * 1000)));
}

TEST(SigV4, EveryFlippedBitOfASignatureIsRefused) {
  const Request good = signedRequest({});
  ASSERT_EQ(outcomeOf(good), "ok");
  const std::string text = good.headers.back().second;
  for (std::size_t i = text.size() - 64; i < text.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      Request bad = good;
      bad.headers.back().second[i] = static_cast<char>(text[i] ^ (1 << bit));
      EXPECT_NE(outcomeOf(bad), "ok") << i << " " << bit;
    }
  }
}

TEST(SigV4, ShorterOrLongerSignaturesAreRefused) {
  const Request good = signedRequest({});
  for (std::size_t cut = 1; cut <= 64; ++cut) {
    Request bad = good;
    bad.headers.back().second.resize(good.headers.back().second.size() - cut);
    EXPECT_EQ(outcomeOf(bad), "SignatureDoesNotMatch");
  }
  Request longer = good;
  longer.headers.back().second += "0";
  EXPECT_EQ(outcomeOf(longer), "SignatureDoesNotMatch");
}

TEST(SigV4, ClockSkewIsFifteenMinutes) {
  const Request r = signedRequest({});
  EXPECT_EQ(outcomeOf(r, 900), "ok");
  EXPECT_EQ(outcomeOf(r, -900), "ok");
  EXPECT_EQ(outcomeOf(r, 901), "RequestTimeTooSkewed");
  EXPECT_EQ(outcomeOf(r, -901), "RequestTimeTooSkewed");
  const auto late = authenticate(*authenticator(), r, Timestamp(kMay2013.get() + 1000000));
  EXPECT_NE(late.error().message.find("1000 s behind"), std::string::npos);
}

TEST(SigV4, RegionIsTheConfiguredOneOrUsEast1) {
  const Request r = signedRequest({});
  EXPECT_EQ(outcome(authenticate(*authenticator({.region = "eu-1"}), r, kMay2013)), "ok");
  Request other = r;
  auto& text = other.headers.back().second;
  text.replace(text.find("us-east-1"), 9, "mars-1");
  EXPECT_EQ(outcomeOf(other), "AuthorizationHeaderMalformed");
}

TEST(SigV4, PathsAreAcceptedHoweverTheClientSpelledThem) {
  // Signed over the canonical form; sent with other escapes of the same bytes.
  Request r = signedRequest({.path = "/b/a%20b%2Bc%E2%98%83~"});
  for (const char* path : {"/b/a%20b+c%e2%98%83~", "/b/a%20b%2bc\xE2\x98\x83%7E"}) {
    r.path = path;
    EXPECT_EQ(outcomeOf(r), "ok") << path;
  }
  for (const char* path :
       {"/b//a%20b%2Bc%E2%98%83~", "/b/./a%20b%2Bc%E2%98%83~", "/b/a+b%2Bc%E2%98%83~", "/b/a%2520b%2Bc%E2%98%83~"}) {
    r.path = path;
    EXPECT_EQ(outcomeOf(r), "SignatureDoesNotMatch") << path;
  }
  r.path = "/b/%zz";
  EXPECT_EQ(outcomeOf(r), "InvalidURI");
  r.query = "a=%4";
  EXPECT_EQ(outcomeOf(r), "InvalidURI");
}

TEST(SigV4, QueryOrderEmptyValuesAndPlus) {
  Request r = signedRequest({.query = "uploads&prefix=a%20b&x=&a=2&a=1"});
  for (const char* query : {"a=1&a=2&prefix=a+b&uploads=&x", "x=&&uploads&prefix=a%20b&a=2&a=1&"}) {
    r.query = query;
    EXPECT_EQ(outcomeOf(r), "ok") << query;
  }
  for (const char* query :
       {"a=1&a=2&prefix=a%2Bb&uploads&x", "a=1&prefix=a%20b&uploads&x", "A=1&a=2&prefix=a%20b&uploads&x"}) {
    r.query = query;
    EXPECT_EQ(outcomeOf(r), "SignatureDoesNotMatch") << query;
  }
}

TEST(SigV4, HeadersAreTrimmedCollapsedAndJoined) {
  Request r = signedRequest({.headers = {{"Host", "h"},
                                         {"x-amz-date", "20130524T000000Z"},
                                         {"x-amz-content-sha256", kEmptyHash},
                                         {"X-Amz-Meta-A", "one two"},
                                         {"x-amz-meta-a", "three"}}},
                            kSigned + ";x-amz-meta-a");
  ASSERT_EQ(outcomeOf(r), "ok");
  r.headers[3].second = "  one \t  two ";
  EXPECT_EQ(outcomeOf(r), "ok");
  std::swap(r.headers[3].second, r.headers[4].second);
  EXPECT_EQ(outcomeOf(r), "SignatureDoesNotMatch");
}

TEST(SigV4, UnsignedAmzHeadersAreRefused) {
  Request r = signedRequest({});
  r.headers.emplace_back("X-Amz-Copy-Source", "/victim/secret");
  EXPECT_EQ(outcomeOf(r), "AccessDenied");
  r.headers.back() = {"X-Cairn-Import-From", "/victim/secret"};
  EXPECT_EQ(outcomeOf(r), "AccessDenied");
  r.headers.back() = {"If-Match", "x"};
  EXPECT_EQ(outcomeOf(r), "ok");
  r.headers.back() = {"x-amz-security-token", "x"};
  EXPECT_EQ(outcomeOf(r), "InvalidToken");
}

TEST(SigV4, MissingSignedHeader) {
  Request r = signedRequest({});
  r.headers.erase(r.headers.begin());
  EXPECT_EQ(outcomeOf(r), "SignatureDoesNotMatch");
}

TEST(SigV4, TheDateHeaderServesWhereXAmzDateIsMissing) {
  Request r = signedRequest(
      {.headers = {{"Host", "h"}, {"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-content-sha256", kEmptyHash}}},
      "date;host;x-amz-content-sha256");
  EXPECT_EQ(outcomeOf(r), "ok");
  r.headers[1].second = "Fri, 31 Apr 2013 00:00:00 GMT";
  EXPECT_EQ(outcomeOf(r), "AccessDenied");
  r.headers.erase(r.headers.begin() + 1);
  EXPECT_EQ(outcomeOf(r), "AccessDenied");
}

TEST(SigV4, MalformedAuthorizationHeaders) {
  const std::string scope = std::string(kId) + "/20130524/us-east-1/s3/aws4_request";
  const std::string signature = ",Signature=" + std::string(64, '0');
  const std::pair<std::string, std::string> table[] = {
      {"AWS4-HMAC-SHA256", "AuthorizationHeaderMalformed"},
      {"AWS4-HMAC-SHA256 nonsense", "AuthorizationHeaderMalformed"},
      {"AWS4-HMAC-SHA256 Credential=" + scope + ",SignedHeaders=host", "AuthorizationHeaderMalformed"},
      {"AWS4-HMAC-SHA256 Credential=" + scope + ",Credential=" + scope + ",SignedHeaders=host" + signature,
       "AuthorizationHeaderMalformed"},
      {"AWS4-HMAC-SHA256 Credential=x,SignedHeaders=host" + signature, "AuthorizationHeaderMalformed"},
      {"AWS4-HMAC-SHA256 Credential=/20130524/us-east-1/s3/aws4_request,SignedHeaders=host" + signature,
       "AuthorizationHeaderMalformed"},
      {"AWS4-HMAC-SHA256 Credential=a/2013052/us-east-1/s3/aws4_request,SignedHeaders=host" + signature,
       "AuthorizationHeaderMalformed"},
      {"AWS4-HMAC-SHA256 Credential=a/20130525/us-east-1/s3/aws4_request,SignedHeaders=host" + signature,
       "AuthorizationHeaderMalformed"},
      {"AWS4-HMAC-SHA256 Credential=a/20130524/us-east-1/ec2/aws4_request,SignedHeaders=host" + signature,
       "AuthorizationHeaderMalformed"},
      {"AWS4-HMAC-SHA256 Credential=" + scope + ",SignedHeaders=date" + signature, "AuthorizationHeaderMalformed"},
      {"AWS4-HMAC-SHA256 Credential=" + scope + ",SignedHeaders=Host" + signature, "AuthorizationHeaderMalformed"},
      {"AWS4-HMAC-SHA256 Credential=" + scope + ",SignedHeaders=host;host" + signature, "AuthorizationHeaderMalformed"},
      {"AWS4-HMAC-SHA256 Credential=" + scope + ",SignedHeaders=host;" + signature, "AuthorizationHeaderMalformed"},
      {"AWS4-HMAC-SHA256 Credential=NOBODY/20130524/us-east-1/s3/aws4_request,SignedHeaders=host" + signature,
       "InvalidAccessKeyId"},
      {"AWS4-HMAC-SHA256 Credential=OFF/20130524/us-east-1/s3/aws4_request,SignedHeaders=host" + signature,
       "InvalidAccessKeyId"},
      {"AWS4-ECDSA-P256-SHA256 Credential=" + scope, "InvalidRequest"},
      {"AWS AKID:signature", "InvalidRequest"},
      {"Basic YTpi", "InvalidArgument"},
      {"", "InvalidArgument"},
  };
  for (const auto& [value, expected] : table) {
    Request r = signedRequest({});
    r.set("Authorization", value);
    EXPECT_EQ(outcomeOf(r), expected) << value;
  }
  Request twice = signedRequest({});
  twice.headers.push_back(twice.headers.back());
  EXPECT_EQ(outcomeOf(twice), "InvalidArgument");
  Request both = signedRequest({});
  both.query = "X-Amz-Signature=0";
  EXPECT_EQ(outcomeOf(both), "InvalidArgument");
}

TEST(SigV4, MalformedPresignedQueries) {
  const std::vector<std::pair<std::string, std::string>> good{
      {"X-Amz-Algorithm", "AWS4-HMAC-SHA256"},
      {"X-Amz-Credential", std::string(kId) + "%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"},
      {"X-Amz-Date", "20130524T000000Z"},
      {"X-Amz-Expires", "600"},
      {"X-Amz-SignedHeaders", "host"},
      {"X-Amz-Signature", std::string(64, '0')}};
  const auto send = [&](std::size_t at, const std::optional<std::string>& value) {
    Request r{.headers = {{"Host", "h"}}};
    for (std::size_t i = 0; i < good.size(); ++i)
      if (i != at || value) r.query += "&" + good[i].first + "=" + (i == at ? *value : good[i].second);
    return outcomeOf(r);
  };
  EXPECT_EQ(send(99, {}), "SignatureDoesNotMatch");
  EXPECT_EQ(send(0, "AWS4-HMAC-SHA1"), "AuthorizationQueryParametersError");
  for (std::size_t i = 0; i < good.size(); ++i) EXPECT_EQ(send(i, {}), "AuthorizationQueryParametersError") << i;
  for (const char* expires : {"0", "604801", "-1", "+5", "1e3", "", "99999999999999999999"})
    EXPECT_EQ(send(3, expires), "AuthorizationQueryParametersError") << expires;
  for (const char* date : {"20130524", "20131324T000000Z", "20130524T250000Z", "2013-05-24T00:00:00Z"})
    EXPECT_EQ(send(2, date), "AuthorizationQueryParametersError") << date;
  EXPECT_EQ(send(2, "20130525T000000Z"), "AuthorizationQueryParametersError") << "another day than the credential's";
  EXPECT_EQ(send(4, "host&X-Amz-Date=20130524T000000Z"), "AuthorizationQueryParametersError") << "twice";
  EXPECT_EQ(outcomeOf({.query = "AWSAccessKeyId=x&Signature=y&Expires=1"}), "InvalidRequest");
}

TEST(SigV4, PayloadHashesDecideTheBodyMode) {
  const auto mode = [&](const std::string& hash, const std::string& length) -> std::string {
    Request r{.headers = {{"Host", "h"}, {"x-amz-date", "20130524T000000Z"}, {"x-amz-content-sha256", hash}}};
    std::string names = kSigned;
    if (!length.empty()) {
      r.headers.emplace_back("x-amz-decoded-content-length", length);
      names += ";x-amz-decoded-content-length";
    }
    const auto caller = authenticate(*authenticator(), signedRequest(r, names), kMay2013);
    if (!caller) return outcome(caller);
    return std::to_string(static_cast<int>(caller->body.mode)) + (caller->body.signing ? " signed" : "");
  };
  EXPECT_EQ(mode(kEmptyHash, ""), "1");
  EXPECT_EQ(mode("UNSIGNED-PAYLOAD", ""), "2");
  EXPECT_EQ(mode("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "5"), "3 signed");
  EXPECT_EQ(mode("STREAMING-UNSIGNED-PAYLOAD-TRAILER", "5"), "4");
  EXPECT_EQ(mode("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "5"), "5 signed");
  EXPECT_EQ(mode("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", ""), "MissingContentLength");
  EXPECT_EQ(mode("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "-5"), "MissingContentLength");
  EXPECT_EQ(mode("abc", ""), "InvalidArgument");
  Request without{.headers = {{"Host", "h"},
                              {"x-amz-date", "20130524T000000Z"},
                              {"Authorization", authorization("host", std::string(64, '0'))}}};
  EXPECT_EQ(outcomeOf(without), "MissingSecurityHeader");
}

TEST(SigV4, NobodyIsAnonymous) {
  const auto caller = authenticate(*authenticator(), {.headers = {{"Host", "h"}}}, kMay2013);
  ASSERT_TRUE(caller);
  EXPECT_TRUE(caller->anonymous);
  EXPECT_TRUE(caller->owner.get().empty());
  EXPECT_EQ(caller->body.mode, BodyMode::none);
}

TEST(SigV4, CredentialsThatCannotWorkAreRefusedAtStart) {
  EXPECT_FALSE(StaticCredentials::make({{"", "s", OwnerId("o")}}));
  EXPECT_FALSE(StaticCredentials::make({{"a", "", OwnerId("o")}}));
  EXPECT_FALSE(StaticCredentials::make({{"a", "s", OwnerId("")}}));
  EXPECT_FALSE(StaticCredentials::make({{"a/b", "s", OwnerId("o")}}));
  EXPECT_FALSE(StaticCredentials::make({{"JWT:x", "s", OwnerId("o")}}));
  EXPECT_FALSE(StaticCredentials::make({{"a", "s", OwnerId("o")}, {"a", "t", OwnerId("o")}}));
}

TEST(SigV4, CostsMicroseconds) {
  const auto auth = authenticator();
  const Request r = signedRequest({.method = "PUT", .path = "/bucket/some/longer/key/name-0001.bin"});
  std::vector<HeaderView> headers;
  for (const auto& [name, value] : r.headers) headers.push_back({name, value});
  headers.push_back({"User-Agent", "aws-cli/2.0"});
  headers.push_back({"Content-Length", "4096"});
  const RequestView view{r.method, r.path, r.query, headers};
  constexpr int kRounds = 20000;
  const std::clock_t start = std::clock();
  for (int i = 0; i < kRounds; ++i) ASSERT_TRUE(auth->authenticate(view, kMay2013));
  const double microseconds = static_cast<double>(std::clock() - start) * 1e6 / CLOCKS_PER_SEC / kRounds;
  std::printf("authenticate: %.2f us of processor time\n", microseconds);
}

}  // namespace
}  // namespace cairn::auth::testing
