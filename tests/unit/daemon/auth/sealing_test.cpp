// What is sealed, what a session token holds, and the cache of what was verified.
#include <gtest/gtest.h>

#include "daemon/auth/sealing.h"
#include "daemon/auth/session_state.h"
#include "daemon/auth/text_cache.h"

namespace cairn::auth {
namespace {

TEST(SessionState, IsReadAsItWasWritten) {
  Session s;
  s.owner = OwnerId("0xabc");
  s.issued = -5;
  s.expires = 1'800'000'000;
  s.role = identity::TokenRole::operator_;
  s.parentKey = "CAIRN1";
  s.scope = *identity::Scope::make({{"b", "\xc3\xa9", identity::Operations::all()},
                                    {"*", "", {identity::Operation::list}},
                                    {"b", "", identity::Operations::all(), true}});
  const Bytes state = encodeSession(s, "CSTS1");
  auto read = decodeSession(state);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->session, s);
  EXPECT_EQ(read->accessKeyId, "CSTS1");
  for (std::size_t n = 0; n < state.size(); ++n) EXPECT_FALSE(decodeSession(BytesView(state).first(n))) << n;
  Bytes longer = state;
  longer.push_back(0);
  EXPECT_FALSE(decodeSession(longer));
}

TEST(Sealing, OpensWhatItSealedForTheSamePurposeAlone) {
  auto random = systemRandom();
  const SealKey key = SealKey::generate(*random), other = SealKey::generate(*random);
  const Bytes sealed = key.seal("purpose", asBytes("secret"), *random);
  EXPECT_EQ(asText(*key.open("purpose", sealed)), "secret");
  EXPECT_FALSE(key.open("another", sealed));
  EXPECT_FALSE(other.open("purpose", sealed));
  EXPECT_NE(sealed, key.seal("purpose", asBytes("secret"), *random)) << "never twice the same";
  for (std::size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    Bytes changed = sealed;
    changed[bit / 8] ^= static_cast<std::uint8_t>(1 << (bit % 8));
    EXPECT_FALSE(key.open("purpose", changed)) << bit;
  }
  for (std::size_t n = 0; n < sealed.size(); ++n) EXPECT_FALSE(key.open("purpose", BytesView(sealed).first(n))) << n;
}

TEST(TextCache, RespellingTakesNobodysPlace) {
  TextCache<int> cache(16 * 4096);
  auto put = [&](const std::string& text, const std::string& name) {
    cache.insert(text, name, std::make_shared<int>(1));
  };
  put("honest", "a");
  for (int i = 0; i < 10'000; ++i) put("respelt " + std::to_string(i), "b");
  EXPECT_TRUE(cache.find("honest"));
  EXPECT_FALSE(cache.find("respelt 0"));
  EXPECT_TRUE(cache.find("respelt 9999"));
}

TEST(TextCache, IsBoundedInBytes) {
  TextCache<int> cache(16 * 8192);
  int held = 0;
  for (int i = 0; i < 1000; ++i)
    cache.insert(std::string(4096, 'x') + std::to_string(i), std::to_string(i), std::make_shared<int>(i));
  for (int i = 0; i < 1000; ++i) held += cache.find(std::string(4096, 'x') + std::to_string(i)) != nullptr;
  EXPECT_LE(held, 32);
  EXPECT_GE(held, 8);
}

}  // namespace
}  // namespace cairn::auth
