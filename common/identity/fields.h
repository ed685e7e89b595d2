// Reading and writing the maps of signed records: fields in their one canonical order.
//
// Contract: internal to common/identity. A Fields stops at the first error and keeps it; every take after that is a
// no-op, so a record is read straight through and checked once at the end.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/ids.h"
#include "common/cid/cbor.h"

namespace cairn::identity {

class Fields {
 public:
  Fields(BytesView data, std::uint64_t count, std::string_view what) : in_(data), what_(what) {
    auto have = in_.map();
    if (!have) {
      error_ = have.error();
    } else if (*have != count) {
      error_ = fail(Errc::corrupt, what_ + " has another number of fields than it should");
    }
  }

  void uint(std::string_view name, std::uint64_t& out) {
    take(name, out, [this] { return in_.uint(); });
  }
  void integer(std::string_view name, std::int64_t& out) {
    take(name, out, [this] { return in_.integer(); });
  }
  template <class StrongText>
  void text(std::string_view name, StrongText& out) {
    std::string_view view;
    take(name, view, [this] { return in_.text(); });
    out = StrongText(std::string(view));
  }
  void bytes(std::string_view name, Bytes& out) {
    BytesView view;
    take(name, view, [this] { return in_.bytes(); });
    out = toBytes(view);
  }
  void root(std::string_view name, std::optional<Cid>& out) {
    if (!named(name)) return;
    auto type = in_.peek();
    if (type && *type == cbor::Type::null) {
      keep(in_.null());
      return;
    }
    auto link = in_.link();
    if (!link) error_ = link.error();
    if (link) out = *link;
  }
  /// An array of exactly, or with `exact` 0 any number of, items; `item` reads one.
  template <class Item>
  void array(std::string_view name, std::uint64_t exact, Item item) {
    std::uint64_t count = 0;
    take(name, count, [this] { return in_.array(); });
    if (!error_ && exact != 0 && count != exact) error_ = fail(Errc::corrupt, what_ + ": " + std::string(name));
    for (std::uint64_t i = 0; i < count && !error_; ++i) keep(item(in_, i));
  }
  Status finish() {
    if (!error_) keep(in_.end());
    if (error_) return *error_;
    return {};
  }

 private:
  bool named(std::string_view name) {
    if (error_) return false;
    auto key = in_.key(previous_);
    if (!key) {
      error_ = key.error();
    } else if (*key != name) {
      error_ = fail(Errc::corrupt, what_ + ": expected field " + std::string(name));
    }
    return !error_;
  }
  template <class T, class Read>
  void take(std::string_view name, T& out, Read read) {
    if (!named(name)) return;
    auto value = read();
    if (!value) error_ = value.error();
    if (value) out = *value;
  }
  void keep(const Status& status) {
    if (!status && !error_) error_ = status.error();
  }

  cbor::Reader in_;
  std::string what_;
  std::optional<std::string_view> previous_;
  std::optional<Error> error_;
};

/// A link, or null for none.
inline void writeRoot(cbor::Writer& w, const std::optional<Cid>& root) {
  if (root) {
    w.link(*root);
  } else {
    w.null();
  }
}

}  // namespace cairn::identity
