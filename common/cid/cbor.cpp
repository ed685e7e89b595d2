#include "common/cid/cbor.h"

#include <limits>

#include "common/cid/cbor_scan.h"

namespace cairn::cbor {

namespace {

constexpr std::string_view kMajorNames[] = {
    "an unsigned integer", "a negative integer", "bytes", "text", "an array", "a map", "a link", "a simple value"};

/// The refusal of a CID keeps its own code: unsupported and malformed call for different reactions.
Error cidError(BytesView bytes, std::size_t offset) {
  const auto cid = Cid::decode(bytes);
  CAIRN_ASSERT(!cid);
  const Errc code = cid.error().code == Errc::unsupported ? Errc::unsupported : Errc::corrupt;
  return fail(code, "DAG-CBOR at byte " + std::to_string(offset) + ": link: " + cid.error().message);
}

Error tooLarge(std::size_t bytes) {
  return fail(Errc::too_large,
              "DAG-CBOR block of " + std::to_string(bytes) + " bytes; the limit is " + std::to_string(kMaxBlockBytes));
}

}  // namespace

Error Reader::badAt(const std::uint8_t* at, std::string_view what) const {
  return fail(Errc::corrupt, "DAG-CBOR at byte " + std::to_string(at - data_.data()) + ": " + std::string(what));
}

Result<Type> Reader::peek() const {
  if (atEnd()) return bad("ends early");
  const std::uint8_t initial = *here();
  switch (initial >> 5) {
    case kUint:
      return Type::uint;
    case kNegative:
      return Type::negative;
    case kBytes:
      return Type::bytes;
    case kText:
      return Type::text;
    case kArray:
      return Type::array;
    case kMap:
      return Type::map;
    case kTag:
      return Type::link;
    default:
      break;
  }
  switch (initial & 31) {
    case kFalse:
    case kTrue:
      return Type::boolean;
    case kNull:
      return Type::null;
    case kFloat64:
      return Type::real;
    default:
      return bad("simple value other than false, true and null, or a float that is not 64 bits wide");
  }
}

Result<std::uint64_t> Reader::header(std::uint8_t major, std::string_view expected, std::uint64_t bytesPerItem) {
  Scan scan{here(), limit()};
  Scan::Head h;
  if (!scan.head(h)) return badAt(scan.at, scan.why);
  if (h.major != major)
    return bad("expected " + std::string(expected) + ", found " + std::string(kMajorNames[h.major]));
  if (bytesPerItem != 0 && h.value > scan.left() / bytesPerItem) return bad("claims more items than there are bytes");
  moveTo(scan.at);
  return h.value;
}

Result<std::uint64_t> Reader::uint() {
  return header(kUint, "an unsigned integer", 0);
}
Result<std::uint64_t> Reader::array() {
  return header(kArray, "an array", 1);
}
Result<std::uint64_t> Reader::map() {
  return header(kMap, "a map", 2);
}

Result<std::int64_t> Reader::integer() {
  Scan scan{here(), limit()};
  Scan::Head h;
  if (!scan.head(h)) return badAt(scan.at, scan.why);
  if (h.major > kNegative) return bad("expected an integer, found " + std::string(kMajorNames[h.major]));
  if (h.value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    return bad("integer does not fit in 64 bits with a sign");
  }
  moveTo(scan.at);
  const auto v = static_cast<std::int64_t>(h.value);
  return h.major == kUint ? v : -1 - v;
}

Result<BytesView> Reader::string(std::uint8_t major, std::string_view expected) {
  Scan scan{here(), limit()};
  Scan::Head h;
  if (!scan.head(h)) return badAt(scan.at, scan.why);
  if (h.major != major)
    return bad("expected " + std::string(expected) + ", found " + std::string(kMajorNames[h.major]));
  const std::uint8_t* begin = scan.at;
  if (!scan.payload(major, h.value)) return badAt(scan.at, scan.why);
  moveTo(scan.at);
  return BytesView(begin, static_cast<std::size_t>(h.value));
}

Result<BytesView> Reader::bytes() {
  return string(kBytes, "bytes");
}

Result<std::string_view> Reader::text() {
  auto v = string(kText, "text");
  if (!v) return v.error();
  return asText(*v);
}

Result<bool> Reader::boolean() {
  const std::uint8_t initial = atEnd() ? 0 : *here();
  if (initial != (kSimple << 5 | kFalse) && initial != (kSimple << 5 | kTrue)) return bad("expected false or true");
  ++pos_;
  return initial == (kSimple << 5 | kTrue);
}

Status Reader::null() {
  if (atEnd() || *here() != (kSimple << 5 | kNull)) return bad("expected null");
  ++pos_;
  return {};
}

Result<Cid> Reader::link() {
  Scan scan{here(), limit()};
  Scan::Head h;
  if (!scan.head(h)) return badAt(scan.at, scan.why);
  if (h.major != kTag) return bad("expected a link, found " + std::string(kMajorNames[h.major]));
  const std::uint8_t* cid = nullptr;
  if (!scan.link(h.value, cid)) {
    if (scan.cidFault.data() != nullptr) return cidError(scan.cidFault, pos_);
    return badAt(scan.at, scan.why);
  }
  moveTo(scan.at);
  return Cid::decodePrefix(BytesView(cid, Cid::size));
}

Result<Cid> Reader::foreignLink() {
  auto known = link();
  if (known || known.error().code != Errc::unsupported) return known;
  Scan scan{here(), limit()};
  Scan::Head h;
  const std::uint8_t* none = nullptr;
  CAIRN_ASSERT(scan.head(h) && !scan.link(h.value, none));
  std::size_t used = 0;
  auto cid = Cid::decodeForeign(scan.cidFault, used);
  if (!cid || used != scan.cidFault.size()) return known;
  moveTo(scan.cidFault.data() + used);
  return cid;
}

Result<std::string_view> Reader::key(std::optional<std::string_view>& previous) {
  Scan scan{here(), limit()};
  std::string_view key = previous.value_or(std::string_view{});
  if (!scan.key(key)) return badAt(scan.at, scan.why);
  moveTo(scan.at);
  previous = key;
  return key;
}

Result<BytesView> Reader::item() {
  Scan scan{here(), limit()};
  if (!scan.item(0)) {
    if (scan.cidFault.data() != nullptr) {
      return cidError(scan.cidFault, static_cast<std::size_t>(scan.at - data_.data()));
    }
    return badAt(scan.at, scan.why);
  }
  const BytesView found(here(), scan.at);
  if (found.size() > kMaxBlockBytes) return tooLarge(found.size());
  moveTo(scan.at);
  return found;
}

BytesView Reader::itemTrusted() {
  const std::uint8_t* at = here();
  const std::uint8_t* const end = limit();
  for (std::uint64_t open = 1; open != 0; --open) {
    CAIRN_ASSERT(at < end);
    const std::uint8_t info = *at & 31;
    const std::uint8_t major = static_cast<std::uint8_t>(*at >> 5);
    std::uint64_t value = info;
    ++at;
    if (info >= 24) {
      const int bytes = 1 << (info & 3);
      CAIRN_ASSERT(end - at >= bytes);
      value = 0;
      for (int i = 0; i < bytes; ++i) value = (value << 8) | *at++;
    }
    switch (major) {
      case kBytes:
      case kText:
        CAIRN_ASSERT(value <= static_cast<std::uint64_t>(end - at));
        at += value;
        break;
      case kArray:
        open += value;
        break;
      case kMap:
        open += 2 * value;
        break;
      case kTag:
        ++open;
        break;
      default:
        break;
    }
  }
  const BytesView found(here(), at);
  moveTo(at);
  return found;
}

Status Reader::end() const {
  if (!atEnd()) return bad(std::to_string(data_.size() - pos_) + " bytes too many");
  return {};
}

// --- whole blocks

Status validate(BytesView block) {
  if (block.size() > kMaxBlockBytes) return tooLarge(block.size());
  Reader reader(block);
  if (auto item = reader.item(); !item) return item.error();
  return reader.end();
}

Status forEachLink(BytesView block, const std::function<void(const Cid&)>& found) {
  // Validated whole before the first call, so that a caller never acts on half of a bad block.
  if (auto valid = validate(block); !valid) return valid;
  for (Scan scan{block.data(), block.data() + block.size()}; scan.at != scan.end;) {
    Scan::Head h;
    CAIRN_ASSERT(scan.head(h));
    if (h.major == kBytes || h.major == kText) scan.at += h.value;
    if (h.major != kTag) continue;
    const std::uint8_t* cid = nullptr;
    CAIRN_ASSERT(scan.link(h.value, cid));
    found(*Cid::decodePrefix(BytesView(cid, Cid::size)));
  }
  return {};
}

}  // namespace cairn::cbor
