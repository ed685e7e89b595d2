#include "tests/unit/daemon/registry/conformance_identity.h"

#include <algorithm>

namespace cairn::registry::testing {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(IdentityConformance);

TEST_P(IdentityConformance, AFreshRegistryKnowsNothing) {
  const AuthChanges nothing = since(0);
  EXPECT_EQ(nothing.revision, 0U);
  EXPECT_TRUE(nothing.revocations.empty() && nothing.accessKeys.empty() && nothing.sharedKeys.empty());
  EXPECT_TRUE(nothing.wrappedKeys.empty() && nothing.operators.empty() && nothing.revokedGrants.empty());
  EXPECT_TRUE(run(a().operators())->empty());
  EXPECT_TRUE(run(a().accessKeys(OwnerId()))->empty());
  EXPECT_TRUE(run(a().vouchers())->empty());
  EXPECT_EQ(*run(a().lastAudit()), 0U);
}

TEST_P(IdentityConformance, ARevocationIsSeenByOthersAndNeverGoesDown) {
  const std::int64_t mark = seconds();
  ASSERT_TRUE(run(a().revoke(walletNamed(1), mark)));
  const AuthChanges first = since(0);
  ASSERT_EQ(first.revocations.size(), 1U);
  EXPECT_EQ(first.revocations[0].wallet, walletNamed(1));
  EXPECT_EQ(first.revocations[0].upTo, mark);
  for (std::int64_t lower : {mark, mark - 1, std::int64_t{0}}) {
    ASSERT_TRUE(run(b().revoke(walletNamed(1), lower)));
    EXPECT_EQ(since(0).revocations[0].upTo, mark);
  }
  EXPECT_EQ(revision(), first.revision) << "what changed nothing is no change";
  ASSERT_TRUE(run(b().revoke(walletNamed(1), mark + 5)));
  ASSERT_EQ(since(first.revision).revocations.size(), 1U);
  EXPECT_EQ(since(first.revision).revocations[0].upTo, mark + 5);
  EXPECT_TRUE(engine_->plainSql("UPDATE revocations SET up_to = up_to - 1"));
  EXPECT_EQ(since(0).revocations[0].upTo, mark + 5);
}

TEST_P(IdentityConformance, AMarkOlderThanAGrantCanLiveIsDroppedByLaterOnes) {
  ASSERT_TRUE(run(a().revoke(walletNamed(1), seconds())));
  ASSERT_TRUE(run(a().revoke(walletNamed(2), seconds() - 91 * 86400 - 300 - 10)));
  ASSERT_TRUE(run(a().revoke(walletNamed(3), seconds() - 91 * 86400)));
  ASSERT_TRUE(run(a().revoke(walletNamed(4), seconds())));
  std::vector<OwnerId> left;
  for (const auto& r : since(0).revocations) left.push_back(r.wallet);
  EXPECT_EQ(left, (std::vector<OwnerId>{walletNamed(1), walletNamed(3), walletNamed(4)}));
}

TEST_P(IdentityConformance, ANonceStaysBoundToTheFirstToken) {
  auto first = run(a().bindNonce(hashNamed(1), hashNamed(100), inAnHour()));
  ASSERT_TRUE(first);
  EXPECT_TRUE(first->first);
  EXPECT_EQ(first->digest, hashNamed(100));
  for (unsigned digest : {100U, 200U}) {
    auto again = run(b().bindNonce(hashNamed(1), hashNamed(digest), inAnHour()));
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->first);
    EXPECT_EQ(again->digest, hashNamed(100));
  }
  EXPECT_TRUE(run(b().bindNonce(hashNamed(2), hashNamed(200), inAnHour()))->first);
  EXPECT_TRUE(engine_->plainSql("UPDATE bound_nonces SET digest = nonce"));
  EXPECT_EQ(revision(), 0U) << "masters ask for a nonce, they are not told";
}

TEST_P(IdentityConformance, ABindingIsDroppedOnlyWhenItsTimeIsLongOver) {
  ASSERT_TRUE(run(a().bindNonce(hashNamed(1), hashNamed(100), inAnHour()))->first);
  ASSERT_TRUE(run(a().bindNonce(hashNamed(2), hashNamed(100), Timestamp(1)))->first);
  ASSERT_TRUE(run(a().bindNonce(hashNamed(3), hashNamed(100), inAnHour()))->first);
  EXPECT_FALSE(run(a().bindNonce(hashNamed(2), hashNamed(200), Timestamp(1)))->first)
      << "a wrong `until` frees no nonce at once";
  ASSERT_FALSE(engine_->plainSql("UPDATE bound_nonces SET until = 1"));
  EXPECT_FALSE(run(a().bindNonce(hashNamed(1), hashNamed(200), inAnHour()))->first)
      << "and now it is kept as long as the one that was refused could be shown";
  ASSERT_TRUE(run(a().bindNonce(hashNamed(4), hashNamed(100), inAnHour()))->first);
  EXPECT_FALSE(run(a().bindNonce(hashNamed(1), hashNamed(200), inAnHour()))->first);
  EXPECT_TRUE(run(a().bindNonce(hashNamed(3), hashNamed(200), inAnHour()))->first);
}

