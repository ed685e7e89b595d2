#include "common/identity/keystore.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <bit>
#include <memory>

#include "common/base/text.h"
#include "common/identity/wiped.h"

namespace cairn::identity {
namespace {

constexpr std::size_t kDerived = 32;  ///< 16 bytes for AES, 16 for the MAC

Error invalid(const std::string& what) {
  return fail(Errc::invalid, "key file: " + what);
}

Result<std::string> text(const Json& object, std::string_view name) {
  const Json* found = object.find(name);
  if (found == nullptr || found->kind != Json::Kind::text) return invalid(std::string(name) + " is not a string");
  return found->text;
}

Result<Bytes> hex(const Json& object, std::string_view name, std::size_t least, std::size_t most) {
  const auto written = text(object, name);
  if (!written) return written.error();
  auto bytes = fromHex(*written);
  if (!bytes) return invalid(std::string(name) + " is not hexadecimal");
  if (bytes->size() < least || bytes->size() > most)
    return invalid(std::string(name) + " has " + std::to_string(bytes->size()) + " bytes");
  return std::move(*bytes);
}

Result<std::uint64_t> number(const Json& object, std::string_view name) {
  const Json* found = object.find(name);
  const auto value = found != nullptr && found->kind == Json::Kind::number ? parseDecimal(found->text) : std::nullopt;
  if (!value || *value == 0) return invalid(std::string(name) + " is not a positive integer");
  return *value;
}

Result<const Json*> object(const Json& parent, std::string_view name) {
  const Json* found = parent.find(name);
  if (found == nullptr || found->kind != Json::Kind::object) return invalid(std::string(name) + " is not an object");
  return found;
}

/// Bounds so that no product below overflows.
Status check(const KeystoreCost& cost) {
  if (const auto* pbkdf2 = std::get_if<Pbkdf2Cost>(&cost)) {
    if (pbkdf2->iterations == 0) return invalid("pbkdf2 without iterations");
    if (pbkdf2->iterations > kMaxIterations)
      return fail(Errc::too_large, "key file: pbkdf2 with more than " + std::to_string(kMaxIterations) + " iterations");
    return {};
  }
  const auto& [n, r, p] = std::get<ScryptCost>(cost);
  if (n < 2 || !std::has_single_bit(n)) return invalid("scrypt's n is not a power of two");
  if (r == 0 || p == 0) return invalid("scrypt's r or p is zero");
  constexpr std::uint64_t kMost = std::uint64_t{1} << 24;
  if (n > kMost || r > kMost || p > kMost || n * r > kMaxScryptMemory / 128 || n * r * p > kMaxScryptWork ||
      std::uint64_t{r} * p > kMaxScryptMemory / 1024)
    return fail(Errc::too_large, "key file: scrypt's n, r and p ask for more than 512 MiB or 2^24 steps");
  return {};
}

bool derive(std::string_view password, BytesView salt, const KeystoreCost& cost, std::span<std::uint8_t> out) {
  if (const auto* iterated = std::get_if<Pbkdf2Cost>(&cost))
    return pbkdf2(password, salt, static_cast<int>(iterated->iterations), out);
  return scrypt(password, salt, std::get<ScryptCost>(cost), out);
}

/// AES-128-CTR, the same both ways.
void crypt(BytesView key, BytesView iv, BytesView in, std::span<std::uint8_t> out) {
  const std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)> context(EVP_CIPHER_CTX_new(),
                                                                                EVP_CIPHER_CTX_free);
  int written = 0;
  CAIRN_ASSERT(context && EVP_EncryptInit_ex(context.get(), EVP_aes_128_ctr(), nullptr, key.data(), iv.data()) == 1);
  CAIRN_ASSERT(EVP_EncryptUpdate(context.get(), out.data(), &written, in.data(), static_cast<int>(in.size())) == 1);
  CAIRN_ASSERT(static_cast<std::size_t>(written) == in.size());
}

Digest macOf(std::span<const std::uint8_t, kDerived> derived, BytesView ciphertext) {
  return Keccak256().update(derived.last<16>()).update(ciphertext).finish();
}

std::string uuid(const std::function<void(std::span<std::uint8_t>)>& fill) {
  std::array<std::uint8_t, 16> id;
  fill(id);
  id[6] = static_cast<std::uint8_t>((id[6] & 0x0f) | 0x40);
  id[8] = static_cast<std::uint8_t>((id[8] & 0x3f) | 0x80);
  std::string out = toHex(id);
  for (const std::size_t at : {8, 13, 18, 23}) out.insert(at, "-");
  return out;
}

std::string costJson(const KeystoreCost& cost, BytesView salt) {
  const std::string tail = R"(,"salt":")" + toHex(salt) + "\"}";
  if (const auto* pbkdf2 = std::get_if<Pbkdf2Cost>(&cost))
    return R"("kdf":"pbkdf2","kdfparams":{"c":)" + std::to_string(pbkdf2->iterations) +
           R"(,"dklen":32,"prf":"hmac-sha256")" + tail;
  const auto& [n, r, p] = std::get<ScryptCost>(cost);
  return R"("kdf":"scrypt","kdfparams":{"dklen":32,"n":)" + std::to_string(n) + R"(,"p":)" + std::to_string(p) +
         R"(,"r":)" + std::to_string(r) + tail;
}

}  // namespace

Result<Keystore> Keystore::parse(std::string_view json) {
  if (json.size() > kMaxKeystoreBytes) return fail(Errc::too_large, "key file: longer than 64 KiB");
  const auto file = readJson(json);
  if (!file) return invalid(file.error().message);
  Keystore keystore;
  if (auto read = keystore.read(*file); !read) return read.error();
  return keystore;
}

