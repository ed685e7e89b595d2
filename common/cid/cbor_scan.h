// The inner loops of strict DAG-CBOR reading, apart from the cursor that wraps them: pointers in, pointer or reason
// out.
//
// Contract: internal to common/cid. Scan borrows [at, end), never reads outside it and never allocates. On failure
// `why` is a static text, `at` is near the fault, and for a CID `cidFault` has its bytes. Any thread, one at a time.
// Format: https://ipld.io/specs/codecs/dag-cbor/spec/ and RFC 8949.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/base/bytes.h"

namespace cairn::cbor {

inline constexpr std::uint8_t kUint = 0, kNegative = 1, kBytes = 2, kText = 3, kArray = 4, kMap = 5, kTag = 6,
                              kSimple = 7;
inline constexpr std::uint64_t kLinkTag = 42;
inline constexpr std::uint8_t kFalse = 20, kTrue = 21, kNull = 22, kFloat64 = 27;

bool isUtf8(const std::uint8_t* at, const std::uint8_t* end);

struct Scan {
  const std::uint8_t* at;
  const std::uint8_t* end;
  const char* why = nullptr;
  BytesView cidFault{};

  bool fail(const char* reason) {
    why = reason;
    return false;
  }
  std::uint64_t left() const { return static_cast<std::uint64_t>(end - at); }

  /// Initial byte and argument. For major 7 the argument is the simple value, or the float's bits with `info` 27.
  struct Head {
    std::uint8_t major;
    std::uint8_t info;
    std::uint64_t value;
  };
  bool head(Head& h) {
    if (at == end) return fail("ends early");
    h.major = static_cast<std::uint8_t>(*at >> 5);
    h.info = static_cast<std::uint8_t>(*at & 31);
    if (h.info < 24) {
      ++at;
      h.value = h.info;
      return true;
    }
    return longHead(h);
  }
  bool longHead(Head& h);
  /// The rest of a byte string or text of `size` bytes; text is checked for UTF-8.
  bool payload(std::uint8_t major, std::uint64_t size);
  /// The rest of a link after its tag's head: the byte string, of which `cid` becomes the 36 bytes.
  bool link(std::uint64_t tag, const std::uint8_t*& cid);
  /// One map key; `previous` is empty (data() null) for the first, and becomes this key.
  bool key(std::string_view& previous);
  /// One whole item, with `depth` containers around it.
  bool item(int depth);

 private:
  bool simple(const Head& h);
  bool array(std::uint64_t count, int depth);
  bool map(std::uint64_t count, int depth);
};

}  // namespace cairn::cbor
