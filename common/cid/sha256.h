// SHA-256 (FIPS 180-4), one-shot and incremental, by OpenSSL.
//
// Contract: Sha256 is a value that may be moved; update() any number of times, finish() once. Not for concurrent use.
#pragma once

#include <array>
#include <memory>

#include "common/base/bytes.h"

struct evp_md_ctx_st;

namespace cairn {

std::array<std::uint8_t, 32> sha256(BytesView data);

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void update(BytesView data);
  std::array<std::uint8_t, 32> finish();

 private:
  evp_md_ctx_st* ctx_;
};

}  // namespace cairn