TEST_P(IdentityConformance, SharedKeysComeWithTheFormsOfOneKeyEncryptionKey) {
  const std::string mine = keyNamed(77), theirs = keyNamed(78), id = keyNamed(1);
  ASSERT_TRUE(run(a().addSharedKey(sharedKey(1), {{id, mine, {1}}, {id, theirs, {2}}}, false)));
  AuthChanges all = since(0);
  ASSERT_EQ(all.sharedKeys.size(), 1U);
  EXPECT_EQ(all.sharedKeys[0].id, id);
  EXPECT_EQ(all.sharedKeys[0].purpose, "sts");
  EXPECT_FALSE(all.sharedKeys[0].retired);
  EXPECT_NEAR(static_cast<double>(all.sharedKeys[0].createdAt.get()), static_cast<double>(now().get()), 60'000);
  EXPECT_EQ(all.wrappedKeys.size(), 2U);
  ASSERT_EQ(since(0, mine).wrappedKeys.size(), 1U);
  EXPECT_EQ(since(0, mine).wrappedKeys[0].wrapped, Bytes{1});
  EXPECT_EQ(codeOf(run(b().addSharedKey(sharedKey(1), {}, false))), Errc::already_exists);
  EXPECT_EQ(codeOf(run(b().addSharedKey(sharedKey(2), {}, true))), Errc::already_exists);
  EXPECT_EQ(since(all.revision).sharedKeys.size(), 0U);
  ASSERT_TRUE(run(b().addSharedKey(sharedKey(3, "jwt"), {}, true))) << "of another purpose";
  ASSERT_TRUE(run(b().wrapSharedKey({id, mine, {9, 9}})));
  ASSERT_EQ(since(all.revision).wrappedKeys.size(), 1U);
  EXPECT_EQ(since(0, mine).wrappedKeys[0].wrapped, (Bytes{9, 9}));
  EXPECT_EQ(codeOf(run(b().wrapSharedKey({keyNamed(5), mine, {9}}))), Errc::not_found);
}

TEST_P(IdentityConformance, ARetiredKeyMakesRoomForAFirstOne) {
  ASSERT_TRUE(run(a().addSharedKey(sharedKey(1), {}, true)));
  const auto before = revision();
  ASSERT_TRUE(run(a().retireSharedKey(keyNamed(1))));
  ASSERT_EQ(since(before).sharedKeys.size(), 1U);
  EXPECT_TRUE(since(before).sharedKeys[0].retired);
  const auto retired = revision();
  ASSERT_TRUE(run(b().retireSharedKey(keyNamed(1))));
  EXPECT_EQ(revision(), retired);
  EXPECT_EQ(codeOf(run(b().retireSharedKey(keyNamed(9)))), Errc::not_found);
  EXPECT_TRUE(run(b().addSharedKey(sharedKey(2), {}, true)));
}

TEST_P(IdentityConformance, AnAccessKeyLivesIsSwitchedOffAndIsNeverFreeAgain) {
  AccessKeyRow key = accessKey("AKIA1");
  key.scope = R"({"buckets":["b"]})";
  key.expiresAt = inAnHour();
  ASSERT_TRUE(run(a().addAccessKey(key)));
  ASSERT_TRUE(run(a().addAccessKey(accessKey("AKIA0", "bob"))));
  EXPECT_EQ(codeOf(run(b().addAccessKey(accessKey("AKIA1", "bob")))), Errc::already_exists);
  auto listed = run(b().accessKeys(OwnerId("alice")));
  ASSERT_EQ(listed->size(), 1U);
  const AccessKeyRow& row = listed->front();
  EXPECT_EQ(std::tie(row.id, row.owner, row.sealedSecret, row.sealedBy, row.scope, row.label, row.expiresAt),
            std::tie(key.id, key.owner, key.sealedSecret, key.sealedBy, key.scope, key.label, key.expiresAt));
  EXPECT_TRUE(row.enabled && !row.deleted && row.lastUsedAt.get() == 0);
  EXPECT_EQ(run(b().accessKeys(OwnerId()))->front().id, "AKIA0") << "all owners', by id";

  auto before = revision();
  ASSERT_TRUE(run(b().setAccessKeyEnabled("AKIA1", false)));
  ASSERT_EQ(since(before).accessKeys.size(), 1U);
  EXPECT_FALSE(since(before).accessKeys[0].enabled);
  before = revision();
  ASSERT_TRUE(run(b().resealAccessKey("AKIA1", {7, 7}, keyNamed(9))));
  ASSERT_EQ(since(before).accessKeys.size(), 1U);
  key.sealedSecret = {7, 7};
  key.sealedBy = keyNamed(9);
  EXPECT_EQ(since(before).accessKeys[0].sealedSecret, key.sealedSecret);
  EXPECT_EQ(since(before).accessKeys[0].sealedBy, key.sealedBy);
  EXPECT_EQ(since(before).accessKeys[0].owner, key.owner);
  EXPECT_EQ(since(before).accessKeys[0].scope, key.scope);
  EXPECT_FALSE(since(before).accessKeys[0].enabled) << "stays what it is";
  EXPECT_EQ(codeOf(run(b().resealAccessKey("AKIA1", {}, keyNamed(9)))), Errc::invalid);
  EXPECT_EQ(codeOf(run(b().resealAccessKey("AKIA1", {7}, "no key"))), Errc::invalid);
  before = revision();
  ASSERT_TRUE(run(b().deleteAccessKey("AKIA1")));
  ASSERT_EQ(since(before).accessKeys.size(), 1U);
  EXPECT_TRUE(since(before).accessKeys[0].deleted);
  EXPECT_TRUE(since(before).accessKeys[0].sealedSecret.empty()) << "nobody needs a deleted key's secret";
  EXPECT_TRUE(run(a().accessKeys(OwnerId("alice")))->empty());
  EXPECT_EQ(codeOf(run(a().addAccessKey(key))), Errc::already_exists);
  for (const auto& gone : {run(a().deleteAccessKey("AKIA1")), run(a().setAccessKeyEnabled("AKIA1", true)),
                           run(a().resealAccessKey("AKIA1", {7}, keyNamed(9))), run(a().deleteAccessKey("nobody")),
                           run(a().setAccessKeyEnabled("nobody", true))})
    EXPECT_EQ(codeOf(gone), Errc::not_found);
  EXPECT_TRUE(engine_->plainSql("DELETE FROM access_keys"));
  EXPECT_TRUE(engine_->plainSql("UPDATE access_keys SET deleted = NOT deleted WHERE id = 'AKIA1'"));
}

TEST_P(IdentityConformance, UsesAreNotedWithoutTellingAnybody) {
  ASSERT_TRUE(run(a().addAccessKey(accessKey("k1"))));
  ASSERT_TRUE(run(a().addAccessKey(accessKey("k2"))));
  const auto before = revision();
  const Timestamp used(now().get() - 60'000), earlier(used.get() - 1);
  ASSERT_TRUE(run(b().noteUses({{"k1", used}, {"nobody", used}, {"k1", earlier}, {"k2", Timestamp(INT64_MAX)}})));
  auto keys = run(a().accessKeys(OwnerId()));
  EXPECT_EQ(keys->at(0).lastUsedAt, used);
  EXPECT_NEAR(static_cast<double>(keys->at(1).lastUsedAt.get()), static_cast<double>(now().get()), 60'000)
      << "never later than now";
  EXPECT_EQ(revision(), before);
}

TEST_P(IdentityConformance, RolesAreGivenAndTakenButNotFromTheLastAdmin) {
  EXPECT_EQ(codeOf(run(a().setOperator(operatorRow(1, Role::viewer), true))), Errc::invalid);
  ASSERT_TRUE(run(a().setOperator(operatorRow(1, Role::admin), true)));
  EXPECT_EQ(codeOf(run(b().setOperator(operatorRow(2, Role::admin), true))), Errc::already_exists);
  for (Role less : {Role::none, Role::viewer, Role::operator_})
    EXPECT_EQ(codeOf(run(b().setOperator(operatorRow(1, less), false))), Errc::precondition);
  OperatorRow second = operatorRow(2, Role::operator_);
  second.by = walletNamed(1);
  ASSERT_TRUE(run(b().setOperator(second, false)));
  auto both = run(a().operators());
  ASSERT_EQ(both->size(), 2U);
  EXPECT_EQ(both->at(1).wallet, walletNamed(2));
  EXPECT_EQ(both->at(1).role, Role::operator_);
  EXPECT_EQ(both->at(1).by, walletNamed(1));
  EXPECT_EQ(codeOf(run(b().setOperator(operatorRow(1, Role::none), false))), Errc::precondition);
  ASSERT_TRUE(run(b().setOperator(operatorRow(2, Role::admin), false)));
  const auto before = revision();
  ASSERT_TRUE(run(b().setOperator(operatorRow(1, Role::none), false)));
  ASSERT_EQ(since(before).operators.size(), 1U);
  EXPECT_EQ(since(before).operators[0].role, Role::none);
  EXPECT_EQ(run(a().operators())->size(), 1U);
  const auto after = revision();
  ASSERT_TRUE(run(b().setOperator(operatorRow(1, Role::none), false)));
  EXPECT_EQ(revision(), after) << "taking what nobody has is no change";
}

TEST_P(IdentityConformance, AGrantIsRevokedAndItsUsesAreCounted) {
  ASSERT_TRUE(run(a().revokeGrant(hashNamed(1), inAnHour())));
  const auto before = revision();
  EXPECT_EQ(since(0).revokedGrants, std::vector<Hash32>{hashNamed(1)});
  ASSERT_TRUE(run(b().revokeGrant(hashNamed(1), inAnHour())));
  EXPECT_EQ(revision(), before);
  for (bool allowed : {true, true, false, false})
    EXPECT_EQ(*run(master(allowed ? 0 : 1).useGrant(hashNamed(2), 2, inAnHour())), allowed);
  EXPECT_FALSE(*run(a().useGrant(hashNamed(3), 0, inAnHour())));
  EXPECT_TRUE(engine_->plainSql("UPDATE grant_uses SET uses = uses - 1"));
  ASSERT_FALSE(engine_->plainSql("UPDATE grant_uses SET until = 1"));
  ASSERT_FALSE(engine_->plainSql("UPDATE revoked_grants SET until = 1"));
  ASSERT_TRUE(*run(a().useGrant(hashNamed(4), 2, inAnHour())));
  ASSERT_TRUE(run(a().revokeGrant(hashNamed(5), inAnHour())));
  EXPECT_TRUE(*run(a().useGrant(hashNamed(2), 2, inAnHour()))) << "counters past their time are dropped";
  EXPECT_EQ(since(0).revokedGrants, std::vector<Hash32>{hashNamed(5)});
}

TEST_P(IdentityConformance, VouchersAreKeptOneAMasterKeyAndOperator) {
  Voucher voucher;
  voucher.master = MasterId("m2");
  voucher.publicKey = Bytes(33, 2);
  voucher.by = walletNamed(1);
  voucher.message = "{}";
  voucher.signature = Bytes(65, 1);
  ASSERT_TRUE(run(a().vouch(voucher)));
  voucher.signature = Bytes(65, 9);
  ASSERT_TRUE(run(b().vouch(voucher)));
  voucher.master = MasterId("m1");
  ASSERT_TRUE(run(b().vouch(voucher)));
  auto all = run(a().vouchers());
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ(all->at(0).master, MasterId("m1"));
  const Voucher& v = all->at(1);
  EXPECT_EQ(std::tie(v.publicKey, v.by, v.message, v.signature),
            std::tie(voucher.publicKey, voucher.by, voucher.message, voucher.signature));
  EXPECT_NEAR(static_cast<double>(v.at.get()), static_cast<double>(now().get()), 60'000);
}

TEST_P(IdentityConformance, RowsThatMustNotBeAreRefusedByField) {
  auto refused = [](const Status& status, const char* field) {
    EXPECT_EQ(codeOf(status), Errc::invalid);
    EXPECT_TRUE(!status && status.error().message.starts_with(field)) << field;
  };
  const std::string upper = "0x" + std::string(40, 'A');
  refused(run(a().revoke(OwnerId(upper), 1)), "wallet");
  refused(run(a().revoke(walletNamed(1), -1)), "up to");
  AccessKeyRow key = accessKey("k");
  key.sealedBy = "k1";
  refused(run(a().addAccessKey(key)), "sealed by");
  key = accessKey("k");
  key.label = "\xff";
  refused(run(a().addAccessKey(key)), "label");
  refused(run(a().addAccessKey(accessKey(""))), "id");
  refused(run(a().addSharedKey(sharedKey(1, ""), {}, false)), "purpose");
  refused(run(a().addSharedKey(sharedKey(1), {{keyNamed(2), keyNamed(3), {1}}}, false)), "wrapped key");
  refused(run(a().wrapSharedKey({keyNamed(1), keyNamed(2), {}})), "wrapped key");
  OperatorRow row = operatorRow(1, Role::admin);
  row.by = OwnerId("me");
  refused(run(a().setOperator(row, false)), "by");
  Voucher voucher;
  voucher.master = MasterId("m1");
  refused(run(a().vouch(voucher)), "public key");
  AuditRow audit = auditRow("a");
  audit.outcome = std::string("nul\0", 4);
  EXPECT_EQ(codeOf(run(a().appendAudit(audit))), Errc::invalid);
  EXPECT_EQ(revision(), 0U);
  EXPECT_TRUE(wholeAudit().empty());
}

}  // namespace cairn::registry::testing
