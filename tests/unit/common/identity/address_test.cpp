#include "common/identity/address.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "common/base/text.h"

namespace cairn::identity {
namespace {

std::string upper(std::string text) {
  for (std::size_t i = 2; i < text.size(); ++i)
    if (text[i] >= 'a' && text[i] <= 'f') text[i] = static_cast<char>(text[i] - 'a' + 'A');
  return text;
}

// The test cases of EIP-55.
constexpr std::string_view kChecksummed[] = {
    "0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"};

TEST(Address, CasesOfEip55) {
  for (const std::string_view text : kChecksummed) {
    const auto address = Address::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->text(), text);
    EXPECT_EQ(address->lowerCase(), lowered(text));
    EXPECT_EQ(*Address::parse(lowered(text)), *address);
    EXPECT_EQ(*Address::parse(upper(std::string(text))), *address);
  }
}

TEST(Address, AWrongChecksumIsRefusedUnlessAnyCaseIsTaken) {
  for (const std::string_view good : kChecksummed) {
    for (std::size_t i = 2; i < good.size(); ++i) {
      std::string text(good);
      if (text[i] >= '0' && text[i] <= '9') continue;
      text[i] ^= 0x20;
      const bool oneCase = text == lowered(text) || text == upper(text);
      EXPECT_EQ(Address::parse(text).has_value(), oneCase) << text;
      EXPECT_EQ(*Address::parseAnyCase(text), *Address::parse(good));
    }
  }
}

TEST(Address, RefusesEverythingElse) {
  const std::string digits(40, '1');
  std::set<std::string> reasons;
  for (const std::string& bad :
       {std::string(), std::string("0x"), digits, "0X" + digits, "0x" + digits + "1", "0x" + digits.substr(1),
        " 0x" + digits, "0x" + digits + " ", "0x" + digits.substr(1) + "g", "0x" + digits.substr(2) + "\xc3\xa9",
        "0x" + digits.substr(1) + std::string(1, '\0')}) {
    EXPECT_FALSE(Address::parse(bad)) << bad;
    ASSERT_FALSE(Address::parseAnyCase(bad)) << bad;
    EXPECT_EQ(Address::parse(bad).error().code, Errc::invalid);
    reasons.insert(Address::parse(bad).error().message);
  }
  EXPECT_EQ(reasons.size(), 3U) << "prefix, length and digits have a message each";
}

TEST(Address, OfAPublicKey) {
  // Keys 1 and 2 of the curve, known from many wallets.
  Bytes key(32, 0);
  key[31] = 1;
  EXPECT_EQ(Address::of(SecretKey::parse(key)->publicKey()).text(), "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf");
  key[31] = 2;
  EXPECT_EQ(Address::of(SecretKey::parse(key)->publicKey()).text(), "0x2B5AD5c4795c026514f8317c7a215E218DcCD6cF");
}

RC_GTEST_PROP(Address, EveryAddressReadsBack, ()) {
  Address::Raw raw;
  for (auto& byte : raw) byte = *rc::gen::arbitrary<std::uint8_t>();
  const Address address(raw);
  RC_ASSERT(*Address::parse(address.text()) == address);
  RC_ASSERT(*Address::parse(address.lowerCase()) == address);
  RC_ASSERT(std::hash<Address>{}(address) == std::hash<Address>{}(*Address::parse(address.text())));
}

}  // namespace
}  // namespace cairn::identity
