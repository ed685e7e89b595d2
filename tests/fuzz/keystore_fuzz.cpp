// Key files: never a crash, and never a cost beyond the limits. What asks little is opened, which may only be refused
// or give a key.

#include "common/identity/keystore.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cairn;
  using namespace cairn::identity;
  const auto file = Keystore::parse(asText({data, size}));
  if (!file) {
    CAIRN_ASSERT(file.error().message.starts_with("key file: "));
    return 0;
  }
  bool cheap = false;
  if (const auto* pbkdf2 = std::get_if<Pbkdf2Cost>(&file->cost())) {
    CAIRN_ASSERT(pbkdf2->iterations >= 1 && pbkdf2->iterations <= kMaxIterations);
    cheap = pbkdf2->iterations < 10;
  } else {
    const auto& [n, r, p] = std::get<ScryptCost>(file->cost());
    CAIRN_ASSERT(128 * n * r <= kMaxScryptMemory && n * r * p <= kMaxScryptWork);
    cheap = n * r * p < 64;
  }
  if (!cheap) return 0;
  const auto key = file->open("p");
  CAIRN_ASSERT(key ? !file->address() || Address::of(key->publicKey()) == *file->address()
                   : key.error().code == Errc::denied || key.error().code == Errc::corrupt);
  return 0;
}
