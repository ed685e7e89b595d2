#include "common/cid/cbor_scan.h"

#include <cstring>

#include "common/cid/cbor.h"

namespace cairn::cbor {
namespace {

constexpr std::uint64_t kAsciiMask = 0x8080808080808080U;
constexpr std::uint64_t kExponent = 0x7ff0000000000000U;
constexpr std::uint8_t kLinkBytes = Cid::size + 1;  // the multibase identity byte 0x00 stands before the CID

std::uint64_t bigEndian(const std::uint8_t* at, int bytes) {
  std::uint64_t v = 0;
  for (int i = 0; i < bytes; ++i) v = (v << 8) | at[i];
  return v;
}

bool isTail(std::uint8_t b) {
  return (b & 0xc0) == 0x80;
}

/// Length of the well-formed sequence at `at`, 0 if there is none (RFC 3629: no surrogates, shortest form, <=
/// U+10FFFF).
int sequence(const std::uint8_t* at, std::uint64_t left) {
  const std::uint8_t b = at[0];
  if (b < 0x80) return 1;
  if (b < 0xc2 || left < 2) return 0;
  if (b < 0xe0) return isTail(at[1]) ? 2 : 0;
  if (left < 3) return 0;
  if (b < 0xf0) {
    const std::uint8_t low = b == 0xe0 ? 0xa0 : 0x80;
    const std::uint8_t high = b == 0xed ? 0x9f : 0xbf;
    return at[1] >= low && at[1] <= high && isTail(at[2]) ? 3 : 0;
  }
  if (b > 0xf4 || left < 4) return 0;
  const std::uint8_t low = b == 0xf0 ? 0x90 : 0x80;
  const std::uint8_t high = b == 0xf4 ? 0x8f : 0xbf;
  return at[1] >= low && at[1] <= high && isTail(at[2]) && isTail(at[3]) ? 4 : 0;
}

}  // namespace

bool isUtf8(const std::uint8_t* at, const std::uint8_t* end) {
  while (at != end) {
    std::uint64_t eight;
    while (end - at >= 8) {
      std::memcpy(&eight, at, 8);
      if ((eight & kAsciiMask) != 0) break;
      at += 8;
    }
    if (at == end) return true;
    const int n = sequence(at, static_cast<std::uint64_t>(end - at));
    if (n == 0) return false;
    at += n;
  }
  return true;
}

bool Scan::longHead(Head& h) {
  if (h.info > 27) return fail(h.info == 31 ? "indefinite length" : "reserved length code");
  const int bytes = 1 << (h.info - 24);
  if (left() < static_cast<std::uint64_t>(bytes) + 1) return fail("ends early");
  h.value = bigEndian(at + 1, bytes);
  if (h.major != kSimple) {
    // Each wider form must be needed: 24 up in one byte, and above half the width before in the others.
    const std::uint64_t least = bytes == 1 ? 24 : std::uint64_t{1} << (4 * bytes);
    if (h.value < least) return fail("number is not in its shortest form");
  }
  at += bytes + 1;
  return true;
}

bool Scan::payload(std::uint8_t major, std::uint64_t size) {
  if (size > left()) return fail("string is longer than what is left");
  const std::uint8_t* begin = at;
  if (major == kText && !isUtf8(begin, begin + size)) return fail("text is not UTF-8");
  at += size;
  return true;
}

bool Scan::link(std::uint64_t tag, const std::uint8_t*& cid) {
  if (tag != kLinkTag) return fail("tag other than 42");
  Head h;
  if (!head(h)) return false;
  if (h.major != kBytes) return fail("tag 42 holds no byte string");
  if (h.value > left()) return fail("string is longer than what is left");
  if (h.value == 0 || *at != 0) return fail("tag 42 holds no CID: its first byte is not 0");
  cidFault = BytesView(at + 1, static_cast<std::size_t>(h.value) - 1);
  const std::uint8_t* b = at + 1;
  const bool known = h.value == kLinkBytes && b[0] == 1 && (b[1] == 0x55 || b[1] == 0x70 || b[1] == 0x71) &&
                     (b[2] == 0x12 || b[2] == 0x1e) && b[3] == 32;
  if (!known) return fail("CID in tag 42");
  cid = b;
  at += kLinkBytes;
  cidFault = {};
  return true;
}

bool Scan::key(std::string_view& previous) {
  Head h;
  if (!head(h)) return false;
  if (h.major != kText) return fail("map key is not text");
  if (h.value > left()) return fail("string is longer than what is left");
  const std::string_view key(reinterpret_cast<const char*>(at), static_cast<std::size_t>(h.value));
  if (previous.data() != nullptr && !keyLess(previous, key)) {
    return fail(previous == key ? "map key occurs twice" : "map keys are not in canonical order");
  }
  if (!payload(kText, h.value)) return false;
  previous = key;
  return true;
}

bool Scan::simple(const Head& h) {
  switch (h.info) {
    case kFalse:
    case kTrue:
    case kNull:
      return true;
    case kFloat64:
      return (h.value & kExponent) != kExponent || fail("float is not finite");
    case 23:
      return fail("undefined");
    case 25:
    case 26:
      return fail("float is not 64 bits wide");
    default:
      return fail("simple value other than false, true and null");
  }
}

bool Scan::array(std::uint64_t count, int depth) {
  if (depth >= kMaxDepth) return fail("nested too deeply");
  if (count > left()) return fail("array claims more items than there are bytes");
  for (; count != 0; --count) {
    if (!item(depth + 1)) return false;
  }
  return true;
}

bool Scan::map(std::uint64_t count, int depth) {
  if (depth >= kMaxDepth) return fail("nested too deeply");
  if (count > left() / 2) return fail("map claims more entries than there are bytes");
  std::string_view previous;
  for (; count != 0; --count) {
    if (!key(previous) || !item(depth + 1)) return false;
  }
  return true;
}

bool Scan::item(int depth) {
  Head h;
  if (!head(h)) return false;
  switch (h.major) {
    case kUint:
    case kNegative:
      return true;
    case kBytes:
    case kText:
      return payload(h.major, h.value);
    case kArray:
      return array(h.value, depth);
    case kMap:
      return map(h.value, depth);
    case kTag: {
      const std::uint8_t* cid;
      return link(h.value, cid);
    }
    default:
      return simple(h);
  }
}

}  // namespace cairn::cbor
