// What a master knows of the fleet's identities: rows that were changed behind its back, and rows that it cannot read.
#include "daemon/auth/identity_view.h"

#include <gtest/gtest.h>

#include "daemon/auth/access_key_seal.h"
#include "tests/support/known_fleet.h"

namespace cairn::auth {
namespace {

using registry::AccessKeyRow;

/// A registry whose next answers the test sets, revision by revision.
class Told final : public test::NoIdentity {
 public:
  R<registry::AuthChanges> changesSince(std::uint64_t since, std::string) override {
    asked.push_back(since);
    co_return next;
  }
  registry::AuthChanges next;
  std::vector<std::uint64_t> asked;
};

class View : public ::testing::Test {
 protected:
  View() {
    told.next.revision = 1;
    told.next.sharedKeys.push_back({std::string(kId), std::string(kAccessKeyKey), Timestamp(1), false});
    told.next.wrappedKeys.push_back({std::string(kId), kek().name(), kek().wrap(std::string(kId), key, fleet.random)});
  }
  static KeyEncryptionKey kek() { return *KeyEncryptionKey::parse(std::string(64, '3')); }
  void read(registry::AuthChanges changes) {
    told.next = std::move(changes);
    read();
  }
  void read() { ASSERT_TRUE(fleet.run(view.refresh())); }
  AccessKeyRow row(const std::string& id = "CAIRN1") {
    AccessKeyRow made;
    made.id = id;
    made.owner = OwnerId("alice");
    made.scope = R"([{"bucket":"b","prefix":"","operations":"read"}])";
    made.expiresAt = Timestamp(1'900'000'000'000);
    made.sealedBy = kId;
    made.sealedSecret = sealSecret(key, made, "secret", fleet.random);
    return made;
  }
  registry::AuthChanges with(AccessKeyRow changed) {
    registry::AuthChanges changes;
    changes.revision = told.next.revision + 1;
    changes.accessKeys.push_back(std::move(changed));
    return changes;
  }
  registry::AuthChanges unreadable(const std::string& table, const std::string& name) {
    registry::AuthChanges changes;
    changes.revision = told.next.revision + 1;
    changes.unreadable.push_back({table, name, "spoilt"});
    return changes;
  }

