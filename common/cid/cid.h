// Content identifiers, version 1: https://github.com/multiformats/cid
//
// Contract: a Cid is a 36-byte value (version, codec, hash function, length 32, digest); copying is cheap, any thread.
// Only these exist here: codecs raw, dag-pb and dag-cbor; hashes sha2-256 and blake3, both with 32-byte digests.
// Whatever else is valid CIDv1 elsewhere is refused with Errc::unsupported, what is no CID at all with Errc::invalid.
// Version 0 is read only where blocks of others come in (decodeForeign): it is another spelling of dag-pb with
// sha2-256.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>

#include "common/base/bytes.h"
#include "common/base/result.h"

namespace cairn {

/// Multicodec codes of the block formats that Cairn reads.
enum class Codec : std::uint8_t { raw = 0x55, dag_pb = 0x70, dag_cbor = 0x71 };
/// Multihash codes.
enum class HashFunction : std::uint8_t { sha2_256 = 0x12, blake3 = 0x1e };

class Cid {
 public:
  static constexpr std::size_t size = 36;
  using Digest = std::array<std::uint8_t, 32>;

  /// The all-zero value: no CID. Never equal to a real one.
  Cid() = default;
  Cid(Codec codec, HashFunction hash, const Digest& digest);

  /// Hashes `data`. About 0.7 us per KiB with sha2-256.
  static Cid of(Codec codec, BytesView data, HashFunction hash = HashFunction::sha2_256);
  /// From text: multibase base32 lower case ("b..."), or base58btc ("z..."). CIDv0 ("Qm...") is Errc::unsupported.
  static Result<Cid> parse(std::string_view text);
  /// From its 36 bytes, exactly; minimal varints.
  static Result<Cid> decode(BytesView bytes);
  /// From the first 36 bytes of something longer, such as a CAR section.
  static Result<Cid> decodePrefix(BytesView bytes);
  /// Like decodePrefix(), but version 0 is taken for the version 1 that names the same block. `used`: bytes of the CID.
  static Result<Cid> decodeForeign(BytesView bytes, std::size_t& used);

  /// base32 lower case with the multibase prefix, 59 characters.
  std::string str() const;
  BytesView bytes() const { return bytes_; }
  /// The same hash under another codec: names the same bytes.
  Cid withCodec(Codec codec) const {
    Cid other = *this;
    other.bytes_[1] = static_cast<std::uint8_t>(codec);
    return other;
  }
  Codec codec() const { return static_cast<Codec>(bytes_[1]); }
  HashFunction hash() const { return static_cast<HashFunction>(bytes_[2]); }
  BytesView digest() const { return BytesView(bytes_).subspan(4); }
  bool isNull() const { return bytes_[0] == 0; }
  /// True when `data` hashes to this CID.
  bool verifies(BytesView data) const;

  friend bool operator==(const Cid&, const Cid&) = default;
  friend auto operator<=>(const Cid&, const Cid&) = default;

 private:
  std::array<std::uint8_t, size> bytes_{};
};

}  // namespace cairn

template <>
struct std::hash<cairn::Cid> {
  std::size_t operator()(const cairn::Cid& c) const noexcept {
    std::size_t h;  // the digest is uniform already
    std::memcpy(&h, c.bytes().data() + 4, sizeof h);
    return h;
  }
};
