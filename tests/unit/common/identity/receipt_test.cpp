#include "common/identity/receipt.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "common/cid/cbor.h"
#include "common/cid/sha256.h"
#include "common/identity/checkpoint.h"
#include "common/identity/envelope.h"
#include "tests/unit/common/identity/documented.h"

namespace cairn::identity {
namespace {

SecretKey keyOf(std::uint8_t byte) {
  return *SecretKey::parse(Bytes(32, byte));
}
Cid cidOf(std::string_view text) {
  return Cid::of(Codec::dag_cbor, asBytes(text));
}

Receipt sample() {
  Receipt r;
  r.bucket = {OwnerId("0xabc"), BucketName("photos")};
  r.version = Version(7);
  r.root = cidOf("new");
  r.previousRoot = cidOf("old");
  r.previousReceipt = Bytes(32, 0xaa);
  for (std::size_t i = 0; i < 16; ++i) r.commit.bytes[i] = static_cast<std::uint8_t>(i);
  r.master = MasterId("m1");
  r.epoch = Epoch(3);
  r.holders = {MasterId("m1"), MasterId("s1")};
  r.puts = 5;
  r.deletes = 1;
  r.attempts = 2;
  r.claimedAt = Timestamp(1700000000123);
  return r;
}

TEST(Receipt, MatchesTheDocumentedVectors) {
  auto vectors = documentedVectors(CAIRN_RECEIPT_DOC);
  EXPECT_EQ(vectors["secret-key"], std::string(64, '1'));
  EXPECT_EQ(vectors["public-key"], toHex(keyOf(0x11).publicKey()));
  EXPECT_EQ(vectors["receipt-payload"], toHex(encode(sample())));
  EXPECT_EQ(vectors["receipt-envelope"], toHex(sign(sample(), keyOf(0x11))));
  EXPECT_EQ(vectors["receipt-hash"], toHex(receiptHash(sign(sample(), keyOf(0x11)))));
  Checkpoint c;
  c.bucket = sample().bucket;
  c.from = Version(2);
  c.to = Version(3);
  c.before = Bytes(32, 1);
  c.last = Bytes(32, 3);
  c.digest = digestOf({Bytes(32, 2), Bytes(32, 3)});
  c.root = cidOf("new");
  c.master = MasterId("m1");
  c.epoch = Epoch(3);
  c.claimedAt = Timestamp(1700000000123);
  EXPECT_EQ(vectors["checkpoint-envelope"], toHex(sign(c, keyOf(0x11))));
  auto back = verifyCheckpoint(*fromHex(vectors["checkpoint-envelope"]));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->checkpoint, c);
}

TEST(Receipt, ComesBackAsItWasSignedWithItsKey) {
  for (bool tombstone : {false, true}) {
    Receipt r = sample();
    if (tombstone) r.root.reset();
    auto back = verifyReceipt(sign(r, keyOf(9)));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->receipt, r);
    EXPECT_EQ(back->key, keyOf(9).publicKey());
    EXPECT_TRUE(cbor::validate(encode(r)));
  }
}

TEST(Receipt, AnyBitFlippedIsRefused) {
  const Bytes good = sign(sample(), keyOf(9));
  ASSERT_TRUE(rc::check("bit", [&] {
    Bytes bad = good;
    bad[*rc::gen::inRange<std::size_t>(0, bad.size())] ^= static_cast<std::uint8_t>(1U << *rc::gen::inRange(0, 8));
    RC_ASSERT(!verifyReceipt(bad).has_value());
  }));
}

TEST(Receipt, AnyTruncationOrTailIsRefused) {
  const Bytes good = sign(sample(), keyOf(9));
  for (std::size_t n = 0; n < good.size(); ++n) EXPECT_FALSE(verifyReceipt(BytesView(good).first(n)));
  Bytes longer = good;
  longer.push_back(0);
  EXPECT_FALSE(verifyReceipt(longer));
}

TEST(Receipt, ArbitraryPropertiesRoundTrip) {
  ASSERT_TRUE(rc::check("round trip", [] {
    Receipt r = sample();
    r.version = Version(*rc::gen::arbitrary<std::uint64_t>());
    r.epoch = Epoch(*rc::gen::arbitrary<std::uint64_t>());
    r.claimedAt = Timestamp(*rc::gen::arbitrary<std::int64_t>());
    r.attempts = *rc::gen::arbitrary<std::uint32_t>();
    r.holders.assign(*rc::gen::inRange<std::size_t>(0, 30), MasterId("h"));
    auto back = decodeReceipt(encode(r));
    RC_ASSERT(back.has_value());
    RC_ASSERT(bool(*back == r));
  }));
}

TEST(Receipt, ANewerFormatSaysSo) {
  Bytes payload = encode(sample());
  ASSERT_EQ(payload[3], 1);  // map(14), text(1) 'v', then the format
  payload[3] = 2;
  EXPECT_EQ(decodeReceipt(payload).error().code, Errc::newer_version);
}

TEST(Receipt, IsNoCheckpointAndTheOtherWayRound) {
  EXPECT_FALSE(verifyCheckpoint(sign(sample(), keyOf(9))));
  EXPECT_FALSE(open("another domain", sign(sample(), keyOf(9))));
}

TEST(Secp, RefusesKeysOutOfRangeAndHighS) {
  EXPECT_FALSE(SecretKey::parse(Bytes(32, 0)));
  EXPECT_FALSE(SecretKey::parse(Bytes(32, 0xff)));
  EXPECT_FALSE(SecretKey::parse(Bytes(31, 1)));
  EXPECT_FALSE(parsePublicKey(Bytes(33, 0)));
  int asked = 0;
  SecretKey made = SecretKey::generate(
      [&](std::span<std::uint8_t> out) { std::fill(out.begin(), out.end(), ++asked == 1 ? 0 : 7); });
  EXPECT_EQ(asked, 2) << "zero is no key";
  Digest digest = sha256(asBytes("x"));
  Signature s = made.sign(digest);
  EXPECT_TRUE(verify(made.publicKey(), digest, s));
  EXPECT_FALSE(verify(keyOf(9).publicKey(), digest, s));
  // n - s is the same signature to mathematics, but not to us.
  const Bytes n = *fromHex("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
  int borrow = 0;
  for (std::size_t i = 32; i-- > 0;) {
    int d = n[i] - s[32 + i] - borrow;
    borrow = d < 0;
    s[32 + i] = static_cast<std::uint8_t>(d + 256 * borrow);
  }
  EXPECT_FALSE(verify(made.publicKey(), digest, s));
}

}  // namespace
}  // namespace cairn::identity
