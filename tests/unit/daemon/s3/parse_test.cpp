// Method x target x headers -> operation or error.
#include "daemon/s3/parse.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "daemon/s3/token.h"

namespace cairn::s3 {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

http::Request requestOf(const std::string& method, const std::string& target, const Fields& headers = {}) {
  http::Request request;
  request.method = method;
  request.setTarget(target);
  request.headers.add("Host", "s3.test:9000");
  for (const auto& [name, value] : headers) request.headers.add(name, value);
  return request;
}

Answer<Operation> parse(const std::string& method, const std::string& target, const Fields& headers = {}) {
  const auto request = requestOf(method, target, headers);
  auto subject = parseSubject(request, {"s3.test"});
  if (!subject) return subject.error();
  return parseOperation(request, std::move(*subject), Timestamp(1'800'000'000'000));
}

/// "PutObject bucket key", or the error's code.
std::string outcome(const Answer<Operation>& parsed) {
  if (!parsed) return std::string(parsed.error().wire());
  std::string text(nameOf(*parsed));
  if (const auto* setting = std::get_if<GetBucketSetting>(&parsed->action)) text += "?" + setting->name;
  if (const auto* setting = std::get_if<GetObjectSetting>(&parsed->action)) text += "?" + setting->name;
  for (const std::string& part : {parsed->subject.bucket.get(), parsed->subject.key})
    if (!part.empty()) text += " " + part;
  return text;
}

struct Row {
  std::string method, target;
  Fields headers;
  std::string expected;
};

void PrintTo(const Row& row, std::ostream* out) {
  *out << row.method << " " << row.target << " -> " << row.expected;
}

class ParseTable : public ::testing::TestWithParam<Row> {};

TEST_P(ParseTable, Outcome) {
  const auto& row = GetParam();
  EXPECT_EQ(outcome(parse(row.method, row.target, row.headers)), row.expected);
}

const std::string kMd5 = "1B2M2Y8AsgTpgAmY7PhCfg==";

INSTANTIATE_TEST_SUITE_P(
    Targets, ParseTable,
    ::testing::Values(
        Row{"GET", "/", {}, "ListBuckets"}, Row{"HEAD", "/", {}, "ListBuckets"},
        Row{"GET", "/?x-id=ListBuckets", {}, "ListBuckets"}, Row{"PUT", "/", {}, "MethodNotAllowed"},
        Row{"POST", "/", {}, "MethodNotAllowed"}, Row{"GET", "/bkt", {}, "ListObjects bkt"},
        Row{"GET", "/bkt/", {}, "ListObjects bkt"}, Row{"GET", "/bkt?list-type=2", {}, "ListObjectsV2 bkt"},
        Row{"GET", "/bkt/?list-type=2", {}, "ListObjectsV2 bkt"}, Row{"HEAD", "/bkt/", {}, "HeadBucket bkt"},
        Row{"PUT", "/bkt/", {}, "CreateBucket bkt"}, Row{"DELETE", "/bkt", {}, "DeleteBucket bkt"},
        Row{"PATCH", "/bkt", {}, "MethodNotAllowed"}, Row{"GET", "/bkt/a/b%20c+d", {}, "GetObject bkt a/b c+d"},
        Row{"GET", "/bkt//a", {}, "GetObject bkt /a"}, Row{"GET", "/bkt/../../etc", {}, "GetObject bkt ../../etc"},
        Row{"GET", "/bkt/%2e%2E/x", {}, "GetObject bkt ../x"}, Row{"GET", "/bkt/k%00", {}, "InvalidArgument"},
        Row{"GET", "/bkt/%FF", {}, "InvalidURI"}, Row{"GET", "/bkt/%zz", {}, "InvalidURI"},
        Row{"GET", "/bkt/%1", {}, "InvalidURI"}, Row{"GET", "//k", {}, "InvalidBucketName"},
        Row{"GET", "/BKT/k", {}, "InvalidBucketName"}, Row{"GET", "/b/k", {}, "InvalidBucketName"},
        Row{"GET", "/..%2f/k", {}, "InvalidBucketName"}, Row{"GET", "/bkt/k?a=%zz", {}, "InvalidURI"},
        Row{"PUT", "/bkt/" + std::string(1024, 'k'), {}, "PutObject bkt " + std::string(1024, 'k')},
        Row{"PUT", "/bkt/" + std::string(1025, 'k'), {}, "KeyTooLongError"}, Row{"GET", "*", {}, "InvalidURI"},
        Row{"PATCH", "/bkt/k", {}, "MethodNotAllowed"}, Row{"POST", "/bkt/k", {}, "MethodNotAllowed"},
        Row{"POST", "/bkt", {{"Content-Type", "multipart/form-data; boundary=x"}}, "NotImplemented"}));

INSTANTIATE_TEST_SUITE_P(
    SubResources, ParseTable,
    ::testing::Values(
        Row{"GET", "/bkt?location", {}, "GetBucketLocation?location bkt"},
        Row{"GET", "/bkt?versioning=", {}, "GetBucketSetting?versioning bkt"},
        Row{"GET", "/bkt?policy", {}, "GetBucketSetting?policy bkt"}, Row{"PUT", "/bkt?website", {}, "NotImplemented"},
        Row{"PUT", "/bkt?versioning", {}, "NotImplemented"}, Row{"DELETE", "/bkt?lifecycle", {}, "NotImplemented"},
        Row{"GET", "/bkt?versions", {}, "ListObjectVersions bkt"},
        Row{"GET", "/bkt?uploads", {}, "ListMultipartUploads bkt"},
        Row{"GET", "/bkt/k?acl", {}, "GetObjectSetting?acl bkt k"}, Row{"PUT", "/bkt/k?acl", {}, "NotImplemented"},
        Row{"GET", "/bkt/k?tagging", {}, "GetObjectSetting?tagging bkt k"},
        Row{"PUT", "/bkt/k?tagging", {}, "PutObjectTagging bkt k"}, Row{"POST", "/bkt/k?restore", {}, "NotImplemented"},
        Row{"GET", "/bkt/k?attributes", {{"x-amz-object-attributes", "ETag,ObjectSize"}}, "GetObjectAttributes bkt k"},
        Row{"GET", "/bkt/k?attributes", {{"x-amz-object-attributes", "Nonsense"}}, "InvalidArgument"},
        Row{"GET", "/bkt/k?attributes", {}, "InvalidArgument"},
        Row{"GET", "/bkt/k?versionId=null", {}, "GetObject bkt k"},
        Row{"GET", "/bkt/k?versionId=abc", {}, "NoSuchVersion"}, Row{"GET", "/bkt/k?versionId=", {}, "InvalidArgument"},
        Row{"DELETE", "/bkt/k?versionId=null", {}, "DeleteObject bkt k"},
        Row{"DELETE", "/bkt/k?versionId=x", {}, "NoSuchVersion"},
        Row{"PUT", "/bkt/k?versionId=null", {}, "InvalidArgument"}, Row{"POST", "/bkt?delete", {}, "InvalidRequest"},
        Row{"POST", "/bkt?delete", {{"Content-MD5", kMd5}}, "DeleteObjects bkt"},
        Row{"POST", "/bkt/?delete=", {{"x-amz-checksum-crc32", "AAAAAA=="}}, "DeleteObjects bkt"},
        Row{"POST", "/bkt/k?uploads", {}, "CreateMultipartUpload bkt k"},
        Row{"POST", "/bkt/k?uploads=", {}, "CreateMultipartUpload bkt k"},
        Row{"PUT", "/bkt/k?partNumber=1&uploadId=u", {}, "UploadPart bkt k"},
        Row{"PUT", "/bkt/k?partNumber=0&uploadId=u", {}, "InvalidArgument"},
        Row{"PUT", "/bkt/k?partNumber=10001&uploadId=u", {}, "InvalidArgument"},
        Row{"PUT", "/bkt/k?partNumber=x&uploadId=u", {}, "InvalidArgument"},
        Row{"PUT", "/bkt/k?uploadId=u", {}, "InvalidArgument"},
        Row{"PUT", "/bkt/k?partNumber=1", {}, "InvalidArgument"},
        Row{"PUT", "/bkt/k?partNumber=1&uploadId=", {}, "NoSuchUpload"},
        Row{"POST", "/bkt/k?uploadId=u", {}, "CompleteMultipartUpload bkt k"},
        Row{"GET", "/bkt/k?uploadId=u", {}, "ListParts bkt k"},
        Row{"GET", "/bkt/k?uploadId=u&max-parts=-1", {}, "InvalidArgument"},
        Row{"DELETE", "/bkt/k?uploadId=u", {}, "AbortMultipartUpload bkt k"},
        Row{"DELETE", "/bkt/k?uploadId=" + std::string(300, 'u'), {}, "NoSuchUpload"}));

INSTANTIATE_TEST_SUITE_P(
    Headers, ParseTable,
    ::testing::Values(
        Row{"PUT", "/bkt/k", {{"Content-MD5", "nonsense"}}, "InvalidDigest"},
        Row{"PUT", "/bkt/k", {{"Content-MD5", "AAAA"}}, "InvalidDigest"},
        Row{"PUT", "/bkt/k", {{"x-amz-checksum-crc32", "AAAA"}}, "InvalidRequest"},
        Row{"PUT", "/bkt/k", {{"x-amz-checksum-crc32", "AAAAAA=="}, {"x-amz-checksum-sha1", "AAAA"}}, "InvalidRequest"},
        Row{"PUT", "/bkt/k", {{"x-amz-sdk-checksum-algorithm", "CRC32"}}, "InvalidRequest"},
        Row{"PUT",
            "/bkt/k",
            {{"x-amz-sdk-checksum-algorithm", "SHA1"}, {"x-amz-checksum-crc32", "AAAAAA=="}},
            "InvalidRequest"},
        Row{"PUT",
            "/bkt/k",
            {{"x-amz-sdk-checksum-algorithm", "CRC32"}, {"x-amz-trailer", "x-amz-checksum-crc32"}},
            "PutObject bkt k"},
        Row{"PUT", "/bkt/k", {{"x-amz-trailer", "x-other"}}, "InvalidRequest"},
        Row{"PUT", "/bkt/k", {{"x-amz-server-side-encryption", "AES256"}}, "NotImplemented"},
        Row{"PUT", "/bkt/k", {{"x-amz-server-side-encryption-customer-algorithm", "AES256"}}, "NotImplemented"},
        Row{"PUT", "/bkt/k", {{"X-Amz-Acl", "public-read"}}, "AccessControlListNotSupported"},
        Row{"PUT", "/bkt/k", {{"x-amz-acl", "private"}}, "PutObject bkt k"},
        Row{"PUT", "/bkt/k", {{"x-amz-grant-read", "id=1"}}, "AccessControlListNotSupported"},
        Row{"PUT", "/bkt/k", {{"x-amz-object-lock-mode", "GOVERNANCE"}}, "InvalidRequest"},
        Row{"PUT", "/bkt/k", {{"x-amz-storage-class", "NONSENSE"}}, "InvalidStorageClass"},
        Row{"PUT", "/bkt/k", {{"x-amz-meta-a", std::string(2047, 'v')}}, "PutObject bkt k"},
        Row{"PUT", "/bkt/k", {{"x-amz-meta-a", std::string(2048, 'v')}}, "MetadataTooLarge"},
        Row{"PUT", "/bkt/k", {{"x-amz-meta-a", "\xFF"}}, "InvalidArgument"},
        Row{"PUT", "/bkt/k", {{"x-amz-tagging", "a=1&a=2"}}, "InvalidTag"},
        Row{"PUT", "/bkt/k", {{"x-amz-tagging", "1&2&3&4&5&6&7&8&9&10&11"}}, "BadRequest"},
        Row{"PUT", "/bkt/k", {{"x-amz-tagging", "%zz=1"}}, "InvalidArgument"},
        Row{"PUT", "/bkt/k", {{"If-None-Match", "*"}}, "PutObject bkt k"},
        Row{"PUT", "/bkt/k", {{"If-Match", " , "}}, "InvalidArgument"},
        Row{"DELETE", "/bkt/k", {{"x-amz-if-match-size", "1"}}, "NotImplemented"},
        Row{"GET", "/bkt/k?partNumber=1", {{"Range", "bytes=0-1"}}, "InvalidRequest"},
        Row{"GET", "/bkt/k?partNumber=0", {}, "InvalidArgument"},
        Row{"GET", "/bkt/k?response-content-type=a%0d%0ab", {}, "InvalidArgument"},
        Row{"PUT", "/bkt/k", {{"x-amz-copy-source", "src/a"}}, "CopyObject bkt k"},
        Row{"PUT", "/bkt/k", {{"x-amz-copy-source", "src"}}, "InvalidArgument"},
        Row{"PUT", "/bkt/k", {{"x-amz-copy-source", "src/"}}, "InvalidArgument"},
        Row{"PUT", "/bkt/k", {{"x-amz-copy-source", "/"}}, "InvalidArgument"},
        Row{"PUT", "/bkt/k", {{"x-amz-copy-source", "S/a"}}, "InvalidBucketName"},
        Row{"PUT", "/bkt/k", {{"x-amz-copy-source", "src/%zz"}}, "InvalidArgument"},
        Row{"PUT", "/bkt/k", {{"x-amz-copy-source", "src/a?versionId=1"}}, "NoSuchVersion"},
        Row{"PUT", "/bkt/k", {{"x-amz-copy-source", "src/a"}, {"x-amz-metadata-directive", "x"}}, "InvalidArgument"},
        Row{"PUT",
            "/bkt/k?partNumber=1&uploadId=u",
            {{"x-amz-copy-source", "src/a"}, {"x-amz-copy-source-range", "bytes=0-"}},
            "InvalidArgument"},
        Row{"PUT",
            "/bkt/k?partNumber=1&uploadId=u",
            {{"x-amz-copy-source", "src/a"}, {"x-amz-copy-source-range", "bytes=0-9"}},
            "UploadPartCopy bkt k"},
        Row{"POST", "/bkt/k?uploads", {{"x-amz-checksum-algorithm", "MD4"}}, "InvalidRequest"},
        Row{"POST",
            "/bkt/k?uploads",
            {{"x-amz-checksum-algorithm", "SHA1"}, {"x-amz-checksum-type", "FULL_OBJECT"}},
            "InvalidRequest"},
        Row{"POST",
            "/bkt/k?uploads",
            {{"x-amz-checksum-algorithm", "CRC64NVME"}, {"x-amz-checksum-type", "COMPOSITE"}},
            "InvalidRequest"}));

INSTANTIATE_TEST_SUITE_P(
    Listings, ParseTable,
    ::testing::Values(
        Row{"GET", "/bkt?max-keys=0", {}, "ListObjects bkt"}, Row{"GET", "/bkt?max-keys=-1", {}, "InvalidArgument"},
        Row{"GET", "/bkt?max-keys=x", {}, "InvalidArgument"},
        Row{"GET", "/bkt?max-keys=99999999999", {}, "InvalidArgument"},
        Row{"GET", "/bkt?max-keys=2000", {}, "ListObjects bkt"},
        Row{"GET", "/bkt?encoding-type=base64", {}, "InvalidArgument"},
        Row{"GET", "/bkt?prefix=%FF", {}, "InvalidArgument"}, Row{"GET", "/bkt?prefix=a%00", {}, "InvalidArgument"},
        Row{"GET", "/bkt?list-type=2&continuation-token=x", {}, "InvalidArgument"},
        Row{"GET", "/bkt?list-type=2&continuation-token=", {}, "InvalidArgument"},
        Row{"GET", "/bkt?list-type=2&continuation-token=" + continuationToken("k"), {}, "ListObjectsV2 bkt"},
        Row{"GET", "/bkt?versions&version-id-marker=null", {}, "InvalidArgument"},
        Row{"GET", "/bkt?versions&key-marker=k&version-id-marker=null", {}, "ListObjectVersions bkt"}));

std::string subjectOf(const std::string& host, const std::string& target) {
  http::Request request;
  request.method = "GET";
  request.setTarget(target);
  request.headers.add("Host", host);
  const auto subject = parseSubject(request, {"s3.test", "other.example"});
  return subject ? subject->bucket.get() + "|" + subject->key : std::string(subject.error().wire());
}

TEST(VirtualHost, NamesTheBucketBeforeASuffix) {
  EXPECT_EQ(subjectOf("bkt.s3.test", "/a/b"), "bkt|a/b");
  EXPECT_EQ(subjectOf("BKT.S3.Test:9000", "/"), "bkt|");
  EXPECT_EQ(subjectOf("my.bkt.other.example", "/k"), "my.bkt|k");
  EXPECT_EQ(subjectOf("s3.test", "/bkt/k"), "bkt|k");
  EXPECT_EQ(subjectOf("xs3.test", "/bkt/k"), "bkt|k");
  EXPECT_EQ(subjectOf("127.0.0.1:9000", "/bkt/k"), "bkt|k");
  EXPECT_EQ(subjectOf("[::1]:9000", "/bkt/k"), "bkt|k");
  EXPECT_EQ(subjectOf("[::1]", "/bkt/k"), "bkt|k");
  EXPECT_EQ(subjectOf("a_b.s3.test", "/k"), "InvalidBucketName");
  EXPECT_EQ(subjectOf("bkt.s3.test", "//k"), "bkt|/k");
}

template <class T>
T get(const Answer<Operation>& parsed) {
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  return std::get<T>(parsed->action);
}

TEST(Parse, ReadsAttributes) {
  const auto put = get<PutObject>(parse("PUT", "/bkt/k",
                                        {{"Content-Type", "text/plain"},
                                         {"content-encoding", "gzip, aws-chunked"},
                                         {"Cache-Control", "no-cache"},
                                         {"X-Amz-Meta-Color", "blue"},
                                         {"x-amz-meta-color", "red"},
                                         {"x-amz-tagging", "a=1&b+c=%26"},
                                         {"x-amz-storage-class", "STANDARD_IA"},
                                         {"User-Agent", "x"}}));
  EXPECT_EQ(put.attributes.headers, (std::map<std::string, std::string>{{"content-type", "text/plain"},
                                                                        {"content-encoding", "gzip"},
                                                                        {"cache-control", "no-cache"},
                                                                        {"x-amz-storage-class", "STANDARD_IA"}}));
  EXPECT_EQ(put.attributes.metadata, (std::map<std::string, std::string>{{"color", "blue,red"}}));
  EXPECT_EQ(put.attributes.tags, (std::map<std::string, std::string>{{"a", "1"}, {"b c", "&"}}));
}

TEST(Parse, ReadsConditionsAndIgnoresBadDatesAndRanges) {
  const auto read = get<GetObject>(parse("GET", "/bkt/k",
                                         {{"If-Match", "\"a\", \"b\""},
                                          {"If-Modified-Since", "yesterday"},
                                          {"Range", "bytes=oops"},
                                          {"If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:37 GMT"},
                                          {"x-amz-checksum-mode", "ENABLED"}}));
  EXPECT_EQ(read.conditions.ifMatch, (std::vector<std::string>{"a", "b"}));
  EXPECT_FALSE(read.conditions.ifModifiedSince);
  EXPECT_EQ(read.conditions.ifUnmodifiedSince, Timestamp(784111777'000));
  EXPECT_FALSE(read.range);
  EXPECT_TRUE(read.checksumMode);
}

TEST(Parse, ReadsTheCopySource) {
  const auto copy = get<CopyObject>(parse("PUT", "/bkt/k",
                                          {{"x-amz-copy-source", "/src/a%20b/c%3Fd+e?versionId=null"},
                                           {"x-amz-copy-source-if-none-match", "\"t\""},
                                           {"x-amz-metadata-directive", "REPLACE"}}));
  EXPECT_EQ(copy.source.bucket.get(), "src");
  EXPECT_EQ(copy.source.key, "a b/c?d+e");
  EXPECT_EQ(copy.source.conditions.ifNoneMatch, std::vector<std::string>{"t"});
  EXPECT_TRUE(copy.replaceMetadata);
  EXPECT_FALSE(copy.replaceTags);
}

TEST(Parse, ReadsListings) {
  const auto list = get<ListObjects>(parse(
      "GET",
      "/bkt?list-type=2&prefix=a%2Fb&delimiter=%2F&start-after=c&max-keys=5000&fetch-owner=true&encoding-type=url"));
  EXPECT_EQ(list.prefix, "a/b");
  EXPECT_EQ(list.delimiter, "/");
  EXPECT_EQ(list.marker, "c");
  EXPECT_EQ(list.maxKeys, 1000u);
  EXPECT_TRUE(list.fetchOwner);
  EXPECT_TRUE(list.urlEncoding);
  const auto next = get<ListObjects>(parse("GET", "/bkt?list-type=2&continuation-token=" + continuationToken("x/y")));
  EXPECT_EQ(next.tokenAfter, "x/y");
}

TEST(Parse, TellsTheExpectedChecksumOfAnUploadFromThatOfItsXml) {
  const auto full = get<CompleteUpload>(
      parse("POST", "/bkt/k?uploadId=u", {{"x-amz-checksum-crc32", "AAAAAA=="}, {"Content-MD5", kMd5}}));
  ASSERT_TRUE(full.expected);
  EXPECT_FALSE(full.expected->composite);
  EXPECT_TRUE(full.claims.contentMd5);
  EXPECT_FALSE(full.claims.checksum);
  const auto composite =
      get<CompleteUpload>(parse("POST", "/bkt/k?uploadId=u", {{"x-amz-checksum-crc32", "AAAAAA==-3"}}));
  EXPECT_TRUE(composite.expected->composite);
}

RC_GTEST_PROP(Parse, SurvivesAnyTargetAndHeader, (std::string target, std::string value)) {
  const auto method = *rc::gen::elementOf(std::vector<std::string>{"GET", "HEAD", "PUT", "POST", "DELETE", "X"});
  const auto name = *rc::gen::elementOf(
      std::vector<std::string>{"Range", "If-Match", "x-amz-copy-source", "x-amz-tagging", "Content-MD5",
                               "x-amz-checksum-sha256", "x-amz-object-attributes", "Host", "If-Range"});
  (void)parse(method, "/" + target, {{name, value}});
  (void)parse(method, "/bkt/k?" + target, {{name, value}});
}

}  // namespace
}  // namespace cairn::s3
