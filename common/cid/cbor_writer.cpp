#include "common/cid/cbor.h"
#include "common/cid/cbor_scan.h"

namespace cairn::cbor {

void Writer::head(std::uint8_t major, std::uint64_t v) {
  const auto top = static_cast<std::uint8_t>(major << 5);
  if (v < 24) {
    out_.push_back(static_cast<std::uint8_t>(top | v));
    return;
  }
  const int log = v > 0xffffffffU ? 3 : v > 0xffff ? 2 : v > 0xff ? 1 : 0;
  out_.push_back(static_cast<std::uint8_t>(top | (24 + log)));
  for (int shift = 8 * ((1 << log) - 1); shift >= 0; shift -= 8) out_.push_back(static_cast<std::uint8_t>(v >> shift));
}

void Writer::uint(std::uint64_t v) {
  head(kUint, v);
}

void Writer::integer(std::int64_t v) {
  if (v >= 0) return head(kUint, static_cast<std::uint64_t>(v));
  head(kNegative, ~static_cast<std::uint64_t>(v));  // -1 - v, without overflow
}

void Writer::bytes(BytesView v) {
  head(kBytes, v.size());
  append(out_, v);
}

void Writer::text(std::string_view v) {
  head(kText, v.size());
  append(out_, asBytes(v));
}

void Writer::boolean(bool v) {
  head(kSimple, v ? kTrue : kFalse);
}
void Writer::null() {
  head(kSimple, kNull);
}

void Writer::link(const Cid& cid) {
  CAIRN_ASSERT(!cid.isNull());
  head(kTag, kLinkTag);
  head(kBytes, Cid::size + 1);
  out_.push_back(0);
  append(out_, cid.bytes());
}

void Writer::array(std::uint64_t count) {
  head(kArray, count);
}
void Writer::map(std::uint64_t count) {
  head(kMap, count);
}
void Writer::raw(BytesView item) {
  append(out_, item);
}

MapWriter::MapWriter(Writer& writer, std::uint64_t count) : writer_(writer), left_(count) {
  writer_.map(count);
}

MapWriter::~MapWriter() {
  CAIRN_ASSERT(left_ == 0);
}

Writer& MapWriter::key(std::string_view key) {
  const Bytes& out = writer_.out_;
  CAIRN_ASSERT(left_ > 0);
  CAIRN_ASSERT(first_ || keyLess(asText(BytesView(out).subspan(previousAt_, previousSize_)), key));
  writer_.text(key);
  first_ = false;
  --left_;
  previousAt_ = out.size() - key.size();
  previousSize_ = key.size();
  return writer_;
}

}  // namespace cairn::cbor
