// Wallet tokens: what is taken, and that nothing else is.
#include "common/identity/token.h"

#include <gtest/gtest.h>

#include "common/digest/base64.h"
#include "common/identity/token_payload.h"
#include "tests/unit/common/identity/token_spellings.h"

namespace cairn::identity {
namespace {

using testing::assemble;

constexpr std::int64_t kNow = 1'800'000'000;

SecretKey testKey(std::uint8_t n = 7) {
  Bytes bytes(32, n);
  return *SecretKey::parse(bytes);
}

Token tokenOf(int version, const SecretKey& key) {
  Token t;
  t.version = version;
  t.wallet = Address::of(key.publicKey());
  t.issued = kNow;
  t.expires = kNow + 3600;
  if (version == 2) {
    t.fleet = "00112233445566778899aabbccddeeff";
    t.scope = *Scope::make(
        {{"photos", "2026/\t\"\\\x01\xc3\xa9", {Operation::read, Operation::list}}, {"*", "", Operations::all()}});
    t.nonce.fill(0x5a);
  }
  return t;
}

std::string signedText(const Token& token, const SecretKey& key) {
  return tokenText(token, RecoverableSignature::sign(key, digestOf(token)));
}

bool good(std::string_view text) {
  auto read = readToken(text);
  return read && checkSigner(*read);
}

class Tokens : public ::testing::TestWithParam<int> {
 protected:
  SecretKey key = testKey();
  Token token = tokenOf(GetParam(), key);
  std::string text = signedText(token, key);
  RecoverableSignature signature = RecoverableSignature::sign(key, digestOf(token));
  std::string_view prefix = GetParam() == 1 ? kTokenV1 : kTokenV2;
};
INSTANTIATE_TEST_SUITE_P(Versions, Tokens, ::testing::Values(1, 2),
                         [](const auto& p) { return "V" + std::to_string(p.param); });

TEST_P(Tokens, AreReadAsTheyWereWritten) {
  auto read = readToken(text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->token, token);
  EXPECT_TRUE(checkSigner(*read));
  EXPECT_TRUE(checkTimes(read->token, kNow));
}

TEST_P(Tokens, EveryBitCounts) {
  for (std::size_t i = 0; i < text.size() * 8; ++i) {
    std::string changed = text;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << (i % 8)));
    if (GetParam() == 1 && good(changed)) {
      // What the case of the address allows: the same token in another spelling.
      EXPECT_EQ(readToken(changed)->digest, digestOf(token)) << i;
      continue;
    }
    EXPECT_FALSE(good(changed)) << "bit " << i;
  }
}

TEST_P(Tokens, AreNotSignedByAnybodyElse) {
  auto forged = readToken(signedText(token, testKey(9)));
  ASSERT_TRUE(forged);
  EXPECT_EQ(checkSigner(*forged).error().fault, TokenFault::wrong_signer);
}

