// DAG-CBOR: what validate() accepts is canonical, so that reading it item by item and writing it again gives the same
// bytes, and the fast walk agrees with the strict one.

#include "common/cid/cbor.h"

namespace {

using cairn::cbor::Reader, cairn::cbor::Type, cairn::cbor::Writer;

void copy(Reader& from, Writer& to);

void copyMap(Reader& from, Writer& to) {
  const std::uint64_t count = *from.map();
  std::optional<std::string_view> previous;
  cairn::cbor::MapWriter map(to, count);
  for (std::uint64_t i = 0; i < count; ++i) {
    map.key(*from.key(previous));
    copy(from, to);
  }
}

void copyArray(Reader& from, Writer& to) {
  const std::uint64_t count = *from.array();
  to.array(count);
  for (std::uint64_t i = 0; i < count; ++i) copy(from, to);
}

void copyNegative(Reader& from, Writer& to) {
  Reader probe = from;
  // -2^64 to -2^63 - 1 are canonical but fit no int64_t.
  if (!probe.integer()) return to.raw(*from.item());
  to.integer(*from.integer());
}

void copy(Reader& from, Writer& to) {
  switch (*from.peek()) {
    case Type::uint:
      return to.uint(*from.uint());
    case Type::negative:
      return copyNegative(from, to);
    case Type::bytes:
      return to.bytes(*from.bytes());
    case Type::text:
      return to.text(*from.text());
    case Type::array:
      return copyArray(from, to);
    case Type::map:
      return copyMap(from, to);
    case Type::link:
      return to.link(*from.link());
    case Type::boolean:
      return to.boolean(*from.boolean());
    case Type::null:
      CAIRN_ASSERT(from.null().has_value());
      return to.null();
    case Type::real:
      return to.raw(*from.item());
  }
}

/// Every accessor on input of any kind: it may refuse, and then it has not moved.
void tryAccessors(cairn::BytesView input) {
  const auto attempt = [&](auto call) {
    Reader reader(input);
    if (!call(reader)) CAIRN_ASSERT(reader.offset() == 0);
  };
  attempt([](Reader& r) { return r.peek().has_value(); });
  attempt([](Reader& r) { return r.uint().has_value(); });
  attempt([](Reader& r) { return r.integer().has_value(); });
  attempt([](Reader& r) { return r.bytes().has_value(); });
  attempt([](Reader& r) { return r.text().has_value(); });
  attempt([](Reader& r) { return r.boolean().has_value(); });
  attempt([](Reader& r) { return r.null().has_value(); });
  attempt([](Reader& r) { return r.link().has_value(); });
  attempt([](Reader& r) { return r.array().has_value(); });
  attempt([](Reader& r) { return r.map().has_value(); });
  attempt([](Reader& r) { return r.item().has_value(); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cairn::BytesView block(data, size);
  tryAccessors(block);
  std::size_t links = 0;
  const auto walked = cairn::cbor::forEachLink(block, [&](const cairn::Cid&) { ++links; });
  const auto valid = cairn::cbor::validate(block);
  CAIRN_ASSERT(walked.has_value() == valid.has_value());
  if (!valid) {
    CAIRN_ASSERT(links == 0);
    return 0;
  }
  CAIRN_ASSERT(Reader(block).itemTrusted().size() == size);
  cairn::Bytes again;
  Writer writer(again);
  Reader reader(block);
  copy(reader, writer);
  CAIRN_ASSERT(reader.atEnd() && again == cairn::toBytes(block));
  return 0;
}
