// What a master knows of the fleet's identities: rows that were changed behind its back, and rows that it cannot read.
#include "daemon/auth/identity_view.h"

#include <gtest/gtest.h>

#include <set>

#include "common/digest/base64.h"
#include "daemon/auth/access_key_seal.h"
#include "daemon/auth/authenticator.h"
#include "daemon/auth/hmac.h"
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

/// "kid=secret" of all that are taken.
std::set<std::string> jwtKeys(const IdentityView& view) {
  std::set<std::string> out;
  for (const JwtKey& key : *view.jwtKeys()) out.insert(key.keyId + "=" + std::string(key.secret.view()));
  return out;
}

registry::AuthChanges added(const registry::AddSharedKey& made, std::uint64_t revision) {
  registry::AuthChanges changes;
  changes.revision = revision;
  changes.sharedKeys.push_back(made.key);
  changes.wrappedKeys = made.wrapped;
  return changes;
}

TEST_F(View, SecretsOfJwtAreTakenUntilTheyAreRetired) {
  read();
  EXPECT_TRUE(view.jwtKeys()->empty());
  const auto first = view.newJwtKey("one", std::nullopt), second = view.newJwtKey("two", "theirs"),
             third = view.newJwtKey("three", "");
  read(added(first, 2));
  const auto before = view.jwtKeys();
  read(added(second, 3));
  read(added(third, 4));
  EXPECT_EQ(jwtKeys(view), (std::set<std::string>{first.key.id + "=one", "theirs=two", "=three"}));
  EXPECT_EQ(before->size(), 1U) << "who has them already keeps what he has";
  EXPECT_FALSE(view.withNewest(kJwtKey, [](const auto&, const auto&) {}, Duration::zero())) << "they seal nothing";
  auto retired = added(second, 5);
  retired.sharedKeys[0].retired = true;
  retired.wrappedKeys.clear();
  read(retired);
  EXPECT_EQ(jwtKeys(view), (std::set<std::string>{first.key.id + "=one", "=three"}));
  read(unreadable("shared_keys", first.key.id));
  EXPECT_EQ(jwtKeys(view), (std::set<std::string>{"=three"})) << "a row that cannot be read counts as retired";
  read(added(first, 6));
  EXPECT_EQ(jwtKeys(view), (std::set<std::string>{first.key.id + "=one", "=three"}));
}

TEST_F(View, AMasterThatIsStaleTakesNoTokenOfTheRegistrysSecretsAndRefusesNoneForGood) {
  read();
  read(added(view.newJwtKey("shared", "s"), 2));
  AuthConfig config;
  config.jwtKeys = {{"own", "o"}};
  const Authenticator auth(std::move(config), std::make_shared<StaticCredentials>(*StaticCredentials::make({})),
                           {.view = &view});
  const auto status = [&](std::string_view secret, const std::string& header = R"({"alg":"HS256"})") {
    std::string text = base64Url(asBytes(header)) + "." + base64Url(asBytes(R"({"sub":"a"})"));
    text = "Bearer " + text + "." + base64Url(hmacSha256(asBytes(secret), text));
    const HeaderView authorization{"Authorization", text};
    const auto caller = auth.authenticate({"GET", "/", "", {&authorization, 1}}, fleet.clock.now());
    return caller ? 200 : httpStatus(caller.error().failure);
  };
  EXPECT_EQ(status("own"), 200);
  EXPECT_EQ(status("shared"), 200);
  EXPECT_EQ(status("none"), 403);
  fleet.clock.at += kMostStale + Duration(1);
  EXPECT_EQ(status("own"), 200) << "it needs no registry";
  EXPECT_EQ(status("shared"), 503) << "it may have been retired";
  EXPECT_EQ(status("none"), 503) << "it may be there by now";
  EXPECT_EQ(status("none", R"({"alg":"none"})"), 403);
}

TEST_F(View, AWrappedSecretIsOfItsSharedKeyAndPurposeAlone) {
  read();
  auto moved = view.newJwtKey("one", std::nullopt);
  const auto other = view.newJwtKey("two", std::nullopt);
  moved.wrapped[0].wrapped = other.wrapped[0].wrapped;
  read(added(moved, 2));
  auto sealing = view.newKey(std::string(kAccessKeyKey));
  sealing.key.purpose = kJwtKey;
  read(added(sealing, 3));
  EXPECT_TRUE(view.jwtKeys()->empty()) << "a key that seals is no secret of tokens";
  auto secret = view.newJwtKey(std::string(SealKey::kSize, 's'), std::nullopt);
  secret.key.purpose = kSessionKey;
  read(added(secret, 4));
  EXPECT_FALSE(view.withKey(kSessionKey, secret.key.id, [](const auto&) {})) << "nor the other way";
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
