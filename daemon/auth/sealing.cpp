#include "daemon/auth/sealing.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "daemon/auth/hmac.h"

namespace cairn::auth {
namespace {

constexpr std::size_t kIv = 12, kTag = 16;
constexpr std::string_view kWrap = "cairn wrapped key ", kWrapSecret = "cairn wrapped secret ";

using Context = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

Error notWrapped(const std::string& keyId) {
  return fail(Errc::corrupt, "shared key " + keyId + " was not wrapped by this key-encryption key");
}

Context begin(bool encrypting, const SealKey& key, const std::uint8_t* iv, std::string_view purpose) {
  Context c(EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free);
  int n = 0;
  const int good = EVP_CipherInit_ex(c.get(), EVP_aes_256_gcm(), nullptr, key.bytes().data(), iv, encrypting ? 1 : 0);
  CAIRN_ASSERT(good == 1);
  CAIRN_ASSERT(EVP_CipherUpdate(c.get(), nullptr, &n, asBytes(purpose).data(), static_cast<int>(purpose.size())) == 1);
  return c;
}

}  // namespace

SealKey SealKey::generate(Random& random) {
  SealKey key;
  random.fill(key.bytes_);
  return key;
}

Result<SealKey> SealKey::parse(BytesView bytes) {
  if (bytes.size() != kSize) return fail(Errc::invalid, "a sealing key has 32 bytes");
  SealKey key;
  std::copy(bytes.begin(), bytes.end(), key.bytes_.begin());
  return key;
}

SealKey::SealKey(SealKey&& other) noexcept : bytes_(other.bytes_) {
  OPENSSL_cleanse(other.bytes_.data(), kSize);
}

SealKey& SealKey::operator=(SealKey&& other) noexcept {
  if (this == &other) return *this;
  bytes_ = other.bytes_;
  OPENSSL_cleanse(other.bytes_.data(), kSize);
  return *this;
}

SealKey::~SealKey() {
  OPENSSL_cleanse(bytes_.data(), kSize);
}

Bytes SealKey::seal(std::string_view purpose, BytesView plain, Random& random) const {
  Bytes out(kIv + plain.size() + kTag);
  random.fill(std::span(out).first(kIv));
  const Context c = begin(true, *this, out.data(), purpose);
  int n = 0;
  std::uint8_t* text = out.data() + kIv;
  CAIRN_ASSERT(EVP_CipherUpdate(c.get(), text, &n, plain.data(), static_cast<int>(plain.size())) == 1);
  CAIRN_ASSERT(EVP_CipherFinal_ex(c.get(), text + n, &n) == 1);
  CAIRN_ASSERT(EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_GCM_GET_TAG, kTag, text + plain.size()) == 1);
  return out;
}

std::optional<Bytes> SealKey::open(std::string_view purpose, BytesView sealed) const {
  if (sealed.size() < kIv + kTag) return std::nullopt;
  const Context c = begin(false, *this, sealed.data(), purpose);
  Bytes tag = toBytes(sealed.last(kTag)), out(sealed.size() - kIv - kTag);
  const BytesView text = sealed.subspan(kIv, out.size());
  int n = 0;
  std::uint8_t end[16];
  if (EVP_CipherUpdate(c.get(), out.data(), &n, text.data(), static_cast<int>(text.size())) != 1 ||
      EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_GCM_SET_TAG, kTag, tag.data()) != 1 ||
      EVP_CipherFinal_ex(c.get(), end, &n) != 1) {
    OPENSSL_cleanse(out.data(), out.size());
    return std::nullopt;
  }
  return out;
}

KeyEncryptionKey::KeyEncryptionKey(SealKey key) : key_(std::move(key)) {
  name_ = toHex(hmacSha256(key_.bytes(), "cairn key-encryption key")).substr(0, 16);
}

Result<KeyEncryptionKey> KeyEncryptionKey::parse(std::string_view text) {
  auto bytes = text.size() == 2 * SealKey::kSize ? fromHex(text) : std::nullopt;
  if (!bytes) return fail(Errc::invalid, "a key-encryption key is 64 hexadecimal digits");
  auto key = SealKey::parse(*bytes);
  OPENSSL_cleanse(bytes->data(), bytes->size());
  return KeyEncryptionKey(std::move(*key));
}

std::string KeyEncryptionKey::generate(Random& random) {
  return toHex(SealKey::generate(random).bytes());
}

Bytes KeyEncryptionKey::wrap(const std::string& keyId, const SealKey& key, Random& random) const {
  return key_.seal(std::string(kWrap) + keyId, key.bytes(), random);
}

Result<SealKey> KeyEncryptionKey::unwrap(const std::string& keyId, BytesView wrapped) const {
  auto plain = key_.open(std::string(kWrap) + keyId, wrapped);
  if (!plain || plain->size() != SealKey::kSize) return notWrapped(keyId);
  auto key = SealKey::parse(*plain);
  OPENSSL_cleanse(plain->data(), plain->size());
  return key;
}

Bytes KeyEncryptionKey::wrapSecret(const std::string& keyId, BytesView secret, Random& random) const {
  return key_.seal(std::string(kWrapSecret) + keyId, secret, random);
}

Result<Bytes> KeyEncryptionKey::unwrapSecret(const std::string& keyId, BytesView wrapped) const {
  auto plain = key_.open(std::string(kWrapSecret) + keyId, wrapped);
  if (!plain) return notWrapped(keyId);
  return std::move(*plain);
}

}  // namespace cairn::auth
