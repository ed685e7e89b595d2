// docs/formats/bucket.md, "Vectors": the bytes that other implementations can check themselves against.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "daemon/bucket/index/chunk.h"
#include "daemon/bucket/objects.h"
#include "daemon/bucket/root.h"
#include "memory_blocks.h"

namespace cairn::bucket {
namespace {

Entry sampleEntry(const std::string& body) {
  Entry e;
  e.content = Cid::of(Codec::raw, asBytes(body));
  e.size = body.size();
  for (std::size_t i = 0; i < 16; ++i) e.etag.md5[i] = static_cast<std::uint8_t>(i);
  e.modified = Timestamp(1700000000123);
  e.attributes.headers = {{"content-type", "text/plain"}};
  return e;
}

std::string sixDigits(std::size_t i) {
  char key[16];
  std::snprintf(key, sizeof key, "key%06zu", i);
  return key;
}

std::vector<std::string> firstKeys(std::size_t n) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < n; ++i) keys.push_back(sixDigits(i));
  return keys;
}

/// One run of many items: all its leaves come from cuts. So many that each limit of a cut is met exactly, somewhere.
std::vector<std::string> keysWithoutBoundary(std::size_t n) {
  std::vector<std::string> keys;
  for (std::size_t i = 0; keys.size() < n; ++i)
    if (std::string key = sixDigits(i); !index::isBoundary(0, key)) keys.push_back(std::move(key));
  return keys;
}

std::string bucketLine(const std::string& name, const std::vector<std::string>& keys, const Entry& value) {
  test::TreeFixture t;
  std::vector<index::Edit> edits;
  for (const std::string& key : keys) edits.push_back({key, storable(encodeEntry(value)).value, value.size});
  RootBlock root;
  root.created = Timestamp(1700000000000);
  root.objects = t.edit({}, std::move(edits)).root;
  const Cid& index = root.objects.cid;
  return "bucket-of-" + name + " index " + (index.isNull() ? "none" : index.str()) + " root " +
         Cid::of(Codec::dag_cbor, encodeRoot(root)).str();
}

/// What the document lists, line by line.
std::vector<std::string> vectors() {
  std::vector<std::string> out;
  Entry plain = sampleEntry("hello");
  out.push_back("entry " + toHex(encodeEntry(plain)));
  Entry rich = sampleEntry("hello");
  rich.etag.parts = 3;
  rich.attributes.metadata = {{"a", "1"}, {"bb", "2"}};
  rich.attributes.tags = {{"t", "u"}};
  rich.checksum = Checksum{"CRC32C", {1, 2, 3, 4}, true};
  rich.partSizes = {5, 5, 2};
  rich.upload = "0123456789abcdef0123456789abcdef";
  out.push_back("entry-all-fields " + toHex(encodeEntry(rich)));
  Upload upload{Timestamp(1700000000123), OwnerId("alice"), {}, "CRC32C", true};
  out.push_back("upload " + toHex(encodeUpload(upload)));
  Part part;
  part.content = plain.content;
  part.modified = Timestamp(1700000000123);
  out.push_back("part " + toHex(encodePart(part)));
  RootBlock opened;
  opened.created = Timestamp(1700000000000);
  opened.policy = R"({"Version":"2012-10-17"})";
  out.push_back("root-opened " + toHex(encodeRoot(opened)));

  for (std::size_t n : {0, 1, 1000, 20000}) out.push_back(bucketLine(std::to_string(n), firstKeys(n), plain));
  out.push_back(bucketLine("cuts", keysWithoutBoundary(30000), plain));
  Entry large = sampleEntry("hello");
  large.attributes.metadata = {{"a", std::string(7000, 'x')}};
  out.push_back(bucketLine("links", firstKeys(1), large));
  return out;
}

TEST(BucketVectors, AreThoseOfTheDocument) {
  std::ifstream document(CAIRN_SOURCE_DIR "/docs/formats/bucket.md");
  std::stringstream text;
  text << document.rdbuf();
  for (const std::string& line : vectors())
    EXPECT_NE(text.str().find("    " + line + "\n"), std::string::npos) << "not in the document: " << line;
}

TEST(BucketVectors, ReadBackAndRefuseEveryTruncation) {
  Entry e = sampleEntry("hello");
  e.attributes.metadata = {{"a", "1"}};
  e.partSizes = {5, 5, 2};
  e.upload = "id";
  e.etag.parts = 3;
  Bytes bytes = encodeEntry(e);
  EXPECT_EQ(*decodeEntry(bytes, e.size), e);
  for (std::size_t n = 0; n < bytes.size(); ++n)
    EXPECT_FALSE(decodeEntry(BytesView(bytes).first(n), e.size).has_value());
  RootBlock root;
  root.created = Timestamp(5);
  root.policy = "text";
  Bytes encoded = encodeRoot(root);
  EXPECT_EQ(*decodeRoot(encoded), root);
  for (std::size_t n = 0; n < encoded.size(); ++n) EXPECT_FALSE(decodeRoot(BytesView(encoded).first(n)).has_value());
}

TEST(BucketVectors, ANewerFormatSaysSo) {
  Bytes bytes;
  cbor::Writer w(bytes);
  w.map(1);
  w.text("format");
  w.uint(kRootFormat + 1);
  EXPECT_EQ(decodeRoot(bytes).error().code, Errc::newer_version);
  Bytes entry;
  cbor::Writer(entry).map(1);
  cbor::Writer(entry).text("z");
  cbor::Writer(entry).uint(1);
  EXPECT_EQ(decodeEntry(entry, 0).error().code, Errc::newer_version);
}

}  // namespace
}  // namespace cairn::bucket
