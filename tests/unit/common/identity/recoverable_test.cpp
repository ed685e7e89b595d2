#include "common/identity/recoverable.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

namespace cairn::identity {
namespace {

using Raw = RecoverableSignature::Raw;

constexpr std::string_view kOrder = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";
constexpr std::string_view kHalf = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0";

SecretKey key() {
  return *SecretKey::parse(keccak256(asBytes("cow")));
}
Address signer() {
  return Address::of(key().publicKey());
}
Digest digest() {
  return keccak256(asBytes("a digest"));
}
Raw good() {
  return RecoverableSignature::sign(key(), digest()).bytes();
}

Raw with(Raw raw, std::size_t at, std::string_view hex) {
  const Bytes bytes = *fromHex(hex);
  std::copy(bytes.begin(), bytes.end(), raw.begin() + static_cast<std::ptrdiff_t>(at));
  return raw;
}
Raw withV(Raw raw, int v) {
  raw[64] = static_cast<std::uint8_t>(v);
  return raw;
}

SignatureFault faultOf(BytesView bytes, VPolicy policy = VPolicy::only_27_28) {
  const auto parsed = RecoverableSignature::parse(bytes, policy);
  EXPECT_FALSE(parsed);
  return parsed ? SignatureFault::no_key : parsed.error();
}

/// n - x, big-endian.
Bytes fromOrder(BytesView x) {
  Bytes out = *fromHex(kOrder);
  int borrow = 0;
  for (std::size_t i = 32; i-- > 0;) {
    const int difference = out[i] - x[i] - borrow;
    borrow = difference < 0 ? 1 : 0;
    out[i] = static_cast<std::uint8_t>(difference);
  }
  return out;
}

/// The other signature that the same curve point gives: high s, other parity.
Raw twin(const Raw& raw) {
  return withV(with(raw, 32, toHex(fromOrder(BytesView(raw).subspan(32, 32)))), raw[64] ^ 7);
}

TEST(Recoverable, SignsAndRecovers) {
  const auto signature = RecoverableSignature::parse(good(), VPolicy::only_27_28);
  ASSERT_TRUE(signature);
  EXPECT_EQ(signature->bytes(), good());
  EXPECT_EQ(*signature->recover(digest()), signer());
  EXPECT_NE(*signature->recover(keccak256(asBytes("another"))), signer());
}

TEST(Recoverable, EveryValueOfV) {
  for (int v = 0; v < 256; ++v) {
    const bool strict = v == 27 || v == 28, lenient = strict || v <= 1;
    EXPECT_EQ(RecoverableSignature::parse(withV(good(), v), VPolicy::only_27_28).has_value(), strict) << v;
    EXPECT_EQ(RecoverableSignature::parse(withV(good(), v), VPolicy::also_0_1).has_value(), lenient) << v;
    if (!strict) EXPECT_EQ(faultOf(withV(good(), v)), SignatureFault::v) << v;
  }
  const auto zero = RecoverableSignature::parse(withV(good(), good()[64] - 27), VPolicy::also_0_1);
  EXPECT_EQ(zero->bytes(), good()) << "both spellings of v are one signature";
}

TEST(Recoverable, EachFaultHasItsName) {
  const std::string zero(64, '0');
  Bytes above = *fromHex(kOrder);
  ++above[31];
  EXPECT_EQ(faultOf(Bytes(64, 1)), SignatureFault::length);
  EXPECT_EQ(faultOf(Bytes(66, 1)), SignatureFault::length);
  EXPECT_EQ(faultOf({}), SignatureFault::length);
  EXPECT_EQ(faultOf(with(good(), 0, zero)), SignatureFault::r_zero);
  EXPECT_EQ(faultOf(with(good(), 0, kOrder)), SignatureFault::r_range);
  EXPECT_EQ(faultOf(with(good(), 0, toHex(above))), SignatureFault::r_range);
  EXPECT_EQ(faultOf(with(good(), 0, std::string(64, 'f'))), SignatureFault::r_range);
  EXPECT_EQ(faultOf(with(good(), 32, zero)), SignatureFault::s_zero);
  EXPECT_EQ(faultOf(with(good(), 32, kOrder)), SignatureFault::s_range);
  EXPECT_EQ(faultOf(with(good(), 32, std::string(64, 'f'))), SignatureFault::s_range);
  EXPECT_EQ(faultOf(twin(good())), SignatureFault::high_s);
  EXPECT_EQ(faultOf(twin(good()), VPolicy::also_0_1), SignatureFault::high_s);
}

TEST(Recoverable, TheGreatestLowSAndTheLeastHighS) {
  EXPECT_TRUE(RecoverableSignature::parse(with(good(), 32, kHalf), VPolicy::only_27_28));
  Bytes above = *fromHex(kHalf);
  ++above[31];
  EXPECT_EQ(faultOf(with(good(), 32, toHex(above))), SignatureFault::high_s);
  Bytes below = *fromHex(kOrder);
  --below[31];
  EXPECT_EQ(faultOf(with(good(), 32, toHex(below))), SignatureFault::high_s);
  EXPECT_TRUE(RecoverableSignature::parse(with(good(), 0, toHex(below)), VPolicy::only_27_28)) << "r may be that large";
}

TEST(Recoverable, AnXThatIsNoPointHasNoKey) {
  // x = 5 is on no point of the curve.
  const auto parsed = RecoverableSignature::parse(with(good(), 0, std::string(63, '0') + "5"), VPolicy::only_27_28);
  ASSERT_TRUE(parsed);
  ASSERT_FALSE(parsed->recover(digest()));
  EXPECT_EQ(parsed->recover(digest()).error(), SignatureFault::no_key);
}

// No changed bit leaves a signature of the same wallet, with either policy, and few leave one at all.
TEST(Recoverable, EveryFlippedBit) {
  for (const VPolicy policy : {VPolicy::only_27_28, VPolicy::also_0_1}) {
    for (std::size_t bit = 0; bit < 65 * 8; ++bit) {
      Raw changed = good();
      changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ 1U << bit % 8);
      const auto parsed = RecoverableSignature::parse(changed, policy);
      if (!parsed) continue;
      const auto recovered = parsed->recover(digest());
      EXPECT_FALSE(recovered && *recovered == signer()) << bit;
    }
  }
}

TEST(Recoverable, EveryFaultIsExplained) {
  std::set<std::string_view> words;
  for (int fault = 0; fault <= static_cast<int>(SignatureFault::no_key); ++fault)
    words.insert(explain(static_cast<SignatureFault>(fault)));
  EXPECT_EQ(words.size(), static_cast<std::size_t>(SignatureFault::no_key) + 1);
}

RC_GTEST_PROP(Recoverable, EveryKeyAndDigest, (const Bytes& keySeed, const Bytes& message)) {
  const SecretKey secret = *SecretKey::parse(keccak256(keySeed));
  const Digest signedDigest = keccak256(message);
  const auto made = RecoverableSignature::sign(secret, signedDigest);
  RC_ASSERT(RecoverableSignature::parse(made.bytes(), VPolicy::only_27_28).has_value());
  RC_ASSERT(*made.recover(signedDigest) == Address::of(secret.publicKey()));
  RC_ASSERT(RecoverableSignature::parse(twin(made.bytes()), VPolicy::also_0_1).error() == SignatureFault::high_s);
  // The same nonce as the node key's own signatures: RFC 6979.
  const Signature compact = secret.sign(signedDigest);
  RC_ASSERT(std::equal(compact.begin(), compact.end(), made.bytes().begin()));
}

}  // namespace
}  // namespace cairn::identity