  static constexpr std::string_view kId = "0011223344556677";
  test::KnownFleet fleet;
  SealKey key = SealKey::generate(fleet.random);
  Told told;
  IdentityView view{told, fleet.clock, fleet.random, kek()};
  const OwnerId wallet{"0x" + std::string(40, 'a')}, other{"0x" + std::string(40, 'b')};
};

TEST_F(View, AnAccessKeyIsWhatItsRowSays) {
  read();
  read(with(row()));
  const auto found = view.find("CAIRN1");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->secret.view(), "secret");
  EXPECT_EQ(found->owner, OwnerId("alice"));
  EXPECT_EQ(found->expires, 1'900'000'000);
  EXPECT_TRUE(found->shared && found->enabled && found->scope);
  AccessKeyRow off = row();
  off.enabled = false;
  off.label = "another";
  read(with(off));
  EXPECT_FALSE(view.find("CAIRN1")->enabled) << "what may change is not bound";
}

TEST_F(View, ARowThatWasChangedBehindTheFleetsBackOpensNothing) {
  read();
  for (auto change : std::initializer_list<void (*)(AccessKeyRow&)>{
           [](AccessKeyRow& r) { r.owner = OwnerId("eve"); }, [](AccessKeyRow& r) { r.scope.clear(); },
           [](AccessKeyRow& r) { r.scope += " "; }, [](AccessKeyRow& r) { r.expiresAt = {}; },
           [](AccessKeyRow& r) { r.expiresAt = Timestamp(r.expiresAt.get() + 1); },
           [](AccessKeyRow& r) { r.id = "CAIRN2"; }, [](AccessKeyRow& r) { r.sealedSecret.front() = 1; },
           [](AccessKeyRow& r) { r.sealedSecret.erase(r.sealedSecret.begin()); }}) {
    read(with(row()));
    ASSERT_TRUE(view.find("CAIRN1"));
    AccessKeyRow changed = row();
    change(changed);
    read(with(changed));
    EXPECT_FALSE(view.find(changed.id));
  }
}

TEST_F(View, ARowOfTheFormBeforeOpensUntilItsSharedKeyIsRetired) {
  AccessKeyRow old = row();
  // Version 1 began with random bytes, which may be those of version 2.
  for (int i = 0; i < 2000; ++i) {
    old.sealedSecret = key.seal("cairn access key CAIRN1", asBytes("secret"), fleet.random);
    ASSERT_TRUE(openSecret(key, old)) << i;
    ASSERT_FALSE(boundWhole(key, old));
  }
  EXPECT_TRUE(boundWhole(key, row()));
  read();
  read(with(old));
  ASSERT_TRUE(view.find("CAIRN1"));
  registry::AuthChanges retired;
  retired.revision = 9;
  retired.sharedKeys.push_back({std::string(kId), std::string(kAccessKeyKey), Timestamp(1), true});
  read(retired);
  EXPECT_FALSE(view.find("CAIRN1"));
}

TEST_F(View, ASpoiltRevocationVoidsItsWalletUntilItIsMended) {
  read();
  read(unreadable("revocations", wallet.get()));
  EXPECT_TRUE(view.revoked(wallet, INT64_MAX)) << "nobody knows up to when";
  EXPECT_FALSE(view.revoked(other, 0));
  EXPECT_TRUE(view.fresh()) << "it stops nobody else";
  registry::AuthChanges mended;
  mended.revision = told.next.revision;
  mended.revocations.push_back({wallet, 100});
  read(mended);
  EXPECT_EQ(told.asked.back(), 1U) << "asked about again";
  EXPECT_TRUE(view.revoked(wallet, 100));
  EXPECT_FALSE(view.revoked(wallet, 101));
  read();
  EXPECT_EQ(told.asked.back(), mended.revision) << "and then no more";
}

TEST_F(View, ASpoiltAccessKeyIsGoneUntilItIsMended) {
  read();
  read(with(row()));
  registry::AuthChanges spoilt = unreadable("access_keys", "CAIRN1");
  spoilt.accessKeys.push_back(row("CAIRN2"));
  read(spoilt);
  EXPECT_FALSE(view.find("CAIRN1"));
  EXPECT_TRUE(view.find("CAIRN2"));
  read(with(row()));
  EXPECT_TRUE(view.find("CAIRN1"));
}

TEST_F(View, ASpoiltOperatorHasNoRoleUntilItIsMended) {
  read();
  registry::AuthChanges given;
  given.revision = 7;
  given.operators = {{wallet, registry::Role::admin, {}, {}}, {other, registry::Role::viewer, {}, {}}};
  read(given);
  ASSERT_EQ(view.role(wallet), registry::Role::admin);
  read(unreadable("operators", wallet.get()));
  EXPECT_EQ(view.role(wallet), registry::Role::none);
  EXPECT_EQ(view.role(other), registry::Role::viewer);
  EXPECT_TRUE(view.anyOperator());
  read(given);
  EXPECT_EQ(view.role(wallet), registry::Role::admin);
}

TEST_F(View, ASpoiltSharedKeySealsAndOpensNothing) {
  read();
  read(with(row()));
  EXPECT_TRUE(view.withNewest(kAccessKeyKey, [](const auto&, const auto&) {}));
  read(unreadable("shared_keys", std::string(kId)));
  EXPECT_FALSE(view.withNewest(kAccessKeyKey, [](const auto&, const auto&) {}));
  EXPECT_FALSE(view.withKey(kAccessKeyKey, kId, [](const auto&) {}));
  EXPECT_FALSE(view.find("CAIRN1"));
}

TEST_F(View, IsFreshForTwoSecondsAfterAReading) {
  EXPECT_FALSE(view.fresh());
  read();
  EXPECT_TRUE(view.fresh());
  fleet.clock.at += kMostStale;
  EXPECT_TRUE(view.fresh());
  fleet.clock.at += Duration(1);
  EXPECT_FALSE(view.fresh());
}

}  // namespace
}  // namespace cairn::auth
