// Grants: what is taken, and that nothing else is.
#include "common/identity/grant.h"

#include <gtest/gtest.h>

#include "common/digest/base64.h"
#include "common/identity/typed_data.h"

namespace cairn::identity {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;

class Grants : public ::testing::Test {
 protected:
  Grants() {
    grant.wallet = Address::of(key.publicKey());
    grant.fleet = "00112233445566778899aabbccddeeff";
    grant.bucket = "photos";
    grant.prefix = "2026/\t\"\\\x01\xc3\xa9";
    grant.operations = {Operation::read, Operation::list};
    grant.issued = kNow;
    grant.expires = kNow + 3600;
    grant.count = 5;
    grant.nonce.fill(0x5a);
  }
  std::string sign(const Grant& g) { return grantText(g, RecoverableSignature::sign(key, digestOf(g))); }
  /// Another payload under the grant's own signature's length.
  std::string spelled(const std::string& payload) {
    return std::string(kGrantPrefix) + base64Url(asBytes(payload)) + "." + text().substr(text().rfind('.') + 1);
  }
  std::string text() { return sign(grant); }
  std::string payload() {
    const std::string all = text().substr(kGrantPrefix.size());
    return std::string(asText(*fromBase64Url(all.substr(0, all.find('.')))));
  }

  SecretKey key = *SecretKey::parse(Bytes(32, 7));
  Grant grant;
};

bool good(std::string_view text) {
  auto read = readGrant(text);
  return read && checkSigner(*read);
}

TEST_F(Grants, AreReadAsTheyWereWritten) {
  auto read = readGrant(text());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->grant, grant);
  EXPECT_TRUE(checkSigner(*read));
  EXPECT_TRUE(checkTimes(read->grant, kNow));
  EXPECT_TRUE(grant.forAnyone());
  EXPECT_TRUE(grant.scope().allows(Operation::read, "photos", grant.prefix + "x"));
  EXPECT_FALSE(grant.scope().allows(Operation::read, "photos", "2026"));
  EXPECT_FALSE(grant.scope().allows(Operation::write, "photos", grant.prefix));
}

TEST_F(Grants, EveryBitCounts) {
  const std::string whole = text();
  for (std::size_t i = 0; i < whole.size() * 8; ++i) {
    std::string changed = whole;
    changed[i / 8] = static_cast<char>(changed[i / 8] ^ (1 << (i % 8)));
    EXPECT_FALSE(good(changed)) << "bit " << i;
  }
  for (std::size_t n = 0; n < whole.size(); ++n) EXPECT_FALSE(good(whole.substr(0, n))) << n;
  EXPECT_FALSE(good(whole + "A"));
  EXPECT_FALSE(good(std::string(1 << 16, 'A')));
}

TEST_F(Grants, EveryFieldIsSigned) {
  const std::vector<std::function<void(Grant&)>> changes = {
      [](Grant& g) { g.wallet = Address(); }, [](Grant& g) { g.fleet = "other"; },
      [](Grant& g) { g.grantee = g.wallet; }, [](Grant& g) { g.bucket = "photoss"; },
      [](Grant& g) { g.prefix = ""; },        [](Grant& g) { g.operations = Operations::all(); },
      [](Grant& g) { --g.issued; },           [](Grant& g) { ++g.expires; },
      [](Grant& g) { g.count = 0; },          [](Grant& g) { g.nonce[31] ^= 1; },
  };
  const auto signature = RecoverableSignature::sign(key, digestOf(grant));
  for (std::size_t n = 0; n < changes.size(); ++n) {
    Grant other = grant;
    changes[n](other);
    EXPECT_NE(digestOf(other), digestOf(grant)) << n;
    EXPECT_FALSE(good(grantText(other, signature))) << n;
  }
}

