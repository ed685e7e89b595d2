// The part of protobuf's wire format that dag-pb and UnixFS are made of:
// https://protobuf.dev/programming-guides/encoding/
//
// Contract: internal to common/cid. ProtoReader walks borrowed bytes without copying; next() gives one field or false
// at the end or at a fault, which `bad()` tells apart. Only varints (wire type 0) and length-delimited fields (2)
// exist; numbers must be in their shortest form. Not for concurrent use.
#pragma once

#include "common/base/bytes.h"
#include "common/cid/varint.h"

namespace cairn {

inline constexpr int kProtoVarintBytes = 10;

struct ProtoField {
  std::uint64_t number = 0;
  bool isBytes = false;
  std::uint64_t value = 0;  ///< of a varint
  BytesView bytes;          ///< of a length-delimited field
};

class ProtoReader {
 public:
  explicit ProtoReader(BytesView data) : data_(data) {}
  bool bad() const { return bad_; }
  bool next(ProtoField& field) {
    if (at_ == data_.size()) return false;
    std::uint64_t tag = 0;
    bad_ = !read(tag) || ((tag & 7) != 0 && (tag & 7) != 2) || !read(field.value);
    if (bad_) return false;
    field.number = tag >> 3;
    field.isBytes = (tag & 7) == 2;
    if (!field.isBytes) return true;
    bad_ = field.value > data_.size() - at_;
    if (bad_) return false;
    field.bytes = data_.subspan(at_, static_cast<std::size_t>(field.value));
    at_ += static_cast<std::size_t>(field.value);
    return true;
  }

 private:
  bool read(std::uint64_t& v) { return readVarint(data_, at_, v, kProtoVarintBytes) == VarintState::ok; }
  BytesView data_;
  std::size_t at_ = 0;
  bool bad_ = false;
};

inline void appendProtoVarint(Bytes& out, std::uint64_t number, std::uint64_t value) {
  appendVarint(out, number << 3);
  appendVarint(out, value);
}

inline void appendProtoBytes(Bytes& out, std::uint64_t number, BytesView value) {
  appendVarint(out, number << 3 | 2);
  appendVarint(out, value.size());
  append(out, value);
}

}  // namespace cairn
