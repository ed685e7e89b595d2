// Every bit of what a token holds counts, and every way to write one is either the same token or none at all.
#include <gtest/gtest.h>

#include "common/identity/token_payload.h"
#include "tests/unit/common/identity/token_spellings.h"

namespace cairn::identity {
namespace {

using testing::assemble;

class Spellings : public ::testing::TestWithParam<int> {
 protected:
  Spellings() {
    token.version = GetParam();
    token.wallet = Address::of(key.publicKey());
    token.issued = 1'800'000'000;
    token.expires = token.issued + 3600;
    if (token.version == 1) return;
    token.fleet = "00112233445566778899aabbccddeeff";
    token.scope = *Scope::make({{"photos", "2026/", {Operation::read}}});
    token.nonce.fill(0x5a);
  }
  /// The digest of what is taken, that of nothing for what is not.
  static std::optional<Digest> taken(std::string_view text) {
    auto read = readToken(text);
    if (!read || !checkSigner(*read)) return std::nullopt;
    return read->digest;
  }

  SecretKey key = *SecretKey::parse(Bytes(32, 7));
  Token token;
  std::string_view prefix = GetParam() == 1 ? kTokenV1 : kTokenV2;
};
INSTANTIATE_TEST_SUITE_P(Versions, Spellings, ::testing::Values(1, 2),
                         [](const auto& p) { return "V" + std::to_string(p.param); });

TEST_P(Spellings, EveryBitOfTheSignatureCounts) {
  const auto signature = RecoverableSignature::sign(key, digestOf(token)).bytes();
  const std::string payload = tokenPayload(token);
  ASSERT_TRUE(taken(assemble(prefix, payload, signature)));
  for (std::size_t bit = 0; bit < signature.size() * 8; ++bit) {
    auto changed = signature;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1 << (bit % 8));
    EXPECT_FALSE(taken(assemble(prefix, payload, changed))) << bit;
  }
  for (std::size_t size : {0, 1, 32, 64, 66}) {
    Bytes changed = toBytes(signature);
    changed.resize(size);
    EXPECT_FALSE(taken(assemble(prefix, payload, changed))) << size;
  }
}

TEST_P(Spellings, EveryBitOfThePayloadCounts) {
  const auto signature = RecoverableSignature::sign(key, digestOf(token)).bytes();
  const std::string payload = tokenPayload(token);
  int others = 0;
  for (std::size_t bit = 0; bit < payload.size() * 8; ++bit) {
    std::string changed = payload;
    changed[bit / 8] = static_cast<char>(changed[bit / 8] ^ (1 << (bit % 8)));
    const auto digest = taken(assemble(prefix, changed, signature));
    if (!digest) continue;
    ++others;
    EXPECT_EQ(*digest, digestOf(token)) << bit;
    EXPECT_EQ(GetParam(), 1) << "version 2 has one spelling; bit " << bit;
  }
  if (GetParam() == 1) {
    EXPECT_GT(others, 0) << "the case of the address says nothing";
  }
}

TEST_P(Spellings, TwinsAreNotTaken) {
  const auto signature = RecoverableSignature::sign(key, digestOf(token));
  const std::string text = tokenText(token, signature);
  const auto all = testing::twins(text, signature);
  EXPECT_GT(all.size(), 500U);
  for (const std::string& twin : all) EXPECT_FALSE(taken(twin)) << twin;
}

TEST_P(Spellings, OfVersion1AreTheSameTokenAndOfVersion2None) {
  const auto signature = RecoverableSignature::sign(key, digestOf(token));
  const std::string text = tokenText(token, signature);
  Token first = token;
  first.version = 1;
  const auto all = testing::spellings(first, signature);
  EXPECT_GT(all.size(), 200U);
  for (const std::string& one : all) {
    if (GetParam() == 1)
      EXPECT_EQ(taken(one), digestOf(token)) << one;
    else
      EXPECT_FALSE(taken(std::string(kTokenV2) + one.substr(kTokenV1.size()))) << one;
  }
}

TEST(SpellingsOfVersion1, EndWhereTheGatewaysReaderEnds) {
  const auto good = [](const std::string& payload) { return readPayloadV1(payload).has_value(); };
  const std::string wallet = "\"wallet\":\"0x" + std::string(40, 'a') + "\"", times = "\"iat\":1,\"exp\":2";
  const std::string bare = "\"0x" + std::string(40, 'a') + "\"";
  EXPECT_TRUE(good("{" + wallet + "," + times + "}"));
  EXPECT_TRUE(good("{" + wallet + "," + times + ",\"x\":" + std::string(100, '[') + std::string(100, ']') + "}"));
  EXPECT_FALSE(good("{" + wallet + "," + times + ",\"x\":" + std::string(1000, '[') + std::string(1000, ']') + "}"));
  EXPECT_FALSE(good("{" + wallet + "," + times + "," + wallet + "}"));
  EXPECT_FALSE(good("{" + wallet + ",\"iat\":1,\"exp\":\"2\"}"));
  EXPECT_FALSE(good("{" + wallet + ",\"iat\":1,\"exp\":2.0}"));
  EXPECT_FALSE(good("{" + wallet + ",\"iat\":1,\"exp\":02}"));
  EXPECT_FALSE(good("{\"Wallet\":" + bare + "," + times + "}"));
  EXPECT_FALSE(good("{\"wallet\":\"0x0x" + std::string(38, 'a') + "\"," + times + "}"));
  EXPECT_FALSE(good("{\"wallet\":\"0X" + std::string(40, 'a') + "\"," + times + "}"));
  EXPECT_TRUE(good("[" + bare + ",1,2]"));
  EXPECT_FALSE(good("[" + bare + ",1]"));
  EXPECT_FALSE(good("[" + bare + ",1,2,3]"));
  EXPECT_FALSE(good("[1," + bare + ",2]"));
  EXPECT_FALSE(good("[[" + bare + ",1,2]]"));
}

}  // namespace
}  // namespace cairn::identity
