// What a registry may hold as sealed: bytes that the key did not seal never open, and what it sealed opens for its own
// purpose alone. Key-encryption keys as text.

#include "daemon/auth/sealing.h"
#include "tests/support/known_fleet.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cairn;
  using namespace cairn::auth;
  static test::SameRandom random;
  static const SealKey key = SealKey::generate(random);
  static const auto kek = *KeyEncryptionKey::parse(std::string(64, '5'));
  const BytesView input(data, size);
  CAIRN_ASSERT(!key.open("a purpose", input));
  CAIRN_ASSERT(!kek.unwrap("0011223344556677", input));
  Bytes sealed = key.seal(asText(input), input, random);
  const auto opened = key.open(asText(input), sealed);
  CAIRN_ASSERT(opened && asText(*opened) == asText(input));
  CAIRN_ASSERT(!key.open(std::string(asText(input)) + "x", sealed));
  sealed[size % sealed.size()] ^= static_cast<std::uint8_t>(1U << (size % 8));
  CAIRN_ASSERT(!key.open(asText(input), sealed));
  const auto parsed = KeyEncryptionKey::parse(asText(input));
  if (!parsed) return 0;
  CAIRN_ASSERT(size == 64 && parsed->name().size() == 16);
  const auto back = parsed->unwrap("id", parsed->wrap("id", key, random));
  CAIRN_ASSERT(back && asText(back->bytes()) == asText(key.bytes()) && !parsed->unwrap("ie", input));
  return 0;
}
