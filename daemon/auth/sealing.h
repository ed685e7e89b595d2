// Sealing under a key that masters share: AES-256-GCM (NIST SP 800-38D), and the key-encryption key that wraps such
// keys for the registry.
//
// Contract: values and pure functions, any thread. A SealKey wipes its bytes when it is destroyed, is never printed and
// cannot be copied. seal() gives IV (12 random bytes), ciphertext, tag (16); open() gives the plaintext, or nullopt for
// whatever that key, under the same purpose text, did not seal. At most 2^32 messages may be sealed under one key.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/bytes.h"
#include "common/base/result.h"
#include "daemon/rt/clock.h"

namespace cairn::auth {

class SealKey {
 public:
  static constexpr std::size_t kSize = 32;
  static SealKey generate(Random& random);
  /// Errc::invalid unless 32 bytes.
  static Result<SealKey> parse(BytesView bytes);
  SealKey(SealKey&& other) noexcept;
  SealKey& operator=(SealKey&& other) noexcept;
  ~SealKey();

  BytesView bytes() const { return bytes_; }
  Bytes seal(std::string_view purpose, BytesView plain, Random& random) const;
  std::optional<Bytes> open(std::string_view purpose, BytesView sealed) const;

 private:
  SealKey() = default;
  std::array<std::uint8_t, kSize> bytes_{};
};

/// What a master gets from its operator, in a file or as a systemd credential: 64 hexadecimal digits.
class KeyEncryptionKey {
 public:
  /// Errc::invalid, without the text, unless it is one.
  static Result<KeyEncryptionKey> parse(std::string_view text);
  static std::string generate(Random& random);

  /// 16 hexadecimal digits of a hash of it: tells keys apart and gives nothing away.
  const std::string& name() const { return name_; }
  Bytes wrap(const std::string& keyId, const SealKey& key, Random& random) const;
  /// Errc::corrupt when this key did not wrap `wrapped` as `keyId`.
  Result<SealKey> unwrap(const std::string& keyId, BytesView wrapped) const;
  /// The same for what is no SealKey, of any length; the one does not open what the other wrapped.
  Bytes wrapSecret(const std::string& keyId, BytesView secret, Random& random) const;
  Result<Bytes> unwrapSecret(const std::string& keyId, BytesView wrapped) const;

 private:
  explicit KeyEncryptionKey(SealKey key);
  SealKey key_;
  std::string name_;
};

}  // namespace cairn::auth