TEST_P(Tokens, BeginAndEndWhenTheySay) {
  auto at = [&](std::int64_t issued, std::int64_t expires) {
    token.issued = issued;
    token.expires = expires;
    auto checked = checkTimes(token, kNow);
    return checked ? std::optional<TokenFault>() : checked.error().fault;
  };
  EXPECT_EQ(at(kNow + 299, kNow + 400), std::nullopt);
  EXPECT_EQ(at(kNow + 300, kNow + 400), std::nullopt);
  EXPECT_EQ(at(kNow + 301, kNow + 400), TokenFault::issued_ahead);
  EXPECT_EQ(at(kNow - 86'399, kNow + 1), std::nullopt) << "a slow client's old issue passes while the end is ahead";
  EXPECT_EQ(at(kNow - 100, kNow), TokenFault::expired);
  EXPECT_EQ(at(kNow - 100, kNow - 1), TokenFault::expired);
  EXPECT_EQ(at(kNow, kNow), TokenFault::life);
  EXPECT_EQ(at(kNow + 10, kNow + 5), TokenFault::life);
  EXPECT_EQ(at(kNow, kNow + 86'400), std::nullopt);
  EXPECT_EQ(at(kNow, kNow + 86'401), TokenFault::life);
}

TEST_P(Tokens, TheLastByteOfTheSignatureIsOneOfTheKnown) {
  auto bytes = signature.bytes();
  for (int v = 0; v < 256; ++v) {
    bytes[64] = static_cast<std::uint8_t>(v);
    const bool same = v == signature.bytes()[64] || (GetParam() == 1 && v + 27 == signature.bytes()[64]);
    EXPECT_EQ(good(assemble(prefix, tokenPayload(token), bytes)), same) << v;
  }
}

TEST_P(Tokens, OtherBase64IsRefused) {
  EXPECT_FALSE(good(text + "="));
  EXPECT_FALSE(good(text + "."));
  EXPECT_FALSE(good(text + " "));
  EXPECT_FALSE(good(text.substr(0, text.size() - 1)));
  std::string padded = text;
  padded.insert(text.rfind('.'), "=");
  EXPECT_FALSE(good(padded));
  EXPECT_FALSE(good(std::string(prefix) + std::string(64 << 10, 'A') + ".AA"));
  EXPECT_FALSE(good(std::string(prefix)));
  EXPECT_FALSE(good(""));
}

TEST_P(Tokens, PayloadsThatAreNotQuiteOneAreRefused) {
  const std::string payload = tokenPayload(token);
  auto with = [&](std::string_view from, std::string_view to) {
    std::string changed = payload;
    const auto at = changed.find(from);
    EXPECT_NE(at, changed.npos) << from;
    changed.replace(at, from.size(), to);
    return good(assemble(prefix, changed, signature.bytes()));
  };
  const std::string iat = "\"iat\":" + std::to_string(kNow);
  EXPECT_TRUE(with(iat, iat));
  EXPECT_FALSE(with(iat, iat + "," + iat)) << "twice";
  const bool first = GetParam() == 1;
  EXPECT_EQ(with(iat, iat + ",\"more\":1"), first) << "unknown";
  EXPECT_FALSE(with(iat, "\"iat\":\"" + std::to_string(kNow) + "\"")) << "a number as a string";
  EXPECT_FALSE(with(iat, "\"iat\":0" + std::to_string(kNow))) << "leading zero";
  EXPECT_FALSE(with(iat, iat + ".0"));
  EXPECT_FALSE(with(iat, iat + "e0"));
  EXPECT_FALSE(with(iat, "\"iat\":-1"));
  EXPECT_FALSE(with(iat, "\"iat\":99999999999999999999"));
  EXPECT_FALSE(with(iat, "\"iat\":null"));
  EXPECT_EQ(with("\"wallet\":\"0x", "\"wallet\":\""), first);
  EXPECT_FALSE(with("\"wallet\":\"0x", "\"wallet\":\"0X"));
  EXPECT_FALSE(with("{", "[{")) << "not an object";
  EXPECT_FALSE(good(assemble(prefix, "", signature.bytes())));
  EXPECT_FALSE(good(assemble(prefix, payload + payload, signature.bytes())));
}

TEST(TokenV1, TakesAnyLayoutAndCase) {
  const SecretKey key = testKey();
  const Token token = tokenOf(1, key);
  const auto signature = RecoverableSignature::sign(key, digestOf(token)).bytes();
  std::string upper = token.wallet.lowerCase();
  for (std::size_t i = 2; i < upper.size(); ++i) upper[i] = static_cast<char>(std::toupper(upper[i]));
  const std::string iat = std::to_string(token.issued), exp = std::to_string(token.expires);
  for (const std::string& payload :
       {" {\n \"exp\" : " + exp + " , \"iat\":" + iat + ",\"wallet\":\"" + upper + "\" }\n",
        "{\"wallet\":\"" + token.wallet.text() + "\",\"iat\":" + iat + ",\"exp\":" + exp + "}",
        "{\"w\\u0061llet\":\"" + upper + "\",\"iat\":" + iat + ",\"exp\":" + exp + "}"}) {
    auto read = readToken(assemble(kTokenV1, payload, signature));
    ASSERT_TRUE(read) << payload << ": " << read.error().message;
    EXPECT_EQ(read->digest, digestOf(token)) << "another spelling is the same token";
    EXPECT_TRUE(checkSigner(*read));
  }
}

TEST(TokenV2, HasOneSpelling) {
  const SecretKey key = testKey();
  const Token token = tokenOf(2, key);
  const auto signature = RecoverableSignature::sign(key, digestOf(token)).bytes();
  const std::string payload = tokenPayload(token);
  auto refused = [&](const std::string& changed) { return !good(assemble(kTokenV2, changed, signature)); };
  EXPECT_TRUE(refused(" " + payload));
  EXPECT_TRUE(refused(payload + "\n"));
  for (std::size_t i = 0; i <= payload.size(); ++i) {
    std::string spaced = payload;
    spaced.insert(i, " ");
    EXPECT_TRUE(refused(spaced)) << i;
  }
  std::string changed = payload;
  changed.replace(changed.find("photos"), 6, "ph\\u006ftos");
  EXPECT_TRUE(refused(changed));
  changed = payload;
  changed.replace(changed.find("\\t"), 2, "\\u0009");
  EXPECT_TRUE(refused(changed));
  changed = payload;
  changed.replace(changed.find(token.wallet.lowerCase()), 42, token.wallet.text());
  EXPECT_TRUE(refused(changed)) << "the address in mixed case";
  changed = payload;
  changed.replace(changed.find("0x5a5a"), 6, "0x5A5a");
  EXPECT_TRUE(refused(changed)) << "the nonce in another case";
  EXPECT_FALSE(refused(payload));
}

TEST(TokenV2, IsForOneFleet) {
  const Token token = tokenOf(2, testKey());
  EXPECT_TRUE(checkFleet(token, token.fleet));
  EXPECT_EQ(checkFleet(token, "another").error().fault, TokenFault::other_fleet);
  EXPECT_TRUE(checkFleet(tokenOf(1, testKey()), "any"));
}

TEST(TokenV1, AHighSIsRefusedAsSuch) {
  const SecretKey key = testKey();
  const Token token = tokenOf(1, key);
  const auto bytes = testing::highS(RecoverableSignature::sign(key, digestOf(token)).bytes());
  auto read = readToken(assemble(kTokenV1, tokenPayload(token), bytes));
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().fault, TokenFault::high_s);
}

}  // namespace
}  // namespace cairn::identity
