#include "common/cid/cid.h"

#include <algorithm>

#include "common/cid/blake3.h"
#include "common/cid/multibase.h"
#include "common/cid/sha256.h"
#include "common/cid/varint.h"

namespace cairn {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kDigestBytes = 32;
constexpr std::size_t kV0Bytes = 34;

bool isCodec(std::uint64_t code) {
  return code == static_cast<std::uint64_t>(Codec::raw) || code == static_cast<std::uint64_t>(Codec::dag_pb) ||
         code == static_cast<std::uint64_t>(Codec::dag_cbor);
}

bool isHash(std::uint64_t code) {
  return code == static_cast<std::uint64_t>(HashFunction::sha2_256) ||
         code == static_cast<std::uint64_t>(HashFunction::blake3);
}

std::string hex(std::uint64_t v) {
  std::string digits;
  do {
    digits.insert(digits.begin(), "0123456789abcdef"[v & 15]);
    v >>= 4;
  } while (v != 0);
  return "0x" + digits;
}

bool startsVersion0(BytesView b) {
  return b.size() >= 2 && b[0] == 0x12 && b[1] == kDigestBytes;
}

/// Why bytes that are none of our CIDs are refused: another kind of CID, or none. `whole`: nothing may follow it.
Error whyNot(BytesView b, bool whole) {
  if (startsVersion0(b) && (b.size() == kV0Bytes || (!whole && b.size() > kV0Bytes))) {
    return fail(Errc::unsupported, "CID version 0 is not supported; convert it to version 1");
  }
  std::size_t at = 0;
  std::uint64_t version = 0, codec = 0, hash = 0, length = 0;
  if (readVarint(b, at, version) != VarintState::ok || version != kVersion) {
    return fail(Errc::invalid, "not a CID: it does not start with version 1");
  }
  for (std::uint64_t* field : {&codec, &hash, &length}) {
    if (readVarint(b, at, *field) != VarintState::ok) {
      return fail(Errc::invalid, "not a CID: it ends early or has a number that is not in its shortest form");
    }
  }
  const std::size_t left = b.size() - at;
  if (whole ? left != length : left < length) {
    return fail(Errc::invalid,
                "not a CID: the digest has " + std::to_string(left) + " bytes instead of " + std::to_string(length));
  }
  if (!isCodec(codec)) {
    return fail(Errc::unsupported, "CID of codec " + hex(codec) + "; only raw, dag-pb and dag-cbor are supported");
  }
  if (!isHash(hash)) {
    return fail(Errc::unsupported, "CID with hash function " + hex(hash) + "; only sha2-256 and blake3 are supported");
  }
  return fail(Errc::unsupported, "CID with a digest of " + std::to_string(length) + " bytes; only 32 are supported");
}

Cid::Digest digestOf(HashFunction hash, BytesView data) {
  return hash == HashFunction::blake3 ? blake3(data) : sha256(data);
}

}  // namespace

Cid::Cid(Codec codec, HashFunction hash, const Digest& digest) {
  bytes_[0] = kVersion;
  bytes_[1] = static_cast<std::uint8_t>(codec);
  bytes_[2] = static_cast<std::uint8_t>(hash);
  bytes_[3] = kDigestBytes;
  std::copy(digest.begin(), digest.end(), bytes_.begin() + 4);
}

Cid Cid::of(Codec codec, BytesView data, HashFunction hash) {
  return {codec, hash, digestOf(hash, data)};
}

Result<Cid> Cid::parse(std::string_view text) {
  if (text.size() == 46 && text.starts_with("Qm")) {
    return fail(Errc::unsupported, "CID version 0 is not supported; convert it to version 1 (ipfs cid base32)");
  }
  if (text.size() > kMaxMultibaseText) return fail(Errc::invalid, "not a CID: the text is too long");
  const auto bytes = decodeMultibase(text);
  if (!bytes) return fail(Errc::invalid, "not a CID: the text is not multibase");
  auto cid = decode(*bytes);
  if (cid && text[0] != 'b' && text[0] != 'z') {
    return fail(Errc::unsupported,
                std::string("CID in multibase '") + text[0] + "'; write it in base32: " + cid->str());
  }
  return cid;
}

Result<Cid> Cid::decode(BytesView bytes) {
  if (bytes.size() != size) return whyNot(bytes, true);
  auto cid = decodePrefix(bytes);
  if (!cid) return whyNot(bytes, true);
  return cid;
}

Result<Cid> Cid::decodePrefix(BytesView bytes) {
  if (bytes.size() < size || bytes[0] != kVersion || !isCodec(bytes[1]) || !isHash(bytes[2]) ||
      bytes[3] != kDigestBytes) {
    return whyNot(bytes, false);
  }
  Cid cid;
  std::memcpy(cid.bytes_.data(), bytes.data(), size);
  return cid;
}

Result<Cid> Cid::decodeForeign(BytesView bytes, std::size_t& used) {
  used = size;
  if (!startsVersion0(bytes) || bytes.size() < kV0Bytes) return decodePrefix(bytes);
  used = kV0Bytes;
  Digest digest;
  std::memcpy(digest.data(), bytes.data() + 2, digest.size());
  return Cid(Codec::dag_pb, HashFunction::sha2_256, digest);
}

std::string Cid::str() const {
  return encodeBase32(bytes_);
}

bool Cid::verifies(BytesView data) const {
  if (isNull()) return false;
  const Digest actual = digestOf(hash(), data);
  return std::memcmp(actual.data(), bytes_.data() + 4, actual.size()) == 0;
}

}  // namespace cairn
