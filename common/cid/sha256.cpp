#include "common/cid/sha256.h"

#include <openssl/evp.h>

#include <utility>

#include "common/base/result.h"

namespace cairn {
namespace {

/// Fetched once: looking an algorithm up by name costs more than hashing a small block.
const EVP_MD* algorithm() {
  static const EVP_MD* md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  CAIRN_ASSERT(md != nullptr);
  return md;
}

struct FreeContext {
  void operator()(EVP_MD_CTX* ctx) const { EVP_MD_CTX_free(ctx); }
};

}  // namespace

std::array<std::uint8_t, 32> sha256(BytesView data) {
  // One context per thread, so that hashing a block allocates nothing.
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> ctx(EVP_MD_CTX_new());
  std::array<std::uint8_t, 32> digest;
  CAIRN_ASSERT(ctx != nullptr);
  CAIRN_ASSERT(EVP_DigestInit_ex2(ctx.get(), algorithm(), nullptr) == 1);
  CAIRN_ASSERT(EVP_DigestUpdate(ctx.get(), data.data(), data.size()) == 1);
  CAIRN_ASSERT(EVP_DigestFinal_ex(ctx.get(), digest.data(), nullptr) == 1);
  return digest;
}

Sha256::Sha256() : ctx_(EVP_MD_CTX_new()) {
  CAIRN_ASSERT(ctx_ != nullptr);
  CAIRN_ASSERT(EVP_DigestInit_ex2(ctx_, algorithm(), nullptr) == 1);
}

Sha256::~Sha256() {
  EVP_MD_CTX_free(ctx_);
}

Sha256::Sha256(Sha256&& other) noexcept : ctx_(std::exchange(other.ctx_, nullptr)) {}

Sha256& Sha256::operator=(Sha256&& other) noexcept {
  std::swap(ctx_, other.ctx_);
  return *this;
}

void Sha256::update(BytesView data) {
  CAIRN_ASSERT(EVP_DigestUpdate(ctx_, data.data(), data.size()) == 1);
}

std::array<std::uint8_t, 32> Sha256::finish() {
  std::array<std::uint8_t, 32> digest;
  CAIRN_ASSERT(EVP_DigestFinal_ex(ctx_, digest.data(), nullptr) == 1);
  return digest;
}

}  // namespace cairn
