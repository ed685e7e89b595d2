#include <gtest/gtest.h>

#include "common/digest/base64.h"
#include "daemon/auth/jwt.h"
#include "tests_support.h"

namespace cairn::auth::testing {
namespace {

const std::string kJwtSecret = "a-secret-of-thirty-two-bytes-len";
const std::string kHeader = R"({"alg":"HS256","typ":"JWT"})";

std::string sign(const std::string& signingInput, const std::string& secret = kJwtSecret) {
  return signingInput + "." + base64Url(hmacSha256(asBytes(secret), signingInput));
}

std::string token(const std::string& claims, const std::string& header = kHeader,
                  const std::string& secret = kJwtSecret) {
  return sign(base64Url(asBytes(header)) + "." + base64Url(asBytes(claims)), secret);
}

const Timestamp kNow{std::int64_t{1700000000} * 1000};

/// The owner, or the S3 code of a refusal, which is a 403.
std::string check(const std::string& text, const JwtRules& rules = {}) {
  const JwtKey key{kJwtSecret};
  const auto identity = verifyJwt(text, {.own = {&key, 1}}, rules, kNow);
  if (identity) return identity->owner.get();
  EXPECT_EQ(httpStatus(identity.error().failure), 403) << text;
  return std::string(s3Code(identity.error().failure));
}

TEST(Jwt, Rfc7515AppendixA1Verifies) {
  const auto key =
      fromBase64Url("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
  const std::string text =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ."
      "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  const JwtKey secret{asText(*key)};
  const JwtKeys keys{.own = {&secret, 1}};
  const auto before = verifyJwt(text, keys, {}, Timestamp(std::int64_t{1300819379} * 1000));
  EXPECT_NE(before.error().message.find("sub"), std::string::npos)
      << "the signature is right; the example has no subject";
  EXPECT_EQ(verifyJwt(text, keys, {}, Timestamp(std::int64_t{1300819380} * 1000)).error().failure,
            AuthFailure::token_expired);
}

TEST(Jwt, ClaimsTable) {
  const std::pair<std::string, std::string> table[] = {
      {R"({"sub":"alice"})", "alice"},
      {R"({"sub":"alice","exp":1700000001,"iat":1700000300,"nbf":1700000300})", "alice"},
      {R"({"sub":"alice","exp":1.7000000015e9})", "alice"},
      {R"({"sub":"\u00e9\ud83d\ude00"})", "\u00e9\U0001f600"},
      {R"({"sub":"alice","exp":1700000000})", "ExpiredToken"},
      {R"({"sub":"alice","exp":0})", "ExpiredToken"},
      {R"({"sub":"alice","exp":"1800000000"})", "InvalidToken"},
      {R"({"sub":"alice","exp":null})", "InvalidToken"},
      {R"({"sub":"alice","exp":-1})", "InvalidToken"},
      {R"({"sub":"alice","exp":1e99})", "InvalidToken"},
      {R"({"sub":"alice","iat":1700000301})", "InvalidToken"},
      {R"({"sub":"alice","nbf":1700000301})", "InvalidToken"},
      {R"({})", "InvalidToken"},
      {R"({"sub":""})", "InvalidToken"},
      {R"({"sub":7})", "InvalidToken"},
      {R"({"sub":"a\u0000b"})", "InvalidToken"},
      {R"({"sub":"a\nb"})", "InvalidToken"},
      {R"({"sub":")" + std::string(257, 'a') + R"("})", "InvalidToken"},
      {R"({"sub":"0x52908400098527886E0F7030069857D2E4169EE7"})", "InvalidToken"},
      {R"({"sub":"0X52908400098527886e0f7030069857d2e4169ee7"})", "InvalidToken"},
      {R"({"sub":"0x52908400098527886E0F7030069857D2E4169EE"})", "0x52908400098527886E0F7030069857D2E4169EE"},
      {R"({"sub":"alice","sub":"bob"})", "InvalidToken"},
      {R"({"sub":"alice","s\u0075b":"bob"})", "InvalidToken"},
      {R"({"sub":"alice","x":{"a":1,"a":2}})", "InvalidToken"},
      {R"(["alice"])", "InvalidToken"},
      {R"({"sub":"alice"}x)", "InvalidToken"},
      {R"({"sub":"alice",})", "InvalidToken"},
      {R"({'sub':'alice'})", "InvalidToken"},
      {"{\"sub\":\"a\xff\"}", "InvalidToken"},
      {"", "InvalidToken"},
  };
  for (const auto& [claims, expected] : table) EXPECT_EQ(check(token(claims)), expected) << claims;
}

TEST(Jwt, HeaderTable) {
  const std::string claims = R"({"sub":"alice"})";
  const std::pair<std::string, std::string> table[] = {
      {R"({"alg":"HS256"})", "alice"},
      {R"({"alg":"HS256","typ":"jwt"})", "alice"},
      {R"({"alg":"HS256","kid":"any"})", "alice"},
      {R"({"alg":"none"})", "InvalidToken"},
      {R"({"alg":"None"})", "InvalidToken"},
      {R"({"alg":"hs256"})", "InvalidToken"},
      {R"({"alg":"HS512"})", "InvalidToken"},
      {R"({"alg":"RS256"})", "InvalidToken"},
      {R"({"alg":["HS256"]})", "InvalidToken"},
      {R"({"alg":"none","alg":"HS256"})", "InvalidToken"},
      {R"({"typ":"JWT"})", "InvalidToken"},
      {R"({"alg":"HS256","typ":"JWE"})", "InvalidToken"},
      {R"({"alg":"HS256","kid":7})", "InvalidToken"},
      {R"({"alg":"HS256","crit":["exp"]})", "InvalidToken"},
  };
  for (const auto& [header, expected] : table) EXPECT_EQ(check(token(claims, header)), expected) << header;
}

TEST(Jwt, Configuration) {
  EXPECT_EQ(check(token(R"({"sub":"a","aud":"cairn"})"), {.audience = "cairn"}), "a");
  EXPECT_EQ(check(token(R"({"sub":"a","aud":["x","cairn"]})"), {.audience = "cairn"}), "a");
  EXPECT_EQ(check(token(R"({"sub":"a","aud":["x"]})"), {.audience = "cairn"}), "InvalidToken");
  EXPECT_EQ(check(token(R"({"sub":"a"})"), {.audience = "cairn"}), "InvalidToken");
  EXPECT_EQ(check(token(R"({"sub":"a","iss":"me"})"), {.issuer = "me"}), "a");
  EXPECT_EQ(check(token(R"({"sub":"a"})"), {.issuer = "me"}), "InvalidToken");
  EXPECT_EQ(check(token(R"({"sub":"a"})"), {.requireExpiry = true}), "InvalidToken");
  EXPECT_EQ(check(token(R"({"sub":"0x52908400098527886E0F7030069857D2E4169EE7"})"), {.addressSubjects = true}),
            "0x52908400098527886E0F7030069857D2E4169EE7");
  EXPECT_FALSE(verifyJwt(token(R"({"sub":"a"})", kHeader, ""), {}, {}, kMay2013)) << "no secret configured";
}

/// What becomes of a token with that kid (none: "") and secret, for the keys given.
std::string tried(const std::string& kid, const std::string& secret, const JwtKeys& keys) {
  const std::string header = R"({"alg":"HS256")" + (kid.empty() ? "" : R"(,"kid":")" + kid + '"') + "}";
  const auto identity = verifyJwt(token(R"({"sub":"a"})", header, secret), keys, {}, kNow);
  if (identity) return identity->owner.get();
  const std::string& why = identity.error().message;
  return why.find("kid") != why.npos ? "kid" : why.find("signature") != why.npos ? "signature" : why;
}

TEST(Jwt, AKidChoosesAmongTheKeysThatHaveOne) {
  const std::vector<JwtKey> own = {{"one", "k1"}}, shared = {{"two", "k2"}, {"too", "k2"}, {"old", ""}};
  const JwtKeys labelled{own, std::span(shared).first(2)}, all{own, shared};
  for (const JwtKeys& keys : {labelled, all}) {
    EXPECT_EQ(tried("k1", "one", keys), "a");
    EXPECT_EQ(tried("k2", "two", keys), "a");
    EXPECT_EQ(tried("k2", "too", keys), "a") << "an issuer may have used a kid again";
    EXPECT_EQ(tried("k1", "two", keys), "signature") << "the right secret under another's kid";
    for (const char* secret : {"one", "two", "too"}) EXPECT_EQ(tried("", secret, keys), "a") << secret;
    EXPECT_EQ(tried("", "none", keys), "signature");
  }
  EXPECT_EQ(tried("k3", "one", labelled), "kid");
  EXPECT_EQ(tried("K1", "one", labelled), "kid");
  EXPECT_EQ(tried("k3", "one", all), "signature") << "a key without a kid may be meant";
  EXPECT_EQ(tried("k3", "old", all), "a");
  EXPECT_EQ(tried("k1", "old", all), "a");
}

TEST(Jwt, WhileKeysMayBeMissingNoTokenIsRefusedForGood) {
  const JwtKey own{"one", "k1"};
  const JwtKeys stale{.own = {&own, 1}, .complete = false};
  const auto failure = [&](const std::string& text) { return verifyJwt(text, stale, {}, kNow).error().failure; };
  const std::string claims = R"({"sub":"a"})", late = R"({"sub":"a","exp":1})";
  EXPECT_EQ(tried("", "one", stale), "a") << "what the configuration says needs no registry";
  EXPECT_EQ(failure(token(claims, R"({"alg":"HS256","kid":"k2"})")), AuthFailure::unavailable);
  EXPECT_EQ(failure(token(claims)), AuthFailure::unavailable);
  EXPECT_EQ(verifyJwt(token(claims), {.own = {}, .complete = false}, {}, kNow).error().failure,
            AuthFailure::unavailable);
  EXPECT_EQ(failure(token(claims, R"({"alg":"none"})")), AuthFailure::token_refused) << "no secret would mend it";
  EXPECT_EQ(failure(token(late, kHeader, "one")), AuthFailure::token_expired);
}

TEST(Jwt, SpellingsThatAreNotTheTokenAreRefused) {
  const std::string good = token(R"({"sub":"alice"})");
  ASSERT_EQ(check(good), "alice");
  EXPECT_EQ(check(good + "="), "InvalidToken");
  EXPECT_EQ(check(good + "."), "InvalidToken");
  EXPECT_EQ(check(good.substr(0, good.rfind('.'))), "InvalidToken");
  EXPECT_EQ(check(good.substr(0, good.rfind('.') + 1)), "InvalidToken");
  EXPECT_EQ(check(""), "InvalidToken");
  EXPECT_EQ(check(".."), "InvalidToken");
  EXPECT_EQ(check(token(R"({"sub":"alice"})", kHeader, "another")), "InvalidToken");
  EXPECT_EQ(check(token(R"({"sub":"alice","pad":")" + std::string(8192, 'x') + "\"}")), "InvalidToken");
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
      EXPECT_NE(check(bad), "alice") << i << " " << bit;
    }
  }
}

