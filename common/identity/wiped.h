// Bytes that are wiped when they go out of scope, for what is derived from passwords and keys.
//
// Contract: owners that are neither copied nor moved; Wiped is zero at first, WipedHeap is not. Not thread-safe.
#pragma once

#include <array>
#include <cstring>
#include <memory>
#include <new>
#include <span>

#include "common/base/bytes.h"

namespace cairn::identity {

template <std::size_t N>
class Wiped {
 public:
  Wiped() = default;
  Wiped(const Wiped&) = delete;
  Wiped& operator=(const Wiped&) = delete;
  ~Wiped() { ::explicit_bzero(bytes_.data(), N); }
  std::span<std::uint8_t, N> bytes() { return bytes_; }

 private:
  std::array<std::uint8_t, N> bytes_{};
};

/// Too large for the stack; data() is null when there was no memory.
template <class T>
class WipedHeap {
 public:
  explicit WipedHeap(std::size_t count) : count_(count), data_(new(std::nothrow) T[count]) {}
  WipedHeap(const WipedHeap&) = delete;
  WipedHeap& operator=(const WipedHeap&) = delete;
  ~WipedHeap() {
    if (data_) ::explicit_bzero(data_.get(), count_ * sizeof(T));
  }
  T* data() { return data_.get(); }

 private:
  std::size_t count_;
  std::unique_ptr<T[]> data_;
};

}  // namespace cairn::identity
