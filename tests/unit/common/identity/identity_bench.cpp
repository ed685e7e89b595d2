// What verifying a wallet's signature costs beside libsecp256k1's own recovery, and what hashing costs: identity_bench.
#include <secp256k1_recovery.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <vector>

#include "common/identity/recoverable.h"
#include "common/identity/secp_context.h"
#include "common/identity/struct_encoder.h"

namespace cairn::identity {
namespace {

using Time = std::chrono::steady_clock;
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

/// Calls a second, the best of several rounds that take turns with whatever else the machine does.
template <class Call>
double rate(std::size_t calls, Call call) {
  double best = 0;
  for (int round = 0; round < 7; ++round) {
    const auto start = Time::now();
    for (std::size_t i = 0; i < calls; ++i) call(i);
    best = std::max(best, static_cast<double>(calls) / std::chrono::duration<double>(Time::now() - start).count());
  }
  return best;
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
  const std::vector<Case> all = cases();
  const double raw = rate(4096, [&](std::size_t i) { rawRecover(all[i % kMessages]); });
  const double ours = rate(4096, [&](std::size_t i) { recover(all[i % kMessages], all[i % kMessages].digest); });
  const double verified = rate(4096, [&](std::size_t i) {
    const Case& one = all[i % kMessages];
    recover(one, digestOf(one.wallet, one.issued));
  });
  std::printf("libsecp256k1 recover                  %9.0f /s\n", raw);
  std::printf("parse, recover, address               %9.0f /s  %.3f of it\n", ours, ours / raw);
  std::printf("digest, parse, recover, address       %9.0f /s  %.3f of it\n", verified, verified / raw);

  Bytes block(136, 7);
  std::uint8_t sink = 0;
  const double hash = rate(200000, [&](std::size_t i) {
    block[0] = static_cast<std::uint8_t>(i);
    sink ^= keccak256(block)[0];
  });
  const double digest = rate(200000, [&](std::size_t i) { sink ^= digestOf(all[i % kMessages].wallet, i)[0]; });
  std::printf("keccak256 of 136 bytes, 2 permutations %8.0f ns\n", 1e9 / hash);
  std::printf("digest of 3 fields, 2 permutations     %8.0f ns\n", 1e9 / digest);
  std::printf("(%02x)\n", sink);  // or the compiler may leave the hashes out
  return 0;
}

}  // namespace
}  // namespace cairn::identity

int main() {
  return cairn::identity::run();
}
