// What verifying a wallet's signature costs beside libsecp256k1's own recovery, and what hashing costs: identity_bench.
#include <secp256k1_recovery.h>

#include <cstdio>
#include <vector>

#include "common/identity/recoverable.h"
#include "common/identity/secp_context.h"
#include "common/identity/struct_encoder.h"
#include "tests/unit/common/identity/in_turns.h"

namespace cairn::identity {
namespace {

constexpr std::size_t kMessages = 512;

struct Case {
  Digest digest;
  RecoverableSignature::Raw signature;
  Address wallet;
  std::uint64_t issued;
};

const StructType& tokenType() {
  static const StructType made("Token", {{"address", "wallet"}, {"uint256", "iat"}, {"uint256", "exp"}});
  return made;
}
const Digest& domain() {
  static const Digest made = Domain{.name = "Bench", .version = "1"}.separator();
  return made;
}
Digest digestOf(const Address& wallet, std::uint64_t issued) {
  return typedDataDigest(domain(),
                         StructEncoder(tokenType()).address(wallet).uint(issued).uint(issued + 3600).finish());
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (std::uint64_t i = 0; i < kMessages; ++i) {
    const SecretKey key = *SecretKey::parse(keccak256(wordOf(i + 1)));
    const Address wallet = Address::of(key.publicKey());
    const Digest digest = digestOf(wallet, 1700000000 + i);
    all.push_back({digest, RecoverableSignature::sign(key, digest).bytes(), wallet, 1700000000 + i});
  }
  return all;
}

void rawRecover(const Case& one) {
  secp256k1_ecdsa_recoverable_signature parsed;
  secp256k1_pubkey point;
  CAIRN_ASSERT(secp256k1_ecdsa_recoverable_signature_parse_compact(context(), &parsed, one.signature.data(),
                                                                   one.signature[64] - 27) == 1);
  CAIRN_ASSERT(secp256k1_ecdsa_recover(context(), &point, &parsed, one.digest.data()) == 1);
}

void recover(const Case& one, const Digest& digest) {
  const auto signature = RecoverableSignature::parse(one.signature, VPolicy::also_0_1);
  CAIRN_ASSERT(signature && *signature->recover(digest) == one.wallet);
}

int run() {
  const std::vector<Case> made = cases();
  const auto at = [&](std::size_t i) -> const Case& { return made[i % kMessages]; };
  Bytes block(136, 7);
  std::uint8_t sink = 0;
  std::vector<testing::Measured> all;
  all.push_back({1024, [&](std::size_t i) { rawRecover(at(i)); }});
  all.push_back({1024, [&](std::size_t i) { recover(at(i), at(i).digest); }});
  all.push_back({1024, [&](std::size_t i) { recover(at(i), digestOf(at(i).wallet, at(i).issued)); }});
  all.push_back({20000, [&](std::size_t i) { sink ^= keccak256(block)[i % 32], block[i % 136] ^= sink; }});
  all.push_back({20000, [&](std::size_t i) { sink ^= digestOf(at(i).wallet, i)[0]; }});
  testing::measure(all);
  const double raw = all[0].least;
  std::printf("libsecp256k1 recover                   %8.0f /s\n", 1 / raw);
  std::printf("parse, recover, address                %8.0f /s  %.3f of it\n", 1 / all[1].least, raw / all[1].least);
  std::printf("digest, parse, recover, address        %8.0f /s  %.3f of it\n", 1 / all[2].least, raw / all[2].least);
  std::printf("keccak256 of 136 bytes, 2 permutations %8.0f ns\n", 1e9 * all[3].least);
  std::printf("digest of 3 fields, 2 permutations     %8.0f ns\n", 1e9 * all[4].least);
  std::printf("(%02x)\n", sink);  // or the compiler may leave the hashes out
  return 0;
}

}  // namespace
}  // namespace cairn::identity

int main() {
  return cairn::identity::run();
}