TEST_F(Grants, HaveOneSpelling) {
  const std::string p = payload();
  ASSERT_TRUE(good(spelled(p)));
  auto replaced = [&](const std::string& from, const std::string& to) {
    std::string out = p;
    out.replace(out.find(from), from.size(), to);
    return spelled(out);
  };
  EXPECT_FALSE(good(replaced("{\"", "{ \"")));
  EXPECT_FALSE(good(replaced("\"count\":5", "\"count\":5.0")));
  EXPECT_FALSE(good(replaced("\"count\":5", "\"count\":\"5\"")));
  EXPECT_FALSE(good(replaced("\"count\":5", "\"count\":05")));
  EXPECT_FALSE(good(replaced("\"count\":5", "\"count\":5,\"count\":5")));
  EXPECT_FALSE(good(replaced("\"count\":5,", "")));
  EXPECT_FALSE(good(replaced("\"count\":5", "\"count\":5,\"more\":1")));
  EXPECT_FALSE(good(replaced("read,list", "list,read")));
  EXPECT_FALSE(good(replaced("5a5a", "5A5A")));
  EXPECT_FALSE(good(replaced("\xc3\xa9", "\\u00e9")));
  EXPECT_FALSE(good(text() + "="));
  auto signature = RecoverableSignature::sign(key, digestOf(grant)).bytes();
  signature[64] = static_cast<std::uint8_t>(signature[64] - 27);
  EXPECT_FALSE(good(text().substr(0, text().rfind('.') + 1) + base64Url(signature)));
}

TEST_F(Grants, AreOfOneBucketAndOfSomething) {
  for (const char* bucket : {"", "*"}) {
    grant.bucket = bucket;
    EXPECT_FALSE(checkForm(grant)) << bucket;
    EXPECT_FALSE(good(text())) << bucket;
  }
  grant.bucket = "photos";
  grant.operations = {};
  EXPECT_FALSE(good(text()));
  grant.operations = Operations::all();
  EXPECT_TRUE(good(text()));
  grant.count = 1ULL << 53;
  EXPECT_FALSE(checkForm(grant));
}

TEST_F(Grants, LiveNinetyDaysAtMost) {
  auto fault = [&](std::int64_t issued, std::int64_t expires) -> std::optional<TokenFault> {
    grant.issued = issued;
    grant.expires = expires;
    auto s = checkTimes(grant, kNow);
    return s ? std::nullopt : std::optional(s.error().fault);
  };
  EXPECT_EQ(fault(kNow, kNow + kMostGrantLife), std::nullopt);
  EXPECT_EQ(fault(kNow, kNow + kMostGrantLife + 1), TokenFault::life);
  EXPECT_EQ(fault(kNow, kNow), TokenFault::life);
  EXPECT_EQ(fault(kNow - 5, kNow), TokenFault::expired);
  EXPECT_EQ(fault(kNow + 300, kNow + 400), std::nullopt);
  EXPECT_EQ(fault(kNow + 301, kNow + 400), TokenFault::issued_ahead);
  EXPECT_TRUE(checkFleet(grant, grant.fleet));
  EXPECT_FALSE(checkFleet(grant, "another"));
}

TEST_F(Grants, TheDocumentIsWhatIsSigned) {
  auto data = TypedData::parse(documentOf(grant));
  ASSERT_TRUE(data) << data.error().message;
  EXPECT_EQ(data->digest(), digestOf(grant));
}

TEST(Intersection, IsExact) {
  const std::vector<std::string> buckets = {"a", "b", "*"}, prefixes = {"", "x", "x/", "y"};
  const std::vector<Operations> operations = {
      {Operation::read}, {Operation::read, Operation::list}, Operations::all(), {Operation::remove}};
  std::vector<ScopeEntry> all;
  for (const auto& b : buckets)
    for (const auto& p : prefixes)
      for (const auto& o : operations) all.push_back({b, p, o});
  for (std::size_t n = 0; n < all.size() * all.size(); n += 7) {
    const std::size_t i = n % all.size(), j = n / all.size();
    const Scope one = *Scope::make({all[i], all[(i + 11) % all.size()]});
    const Scope two = *Scope::make({all[j], all[(j + 17) % all.size()]});
    const auto both = intersection(one, two);
    for (const char* bucket : {"a", "b", "c"}) {
      for (const char* key : {"", "x", "x/1", "y", "z"}) {
        for (Operation o : {Operation::read, Operation::write, Operation::list, Operation::remove}) {
          EXPECT_EQ(both && both->allows(o, bucket, key), one.allows(o, bucket, key) && two.allows(o, bucket, key))
              << bucket << " " << key << " " << n;
        }
      }
    }
  }
  EXPECT_EQ(intersection(*Scope::make({{"a", "", {Operation::read}}}), *Scope::make({{"b", "", {Operation::read}}}))
                .error()
                .code,
            Errc::denied);
}

}  // namespace
}  // namespace cairn::identity
