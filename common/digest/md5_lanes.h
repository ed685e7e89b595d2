// MD5 of several streams at once: up to eight of them side by side in the lanes of AVX2.
//
// Contract: an Md5 is one stream's state: a movable value, for one user at a time. advance() feeds each stream its
// bytes, whatever their lengths, and takes as long as the longest of up to eight does; where the processor has no AVX2,
// or a stream is alone, one after the other. Pure but for the states, any thread. Source: RFC 1321.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "common/base/bytes.h"

namespace cairn {

class Md5 {
 public:
  Md5();
  void update(BytesView data);
  /// Once, at the end.
  std::array<std::uint8_t, 16> finish();

  struct Job {
    Md5* stream = nullptr;
    BytesView data;
  };
  static constexpr std::size_t kLanes = 8;
  /// Streams must differ from one another.
  static void advance(std::span<const Job> jobs);

 private:
  BytesView border(BytesView data);
  std::array<std::uint32_t, 4> state_;
  std::array<std::uint8_t, 64> partial_{};
  std::uint64_t length_ = 0;
};

}  // namespace cairn
