#include "daemon/bucket/entry.h"

#include <algorithm>

#include "common/cid/cbor.h"

// Maps are written with one-letter keys in canonical order; optional fields are left out when empty, so that equal
// contents have one encoding.
namespace cairn::bucket {
namespace {

using cbor::Reader;
using cbor::Writer;

void writeTexts(Writer& w, const std::map<std::string, std::string>& m) {
  std::vector<const std::pair<const std::string, std::string>*> sorted;
  for (const auto& kv : m) sorted.push_back(&kv);
  std::sort(sorted.begin(), sorted.end(), [](auto* a, auto* b) {  // DAG-CBOR: shorter keys first
    return std::pair(a->first.size(), std::string_view(a->first)) <
           std::pair(b->first.size(), std::string_view(b->first));
  });
  w.map(m.size());
  for (const auto* kv : sorted) {
    w.text(kv->first);
    w.text(kv->second);
  }
}

Result<std::map<std::string, std::string>> readTexts(Reader& r) {
  auto n = r.map();
  if (!n) return n.error();
  std::map<std::string, std::string> out;
  std::optional<std::string_view> previous;
  for (std::uint64_t i = 0; i < *n; ++i) {
    auto key = r.key(previous);
    if (!key) return key.error();
    auto value = r.text();
    if (!value) return value.error();
    out.emplace(*key, *value);
  }
  return out;
}

void writeChecksum(Writer& w, const Checksum& c) {
  w.array(3);
  w.text(c.algorithm);
  w.bytes(c.value);
  w.boolean(c.composite);
}

Result<Checksum> readChecksum(Reader& r) {
  auto n = r.array();
  if (!n) return n.error();
  if (*n != 3) return fail(Errc::corrupt, "checksum is not [algorithm, value, composite]");
  Checksum c;
  auto algorithm = r.text();
  if (!algorithm) return algorithm.error();
  c.algorithm = *algorithm;
  auto value = r.bytes();
  if (!value) return value.error();
  c.value = toBytes(*value);
  auto composite = r.boolean();
  if (!composite) return composite.error();
  c.composite = *composite;
  return c;
}

Result<std::array<std::uint8_t, 16>> readMd5(Reader& r) {
  auto b = r.bytes();
  if (!b) return b.error();
  if (b->size() != 16) return fail(Errc::corrupt, "an MD5 is 16 bytes");
  std::array<std::uint8_t, 16> md5{};
  std::copy(b->begin(), b->end(), md5.begin());
  return md5;
}

void writeETag(Writer& w, const ETag& e) {
  if (e.parts == 0) return w.bytes(e.md5);
  w.array(2);
  w.bytes(e.md5);
  w.uint(e.parts);
}

Result<ETag> readETag(Reader& r) {
  ETag e;
  auto type = r.peek();
  if (!type) return type.error();
  bool multipart = *type == cbor::Type::array;
  if (multipart) {
    auto n = r.array();
    if (!n) return n.error();
    if (*n != 2) return fail(Errc::corrupt, "a multipart ETag is [md5, parts]");
  }
  auto md5 = readMd5(r);
  if (!md5) return md5.error();
  e.md5 = *md5;
  if (multipart) {
    auto parts = r.uint();
    if (!parts) return parts.error();
    if (*parts == 0 || *parts > 10000) return fail(Errc::corrupt, "an object has 1 to 10000 parts");
    e.parts = static_cast<std::uint32_t>(*parts);
  }
  return e;
}

/// Part sizes as runs of equal ones: most uploads have two runs however many parts.
void writeRuns(Writer& w, const std::vector<std::uint64_t>& sizes) {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> runs;
  for (std::uint64_t s : sizes) {
    if (runs.empty() || runs.back().second != s) runs.emplace_back(0, s);
    ++runs.back().first;
  }
  w.array(runs.size());
  for (auto [n, s] : runs) {
    w.array(2);
    w.uint(n);
    w.uint(s);
  }
}

Result<std::vector<std::uint64_t>> readRuns(Reader& r) {
  auto n = r.array();
  if (!n) return n.error();
  std::vector<std::uint64_t> sizes;
  for (std::uint64_t i = 0; i < *n; ++i) {
    auto two = r.array();
    auto count = two ? r.uint() : two;
    auto size = count ? r.uint() : count;
    if (!size) return size.error();
    if (*two != 2 || *count == 0 || *count > 10000 || sizes.size() + *count > 10000)
      return fail(Errc::corrupt, "part sizes are runs of [count, size], 10000 parts at most");
    sizes.insert(sizes.end(), *count, *size);
  }
  return sizes;
}

/// Calls `field(key)` for each key of a map that is the whole of `item`; the callee reads the value.
template <class Field>
Status readMap(BytesView item, const char* what, Field field) {
  Reader r(item);
  auto n = r.map();
  if (!n) return n.error();
  std::optional<std::string_view> previous;
  for (std::uint64_t i = 0; i < *n; ++i) {
    auto key = r.key(previous);
    if (!key) return key.error();
    auto known = field(r, *key);
    if (!known) return known.error();
    if (!*known)
      return fail(Errc::newer_version, std::string(what) + " has the field '" + std::string(*key) +
                                           "', which this cairnd does not know. Upgrade it.");
  }
  return r.end();
}

/// Assigns what a reader gave, or passes its error on; true: the field is known.
template <class T, class U>
Result<bool> take(T& to, Result<U> from) {
  if (!from) return from.error();
  to = std::move(*from);
  return true;
}

Result<bool> takeTime(Timestamp& to, Result<std::int64_t> from) {
  if (!from) return from.error();
  to = Timestamp(*from);
  return true;
}

Result<bool> readAttribute(Attributes& a, Reader& r, std::string_view key) {
  if (key == "g") return take(a.tags, readTexts(r));
  if (key == "h") return take(a.headers, readTexts(r));
  if (key == "m") return take(a.metadata, readTexts(r));
  return false;
}

std::uint64_t attributeCount(const Attributes& a) {
  return !a.headers.empty() + !a.metadata.empty() + !a.tags.empty();
}

}  // namespace

std::string ETag::str() const {
  return toHex(md5) + (parts > 0 ? "-" + std::to_string(parts) : "");
}

Bytes encodeEntry(const Entry& e) {
  Bytes out;
  Writer w(out);
  w.map(3 + attributeCount(e.attributes) + e.checksum.has_value() + !e.partSizes.empty() + !e.upload.empty());
  w.text("c");
  w.link(e.content);
  w.text("e");
  writeETag(w, e.etag);
  if (!e.attributes.tags.empty()) w.text("g"), writeTexts(w, e.attributes.tags);
  if (!e.attributes.headers.empty()) w.text("h"), writeTexts(w, e.attributes.headers);
  if (e.checksum) w.text("k"), writeChecksum(w, *e.checksum);
  if (!e.attributes.metadata.empty()) w.text("m"), writeTexts(w, e.attributes.metadata);
  if (!e.partSizes.empty()) w.text("p"), writeRuns(w, e.partSizes);
  w.text("t");
  w.integer(e.modified.get());
  if (!e.upload.empty()) w.text("u"), w.text(e.upload);
  return out;
}

Result<Entry> decodeEntry(BytesView item, std::uint64_t size) {
  Entry e;
  e.size = size;
  auto status = readMap(item, "an object's entry", [&](Reader& r, std::string_view key) -> Result<bool> {
    if (key == "c") return take(e.content, r.link());
    if (key == "e") return take(e.etag, readETag(r));
    if (key == "k") return take(e.checksum, readChecksum(r));
    if (key == "p") return take(e.partSizes, readRuns(r));
    if (key == "t") return takeTime(e.modified, r.integer());
    if (key == "u") return take(e.upload, r.text());
    return readAttribute(e.attributes, r, key);
  });
  if (!status) return status.error();
  if (e.content.isNull()) return fail(Errc::corrupt, "an object's entry has no content link");
  return e;
}

Bytes encodeUpload(const Upload& u) {
  Bytes out;
  Writer w(out);
  w.map(2 + attributeCount(u.attributes) + !u.checksumAlgorithm.empty());
  if (!u.attributes.tags.empty()) w.text("g"), writeTexts(w, u.attributes.tags);
  if (!u.attributes.headers.empty()) w.text("h"), writeTexts(w, u.attributes.headers);
  if (!u.checksumAlgorithm.empty()) {
    w.text("k");
    w.array(2);
    w.text(u.checksumAlgorithm);
    w.boolean(u.fullObjectChecksum);
  }
  if (!u.attributes.metadata.empty()) w.text("m"), writeTexts(w, u.attributes.metadata);
  w.text("o");
  w.text(u.initiator.get());
  w.text("t");
  w.integer(u.started.get());
  return out;
}

Result<Upload> decodeUpload(BytesView item) {
  Upload u;
  auto status = readMap(item, "an upload", [&](Reader& r, std::string_view key) -> Result<bool> {
    if (key == "t") return takeTime(u.started, r.integer());
    if (key == "o") {
      auto owner = r.text();
      if (!owner) return owner.error();
      u.initiator = OwnerId(std::string(*owner));
      return true;
    }
    if (key == "k") {
      auto n = r.array();
      auto algorithm = n ? r.text() : Result<std::string_view>(n.error());
      auto full = algorithm ? r.boolean() : Result<bool>(algorithm.error());
      if (!full) return full.error();
      if (*n != 2) return fail(Errc::corrupt, "an upload's checksum is [algorithm, full object]");
      u.checksumAlgorithm = *algorithm;
      u.fullObjectChecksum = *full;
      return true;
    }
    return readAttribute(u.attributes, r, key);
  });
  if (!status) return status.error();
  return u;
}

Bytes encodePart(const Part& p) {
  Bytes out;
  Writer w(out);
  w.map(3 + p.checksum.has_value());
  w.text("c");
  w.link(p.content);
  w.text("e");
  w.bytes(p.md5);
  if (p.checksum) w.text("k"), writeChecksum(w, *p.checksum);
  w.text("t");
  w.integer(p.modified.get());
  return out;
}

Result<Part> decodePart(BytesView item, std::uint64_t size) {
  Part p;
  p.size = size;
  auto status = readMap(item, "a part", [&](Reader& r, std::string_view key) -> Result<bool> {
    if (key == "c") return take(p.content, r.link());
    if (key == "e") return take(p.md5, readMd5(r));
    if (key == "k") return take(p.checksum, readChecksum(r));
    if (key == "t") return takeTime(p.modified, r.integer());
    return false;
  });
  if (!status) return status.error();
  if (p.content.isNull()) return fail(Errc::corrupt, "a part has no content link");
  return p;
}

}  // namespace cairn::bucket
