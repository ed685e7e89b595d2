// The headers of an import -> operation or error.
#include <gtest/gtest.h>

#include "daemon/s3/parse.h"

namespace cairn::s3 {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

Answer<Operation> parse(const std::string& method, const std::string& target, const Fields& headers) {
  http::Request request;
  request.method = method;
  request.setTarget(target);
  for (const auto& [name, value] : headers) request.headers.add(name, value);
  auto subject = parseSubject(request, {});
  if (!subject) return subject.error();
  return parseOperation(request, std::move(*subject), Timestamp(1'800'000'000'000));
}

std::string code(const std::string& method, const std::string& target, const Fields& headers) {
  const auto parsed = parse(method, target, headers);
  return std::string(parsed ? nameOf(*parsed) : parsed.error().wire());
}

const std::pair<std::string, std::string> kCar{"x-cairn-import", "car"};

TEST(ParseImport, ReadsTheNamesOfWhatIsReused) {
  const auto parsed = parse("PUT", "/bkt/k",
                            {kCar,
                             {"X-Cairn-Import-From", "/one/a%2Cb, two/c%20d"},
                             {"x-cairn-import-from", "/one/e"},
                             {"x-amz-meta-a", "b"},
                             {"If-None-Match", "*"}});
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  const auto& import = std::get<ImportObject>(parsed->action);
  std::string names;
  for (const auto& source : import.reuse) names += source.bucket.get() + "|" + source.key + ";";
  EXPECT_EQ(names, "one|a,b;two|c d;one|e;");
  EXPECT_EQ(import.attributes.metadata.at("a"), "b");
  EXPECT_EQ(import.conditions.ifNoneMatch, std::vector<std::string>{"*"});
}

TEST(ParseImport, RefusesWhatIsNoImport) {
  EXPECT_EQ(code("PUT", "/bkt/k", {kCar}), "ImportObject");
  EXPECT_EQ(code("PUT", "/bkt/k", {{"x-cairn-import", "zip"}}), "InvalidArgument");
  EXPECT_EQ(code("PUT", "/bkt/k", {{"x-cairn-import-from", "/one/a"}}), "InvalidArgument");
  EXPECT_EQ(code("PUT", "/bkt/k", {kCar, {"x-cairn-import-from", "/one"}}), "InvalidArgument");
  EXPECT_EQ(code("PUT", "/bkt/k", {kCar, {"x-cairn-import-from", "/ONE/a"}}), "InvalidBucketName");
  EXPECT_EQ(code("PUT", "/bkt/k", {kCar, {"x-amz-copy-source", "/one/a"}}), "InvalidRequest");
  EXPECT_EQ(code("PUT", "/bkt/k?uploadId=0123&partNumber=1", {kCar}), "InvalidRequest");
  EXPECT_EQ(code("GET", "/bkt/k", {kCar}), "InvalidRequest");
  EXPECT_EQ(code("PUT", "/bkt/k?tagging", {kCar}), "InvalidRequest");
  std::string many;
  for (int i = 0; i < 17; ++i) many += "/one/a,";
  EXPECT_EQ(code("PUT", "/bkt/k", {kCar, {"x-cairn-import-from", many}}), "InvalidArgument");
}

}  // namespace
}  // namespace cairn::s3
