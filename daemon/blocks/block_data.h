// Immutable bytes, shared: what a block store hands out and takes in.
//
// Contract: a value; copies share the bytes and cost one atomic increment. The bytes never change and live as long as
// any copy, so caches and sockets may hold them after the store let go. A default-made BlockData holds nothing and is
// false; one of zero bytes is true. Thread-safe as a shared_ptr is: distinct copies from any thread.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include "common/base/bytes.h"

namespace cairn::blocks {

class BlockData {
 public:
  BlockData() = default;

  /// A copy of `bytes`.
  static BlockData copy(BytesView bytes) {
    return make(bytes.size(), [bytes](std::span<std::uint8_t> out) {
      if (!bytes.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
    });
  }

  /// Takes `bytes` over without copying them.
  static BlockData own(Bytes&& bytes) {
    auto owner = std::make_shared<const Bytes>(std::move(bytes));
    const BytesView view = *owner;
    return BlockData(std::move(owner), view);
  }

  /// `view`, which lies within what `owner` keeps alive and unchanged.
  static BlockData share(std::shared_ptr<const void> owner, BytesView view) {
    return BlockData(std::move(owner), view);
  }

  /// `size` bytes that `fill(std::span<std::uint8_t>)` writes; they are not zeroed before.
  template <class Fill>
  static BlockData make(std::size_t size, Fill&& fill) {
    auto buffer = std::make_shared_for_overwrite<std::uint8_t[]>(size == 0 ? 1 : size);
    std::forward<Fill>(fill)(std::span<std::uint8_t>(buffer.get(), size));
    const BytesView view(buffer.get(), size);
    return BlockData(std::move(buffer), view);
  }

  /// The part [offset, offset + count), cut at the end; shares the bytes.
  BlockData slice(std::size_t offset, std::size_t count) const {
    offset = std::min(offset, view_.size());
    return BlockData(owner_, view_.subspan(offset, std::min(count, view_.size() - offset)));
  }

  BytesView view() const { return view_; }
  const std::uint8_t* data() const { return view_.data(); }
  std::size_t size() const { return view_.size(); }
  explicit operator bool() const { return owner_ != nullptr; }

 private:
  BlockData(std::shared_ptr<const void> owner, BytesView view) : owner_(std::move(owner)), view_(view) {}

  std::shared_ptr<const void> owner_;
  BytesView view_;
};

inline BlockData makeBlockData(Bytes&& bytes) {
  return BlockData::own(std::move(bytes));
}

}  // namespace cairn::blocks
