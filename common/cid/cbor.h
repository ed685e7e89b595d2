// Strict DAG-CBOR (https://ipld.io/specs/codecs/dag-cbor/spec/): a canonical writer and a cursor that refuses
// everything that is not canonical.
//
// Contract. Writer appends to a byte string; the caller gives array and map headers their exact counts, and map keys in
// canonical order (shorter first, then bytewise); in maps made by MapWriter that is checked. Reader walks borrowed
// bytes without copying; every accessor returns Errc::corrupt with an offset on: wrong type, non-minimal integer or
// length, indefinite length, unsorted or doubled map key, non-text map key, a tag other than 42, a malformed CID in
// one, invalid UTF-8 in text, floats other than finite 64-bit, simple values other than false, true and null, nesting
// deeper than kMaxDepth, or trailing bytes where end() is asked for. A well-formed CID of a kind that Cairn does not
// read is Errc::unsupported instead. After an error the cursor is where it was before the call. Limits: kMaxBlockBytes
// for a whole item (Errc::too_large). Nothing here allocates in proportion to a length field that the input merely
// claims: array() and map() refuse a count for which the input has not bytes enough, so callers may reserve by it.
// Reading allocates nothing but error messages.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "common/base/bytes.h"
#include "common/base/result.h"
#include "common/cid/cid.h"

namespace cairn::cbor {

inline constexpr int kMaxDepth = 64;
inline constexpr std::size_t kMaxBlockBytes = 2U << 20;

/// The canonical order of map keys: shorter first, then bytewise.
inline bool keyLess(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a < b;
}

/// Appends canonical DAG-CBOR to `out`, which it borrows.
class Writer {
 public:
  explicit Writer(Bytes& out) : out_(out) {}
  void uint(std::uint64_t v);
  void integer(std::int64_t v);
  void bytes(BytesView v);
  void text(std::string_view v);
  void boolean(bool v);
  void null();
  void link(const Cid& cid);
  void array(std::uint64_t count);
  void map(std::uint64_t count);
  /// Bytes that already are one canonical item.
  void raw(BytesView item);

 private:
  friend class MapWriter;
  void head(std::uint8_t major, std::uint64_t v);
  Bytes& out_;
};

/// Writes a map header, then holds the caller to its promises: CAIRN_ASSERT fails on a key out of order and on a count
/// that is not met when it is destroyed. After each key() write one value to the same Writer.
class MapWriter {
 public:
  MapWriter(Writer& writer, std::uint64_t count);
  ~MapWriter();
  MapWriter(const MapWriter&) = delete;
  MapWriter& operator=(const MapWriter&) = delete;
  Writer& key(std::string_view key);

 private:
  Writer& writer_;
  std::uint64_t left_;
  std::size_t previousAt_ = 0;  ///< where the previous key's text lies in the output
  std::size_t previousSize_ = 0;
  bool first_ = true;
};

enum class Type { uint, negative, bytes, text, array, map, link, boolean, null, real };

/// A cursor over one item or a sequence of items. Copyable: a copy is an independent cursor.
class Reader {
 public:
  explicit Reader(BytesView data) : data_(data) {}

  Result<Type> peek() const;
  Result<std::uint64_t> uint();
  Result<std::int64_t> integer();
  Result<BytesView> bytes();
  Result<std::string_view> text();
  Result<bool> boolean();
  Status null();
  Result<Cid> link();
  /// In data of others: Cid::decodeForeign().
  Result<Cid> foreignLink();
  /// Reads an array header and returns the count of items that follow.
  Result<std::uint64_t> array();
  /// Reads a map header. Then call key() once before each value; key order is checked against `previous`.
  Result<std::uint64_t> map();
  /// A map key; `previous` is the key before it (empty optional for the first) and is updated.
  Result<std::string_view> key(std::optional<std::string_view>& previous);
  /// Skips one whole item, validating it, and returns the bytes it took.
  Result<BytesView> item();
  /// Skips one whole item without re-validating it: only for bytes that item() or validate() accepted before. On others
  /// it stops the program rather than read past their end.
  BytesView itemTrusted();
  /// Errc::corrupt unless all input was consumed.
  Status end() const;
  std::size_t offset() const { return pos_; }
  bool atEnd() const { return pos_ == data_.size(); }

 private:
  const std::uint8_t* here() const { return data_.data() + pos_; }
  const std::uint8_t* limit() const { return data_.data() + data_.size(); }
  void moveTo(const std::uint8_t* at) { pos_ = static_cast<std::size_t>(at - data_.data()); }
  Result<std::uint64_t> header(std::uint8_t major, std::string_view expected, std::uint64_t bytesPerItem);
  Result<BytesView> string(std::uint8_t major, std::string_view expected);
  Error bad(std::string_view what) const { return badAt(here(), what); }
  Error badAt(const std::uint8_t* at, std::string_view what) const;

  BytesView data_;
  std::size_t pos_ = 0;
};

/// One canonical item and nothing after it.
Status validate(BytesView block);
/// Calls `found` for every link in a block that is one canonical item, in order. Errc::corrupt if it is not.
Status forEachLink(BytesView block, const std::function<void(const Cid&)>& found);

}  // namespace cairn::cbor