Status Keystore::read(const Json& file) {
  if (file.kind != Json::Kind::object) return invalid("not a JSON object");
  const auto version = number(file, "version");
  if (!version) return version.error();
  if (*version != 3) return fail(Errc::unsupported, "key file: version " + std::to_string(*version) + ", not 3");
  if (const Json* address = file.find("address"); address != nullptr && address->kind != Json::Kind::null) {
    if (address->kind != Json::Kind::text) return invalid("address is not a string");
    const std::string prefix = address->text.starts_with("0x") ? "" : "0x";
    const auto parsed = Address::parseAnyCase(prefix + address->text);
    if (!parsed) return invalid(parsed.error().message);
    address_ = *parsed;
  }
  // ethers and early geth write it with a capital.
  if (file.find("crypto") != nullptr && file.find("Crypto") != nullptr) return invalid("it has both crypto and Crypto");
  const auto crypto = object(file, file.find("Crypto") != nullptr ? "Crypto" : "crypto");
  if (!crypto) return crypto.error();
  return readCrypto(**crypto);
}

Status Keystore::readCrypto(const Json& crypto) {
  const auto cipher = text(crypto, "cipher");
  if (!cipher) return cipher.error();
  if (*cipher != "aes-128-ctr") return fail(Errc::unsupported, "key file: its cipher is not aes-128-ctr");
  const auto parameters = object(crypto, "cipherparams");
  if (!parameters) return parameters.error();
  auto iv = hex(**parameters, "iv", 16, 16);
  if (!iv) return iv.error();
  auto ciphertext = hex(crypto, "ciphertext", 32, 32);
  if (!ciphertext) return ciphertext.error();
  auto mac = hex(crypto, "mac", 32, 32);
  if (!mac) return mac.error();
  iv_ = std::move(*iv), ciphertext_ = std::move(*ciphertext), mac_ = std::move(*mac);
  return readCost(crypto);
}

Status Keystore::readCost(const Json& crypto) {
  const auto kdf = text(crypto, "kdf");
  if (!kdf) return kdf.error();
  const auto parameters = object(crypto, "kdfparams");
  if (!parameters) return parameters.error();
  const auto length = number(**parameters, "dklen");
  if (!length) return length.error();
  // Both functions give the same first 32 bytes whatever more they are asked for, and no more are used.
  if (*length < kDerived || *length > 1024) return invalid("dklen is not 32 to 1024");
  auto salt = hex(**parameters, "salt", 1, 1024);
  if (!salt) return salt.error();
  salt_ = std::move(*salt);

  // Checked before they are narrowed, so that no huge number comes out small.
  const auto bounded = [&](std::string_view name) -> Result<std::uint32_t> {
    const auto value = number(**parameters, name);
    if (!value) return value.error();
    if (*value > UINT32_MAX) return fail(Errc::too_large, "key file: " + std::string(name) + " is too large");
    return static_cast<std::uint32_t>(*value);
  };
  if (*kdf == "pbkdf2") {
    const auto prf = text(**parameters, "prf");
    if (!prf) return prf.error();
    if (*prf != "hmac-sha256") return fail(Errc::unsupported, "key file: its prf is not hmac-sha256");
    const auto c = bounded("c");
    if (!c) return c.error();
    cost_ = Pbkdf2Cost{*c};
  } else if (*kdf == "scrypt") {
    const auto n = bounded("n"), r = bounded("r"), p = bounded("p");
    for (const auto* value : {&n, &r, &p})
      if (!*value) return value->error();
    cost_ = ScryptCost{*n, *r, *p};
  } else {
    return fail(Errc::unsupported, "key file: its kdf is neither scrypt nor pbkdf2");
  }
  return check(cost_);
}

Result<SecretKey> Keystore::open(std::string_view password) const {
  Wiped<kDerived> derived, secret;
  if (!derive(password, salt_, cost_, derived.bytes()))
    return fail(Errc::unavailable, "key file: not enough memory for its key derivation function");
  const Digest mac = macOf(derived.bytes(), ciphertext_);
  if (CRYPTO_memcmp(mac.data(), mac_.data(), mac.size()) != 0)
    return fail(Errc::denied, "the password does not open this key file (or the file was changed)");
  crypt(derived.bytes().first<16>(), iv_, ciphertext_, secret.bytes());
  auto key = SecretKey::parse(secret.bytes());
  if (!key) return fail(Errc::corrupt, "key file: the password is right, but what it opens is not a key");
  if (address_ && Address::of(key->publicKey()) != *address_)
    return fail(Errc::corrupt, "key file: the password is right, but the key is not that of the file's address");
  return key;
}

Result<std::string> writeKeystore(const SecretKey& key, std::string_view password, const KeystoreCost& cost,
                                  const std::function<void(std::span<std::uint8_t>)>& fill) {
  if (auto good = check(cost); !good) return good.error();
  std::array<std::uint8_t, 32> salt, ciphertext;
  std::array<std::uint8_t, 16> iv;
  fill(salt);
  fill(iv);
  Wiped<kDerived> derived;
  if (!derive(password, salt, cost, derived.bytes()))
    return fail(Errc::unavailable, "key file: not enough memory for its key derivation function");
  crypt(derived.bytes().first<16>(), iv, key.bytes(), ciphertext);
  const std::string address = toHex(Address::of(key.publicKey()).bytes());
  return R"({"version":3,"id":")" + uuid(fill) + R"(","address":")" + address +
         R"(","crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":")" + toHex(iv) + R"("},"ciphertext":")" +
         toHex(ciphertext) + "\"," + costJson(cost, salt) + R"(,"mac":")" + toHex(macOf(derived.bytes(), ciphertext)) +
         "\"}}\n";
}

}  // namespace cairn::identity
