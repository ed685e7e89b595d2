// Requests that others signed: Amazon's published examples for S3, and botocore's.
#include <gtest/gtest.h>

#include "common/digest/digest.h"
#include "tests_support.h"

namespace cairn::auth::testing {
namespace {

Request example(const std::string& method, const std::string& path, const std::string& query) {
  Request r{method, path, query, {{"Host", "examplebucket.s3.amazonaws.com"}, {"x-amz-date", "20130524T000000Z"}}};
  r.set("x-amz-content-sha256", kEmptyHash);
  return r;
}

void expectAlice(const Request& r) {
  const auto auth = authenticator();
  const auto caller = authenticate(*auth, r, kMay2013);
  ASSERT_TRUE(caller) << outcome(caller) << ": " << caller.error().message;
  EXPECT_EQ(caller->owner, OwnerId("alice"));
  EXPECT_FALSE(caller->anonymous);
}

TEST(SigV4Examples, GetObject) {
  Request r = example("GET", "/test.txt", "");
  r.set("Range", "bytes=0-9");
  r.set("Authorization", authorization("host;range;x-amz-content-sha256;x-amz-date",
                                       "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"));
  expectAlice(r);
}

TEST(SigV4Examples, PutObject) {
  Request r = example("PUT", "/test$file.text", "");
  r.set("Date", "Fri, 24 May 2013 00:00:00 GMT");
  r.set("x-amz-storage-class", "REDUCED_REDUNDANCY");
  r.set("x-amz-content-sha256", "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
  r.set("Authorization", authorization("date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                                       "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
  expectAlice(r);
  const auto caller = authenticate(*authenticator(), r, kMay2013);
  EXPECT_EQ(receive(caller->body, "Welcome to Amazon S3.", {3}), "ok");
  EXPECT_EQ(receive(caller->body, "Welcome to Amazon S4.", {}), "XAmzContentSHA256Mismatch");
}

TEST(SigV4Examples, BucketLifecycleAndList) {
  Request lifecycle = example("GET", "/", "lifecycle");
  lifecycle.set("Authorization", authorization("host;x-amz-content-sha256;x-amz-date",
                                               "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
  expectAlice(lifecycle);
  Request list = example("GET", "/", "max-keys=2&prefix=J");
  list.set("Authorization", authorization("host;x-amz-content-sha256;x-amz-date",
                                          "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
  expectAlice(list);
  list.query = "prefix=J&max-keys=2";
  expectAlice(list);
}

TEST(SigV4Examples, Presigned) {
  Request r{"GET",
            "/test.txt",
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_"
            "request"
            "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
            {{"Host", "examplebucket.s3.amazonaws.com"}}};
  expectAlice(r);
  const auto auth = authenticator();
  const auto after = [&](std::int64_t s) {
    return outcome(authenticate(*auth, r, Timestamp(kMay2013.get() + s * 1000)));
  };
  EXPECT_EQ(after(86400), "ok");
  EXPECT_EQ(after(86401), "AccessDenied");
  EXPECT_EQ(after(-900), "ok");
  EXPECT_EQ(after(-901), "AccessDenied");
  r.query += "&versionId=x";
  EXPECT_EQ(after(0), "SignatureDoesNotMatch");
}

Request chunkedUpload(const std::string& hash) {
  return {"PUT",
          "/examplebucket/chunkObject.txt",
          "",
          {{"Host", "s3.amazonaws.com"},
           {"x-amz-date", "20130524T000000Z"},
           {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
           {"x-amz-content-sha256", hash},
           {"Content-Encoding", "aws-chunked"},
           {"x-amz-decoded-content-length", "66560"}}};
}

TEST(SigV4Examples, ChunkedUpload) {
  Request r = chunkedUpload("STREAMING-AWS4-HMAC-SHA256-PAYLOAD");
  r.set("Content-Length", "66824");
  r.set("Authorization", authorization("content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;x-amz-"
                                       "decoded-content-length;x-amz-storage-class",
                                       "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9"));
  const auto caller = authenticate(*authenticator(), r, kMay2013);
  ASSERT_TRUE(caller) << caller.error().message;
  std::string body = "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" +
                     std::string(65536, 'a') +
                     "\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" +
                     std::string(1024, 'a') +
                     "\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n";
  EXPECT_EQ(body.size(), 66824U);
  std::string out;
  EXPECT_EQ(receive(caller->body, body, {1, 500, 66000}, &out), "ok");
  EXPECT_EQ(out, std::string(66560, 'a'));
  body[40000] = 'b';
  EXPECT_EQ(receive(caller->body, body, {}), "SignatureDoesNotMatch");
}

TEST(SigV4Examples, ChunkedUploadWithTrailer) {
  Request r = chunkedUpload("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER");
  r.set("x-amz-trailer", "x-amz-checksum-crc32c");
  r.set("Authorization", authorization("content-encoding;host;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-"
                                       "length;x-amz-storage-class;x-amz-trailer",
                                       "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e"));
  const auto caller = authenticate(*authenticator(), r, kMay2013);
  ASSERT_TRUE(caller) << caller.error().message;
  const std::string data(66560, 'a');
  const std::string crc = base64(digest(DigestAlgorithm::crc32c, asBytes(data)));
  EXPECT_EQ(crc, "sOO8/Q==");
  const std::string body =
      "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n" +
      data.substr(0, 65536) +
      "\r\n400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n" +
      data.substr(0, 1024) +
      "\r\n0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n";
  const std::string signature =
      "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n";
  Trailers trailers;
  EXPECT_EQ(receive(caller->body, body + "x-amz-checksum-crc32c:sOO8/Q==\r\n" + signature, {}, nullptr, &trailers),
            "ok");
  EXPECT_EQ(trailers.at("x-amz-checksum-crc32c"), crc);
  EXPECT_EQ(receive(caller->body, body + "x-amz-checksum-crc32c:sOO8/Q==\n\r\n" + signature, {}), "ok")
      << "as minio-go writes it";
  EXPECT_EQ(receive(caller->body, body + "x-amz-checksum-crc32c:sOO8/R==\r\n" + signature, {}),
            "SignatureDoesNotMatch");
}

struct Vector {
  std::string name, method, path, query;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string bodyHex;
};

const std::vector<Vector>& botocore() {
  static const std::vector<Vector> all{
#include "botocore_vectors.inc"
  };
  return all;
}

Timestamp dateOf(const Vector& v) {
  const Request r{v.method, v.path, v.query, v.headers};
  std::string text;
  for (const auto& [name, value] : v.headers)
    if (name == "X-Amz-Date") text = value;
  if (text.empty()) text = v.query.substr(v.query.find("X-Amz-Date=") + 11, 16);
  return Timestamp(*parseIsoBasic(text) * 1000);
}

TEST(Botocore, EveryRequestIsAccepted) {
  const auto auth = authenticator();
  ASSERT_GT(botocore().size(), 30U);
  for (const Vector& v : botocore()) {
    const auto caller = authenticate(*auth, {v.method, v.path, v.query, v.headers}, dateOf(v));
    ASSERT_TRUE(caller) << v.name << ": " << caller.error().message;
    const std::string body(asText(*fromHex(v.bodyHex)));
    Trailers trailers;
    std::string out;
    EXPECT_EQ(receive(caller->body, body, {body.size() / 2}, &out, &trailers), "ok") << v.name;
    for (const auto& [name, value] : trailers) {
      const auto algorithm = checksumFromHeader(name);
      ASSERT_TRUE(algorithm) << name;
      EXPECT_EQ(base64(digest(*algorithm, asBytes(out))), value);
    }
    if (v.name.starts_with("trailer ")) EXPECT_EQ(trailers.size(), 1U) << v.name;
  }
}

TEST(Botocore, AnotherSecretMethodPathOrQueryIsRefused) {
  auto keys = StaticCredentials::make({{kId, std::string(kSecret) + "x", OwnerId("alice"), true}});
  const Authenticator other({}, std::make_shared<StaticCredentials>(std::move(*keys)));
  const auto auth = authenticator();
  for (const Vector& v : botocore()) {
    const Timestamp now = dateOf(v);
    const Request r{v.method, v.path, v.query, v.headers};
    EXPECT_EQ(outcome(authenticate(other, r, now)), "SignatureDoesNotMatch") << v.name;
    Request changed = r;
    changed.method = r.method == "GET" ? "DELETE" : "GET";
    EXPECT_EQ(outcome(authenticate(*auth, changed, now)), "SignatureDoesNotMatch") << v.name;
    changed = r;
    changed.path += "x";
    EXPECT_EQ(outcome(authenticate(*auth, changed, now)), "SignatureDoesNotMatch") << v.name;
    changed = r;
    changed.query += changed.query.empty() ? "acl" : "&acl";
    EXPECT_EQ(outcome(authenticate(*auth, changed, now)), "SignatureDoesNotMatch") << v.name;
  }
}

}  // namespace
}  // namespace cairn::auth::testing