AuthConfig withJwt() {
  return {.jwtKeys = {{kJwtSecret}}};
}

TEST(Jwt, BearerNamesTheOwner) {
  const auto auth = authenticator(withJwt());
  Request r{.headers = {{"Authorization", "Bearer " + token(R"({"sub":"carol"})")}}};
  const auto caller = authenticate(*auth, r, kMay2013);
  ASSERT_TRUE(caller) << caller.error().message;
  EXPECT_EQ(caller->owner, OwnerId("carol"));
  EXPECT_EQ(caller->how, AuthMethod::jwt_bearer);
  EXPECT_EQ(outcome(authenticate(*authenticator(), r, kMay2013)), "InvalidToken") << "not configured";
  r.headers[0].second = "bearer x";
  EXPECT_EQ(outcome(authenticate(*auth, r, kMay2013)), "InvalidToken");
}

TEST(Jwt, AccessKeyCarriesTheTokenAndAnySignature) {
  const auto auth = authenticator(withJwt());
  const auto request = [](const std::string& jwt, const std::string& hash, const std::string& signature) {
    return Request{
        "PUT",
        "/b/k",
        "",
        {{"Host", "h"},
         {"x-amz-date", "20130524T000000Z"},
         {"x-amz-content-sha256", hash},
         {"x-amz-decoded-content-length", "5"},
         {"Authorization", "AWS4-HMAC-SHA256 Credential=JWT:" + jwt +
                               "/20130524/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=" + signature}}};
  };
  const std::string jwt = token(R"({"sub":"carol"})"), zeros(64, '0');
  const auto caller = authenticate(*auth, request(jwt, kEmptyHash, zeros), kMay2013);
  ASSERT_TRUE(caller) << caller.error().message;
  EXPECT_EQ(caller->owner, OwnerId("carol"));
  EXPECT_EQ(caller->how, AuthMethod::jwt_access_key);
  EXPECT_EQ(receive(caller->body, "", {}), "ok");
  EXPECT_EQ(receive(caller->body, "x", {}), "XAmzContentSHA256Mismatch");
  EXPECT_EQ(outcome(authenticate(*auth, request(jwt, kEmptyHash, "0"), kMay2013)), "SignatureDoesNotMatch");
  EXPECT_EQ(outcome(authenticate(*auth, request(jwt + "A", kEmptyHash, zeros), kMay2013)), "InvalidToken");
  EXPECT_EQ(outcome(authenticate(*auth, request(jwt, kEmptyHash, zeros), Timestamp(kMay2013.get() + 901000))),
            "RequestTimeTooSkewed");

  const auto streaming = authenticate(*auth, request(jwt, "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", zeros), kMay2013);
  ASSERT_TRUE(streaming);
  EXPECT_FALSE(streaming->body.signing);
  const std::string signature = ";chunk-signature=" + zeros + "\r\n";
  EXPECT_EQ(receive(streaming->body, "5" + signature + "hello\r\n0" + signature + "\r\n", {}), "ok");
  EXPECT_EQ(receive(streaming->body, "4" + signature + "hell\r\n0" + signature + "\r\n", {}), "IncompleteBody");
  EXPECT_EQ(receive(streaming->body, "5\r\nhello\r\n0\r\n\r\n", {}), "InvalidRequest");
}

TEST(Base64, OneSpellingOnly) {
  EXPECT_EQ(base64(asBytes("f")), "Zg==");
  EXPECT_EQ(base64(asBytes("foob")), "Zm9vYg==");
  EXPECT_EQ(asText(*fromBase64("Zm9vYmE=")), "fooba");
  for (const char* bad : {"Zg", "Zg=", "Zh==", "Zm9=", "Zg==Zg==", "Zm9v\n", "====", "Z===", "Zm-v"})
    EXPECT_FALSE(fromBase64(bad)) << bad;
  EXPECT_EQ(asText(*fromBase64Url("Zm9vYg")), "foob");
  for (const char* bad : {"Zg==", "Zh", "Z", "Zm+v"}) EXPECT_FALSE(fromBase64Url(bad)) << bad;
}

}  // namespace
}  // namespace cairn::auth::testing
