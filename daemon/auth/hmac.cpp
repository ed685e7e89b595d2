#include "daemon/auth/hmac.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "common/base/result.h"
#include "common/cid/sha256.h"

namespace cairn::auth {
namespace {

constexpr std::size_t kBlock = 64;

struct FreeContext {
  void operator()(EVP_MD_CTX* ctx) const { EVP_MD_CTX_free(ctx); }
};

// EVP_MAC costs several times the hash itself to set up, and a request needs up to seven of these.
Sha256Digest hashOf(BytesView first, BytesView second) {
  static const EVP_MD* md = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local const std::unique_ptr<EVP_MD_CTX, FreeContext> ctx(EVP_MD_CTX_new());
  CAIRN_ASSERT(md != nullptr && ctx != nullptr);
  Sha256Digest out;
  CAIRN_ASSERT(EVP_DigestInit_ex2(ctx.get(), md, nullptr) == 1);
  CAIRN_ASSERT(EVP_DigestUpdate(ctx.get(), first.data(), first.size()) == 1);
  CAIRN_ASSERT(EVP_DigestUpdate(ctx.get(), second.data(), second.size()) == 1);
  CAIRN_ASSERT(EVP_DigestFinal_ex(ctx.get(), out.data(), nullptr) == 1);
  return out;
}

}  // namespace

Sha256Digest hmacSha256(BytesView key, BytesView message) {
  std::array<std::uint8_t, kBlock> padded{};
  if (key.size() > kBlock) {
    const Sha256Digest shortened = sha256(key);
    std::copy(shortened.begin(), shortened.end(), padded.begin());
  } else {
    std::copy(key.begin(), key.end(), padded.begin());
  }
  for (std::uint8_t& b : padded) b ^= 0x36;
  const Sha256Digest inner = hashOf(padded, message);
  for (std::uint8_t& b : padded) b ^= 0x36 ^ 0x5c;
  const Sha256Digest outer = hashOf(padded, inner);
  OPENSSL_cleanse(padded.data(), padded.size());
  return outer;
}

bool sameSecret(BytesView a, BytesView b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace cairn::auth
