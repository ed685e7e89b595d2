// A change with its audit row: both or neither, and once for each signed message.
#include "tests/unit/daemon/registry/conformance_identity.h"

namespace cairn::registry::testing {
namespace {

Once onceOf(unsigned n, unsigned digest, Role least = Role::none, unsigned by = 1) {
  return {hashNamed(n), hashNamed(digest), Timestamp(systemClock()->now().get() + 3'600'000), walletNamed(by), least};
}
OperatorRow operatorOf(unsigned n, Role role) {
  OperatorRow row;
  row.wallet = walletNamed(n);
  row.role = role;
  return row;
}

}  // namespace

TEST_P(IdentityConformance, AChangeAndItsAuditRowAreBothOrNeither) {
  const auto admin = run(a().act(SetOperator{operatorOf(1, Role::admin)}, auditRow("one"), std::nullopt));
  ASSERT_TRUE(admin) << admin.error().message;
  EXPECT_EQ(admin->sequence, 1U);
  EXPECT_EQ(run(b().operators())->at(0).role, Role::admin);
  const auto before = revision();
  EXPECT_EQ(codeOf(run(a().act(SetOperator{operatorOf(1, Role::none)}, auditRow("two"), std::nullopt))),
            Errc::precondition);
  AuditRow wrong = auditRow("three");
  wrong.who = "";
  EXPECT_EQ(codeOf(run(a().act(SetOperator{operatorOf(2, Role::admin)}, wrong, std::nullopt))), Errc::invalid);
  // A row that cannot be written takes the change with it.
  ASSERT_FALSE(engine_->plainSql("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END"));
  EXPECT_FALSE(run(a().act(SetOperator{operatorOf(2, Role::admin)}, auditRow("four"), onceOf(1, 1))));
  ASSERT_FALSE(engine_->plainSql("DROP TRIGGER full"));
  EXPECT_EQ(revision(), before);
  EXPECT_EQ(run(b().operators())->size(), 1U);
  EXPECT_EQ(wholeAudit().size(), 1U);
  EXPECT_TRUE(run(a().act(SetOperator{operatorOf(2, Role::admin)}, auditRow("five"), onceOf(1, 1))))
      << "what failed did not use its message up";
}

TEST_P(IdentityConformance, AMessageCountsOnceOnWhateverMaster) {
  auto first = run(a().act(SetOperator{operatorOf(1, Role::admin)}, auditRow("one"), onceOf(1, 1)));
  ASSERT_TRUE(first);
  ASSERT_TRUE(run(a().act(SetOperator{operatorOf(1, Role::admin)}, auditRow("other"), onceOf(2, 2))));
  ASSERT_TRUE(run(a().act(SetOperator{operatorOf(2, Role::admin)}, auditRow("two"), std::nullopt)));
  ASSERT_TRUE(run(a().act(SetOperator{operatorOf(1, Role::none)}, auditRow("three"), std::nullopt)));
  const auto before = revision();
  for (unsigned n = 0; n < 4; ++n) {
    AuditRow other = auditRow("one");
    other.from = "another place";
    auto again = run(master(n).act(SetOperator{operatorOf(1, Role::admin)}, other, onceOf(1, 1, Role::admin)));
    ASSERT_TRUE(again) << again.error().message;
    EXPECT_EQ(*again, *first) << "the row of the first time, whoever may do what by now";
  }
  EXPECT_EQ(codeOf(run(b().act(SetOperator{operatorOf(3, Role::admin)}, auditRow("four"), onceOf(1, 3)))),
            Errc::already_exists);
  EXPECT_EQ(revision(), before);
  EXPECT_EQ(wholeAudit().size(), 4U);
  EXPECT_EQ(run(b().operators())->size(), 1U) << "a role that was taken does not come back";
}

TEST_P(IdentityConformance, OfAMessageSentEverywhereAtOnceOneRowIsLeft) {
  std::vector<Task<Result<AuditRow>>> tasks;
  for (unsigned n = 0; n < 8; ++n)
    tasks.push_back(master(n).act(SetOperator{operatorOf(1, Role::admin)}, auditRow("one"), onceOf(1, 1)));
  for (const auto& row : together(std::move(tasks))) {
    ASSERT_TRUE(row) << row.error().message;
    EXPECT_EQ(row->sequence, 1U);
  }
  EXPECT_EQ(wholeAudit().size(), 1U);
}

TEST_P(IdentityConformance, TheSignersRoleCountsAtThatMoment) {
  ASSERT_TRUE(run(a().setOperator(operatorOf(1, Role::admin), true)));
  ASSERT_TRUE(run(a().setOperator(operatorOf(2, Role::viewer), false)));
  const Revocation mark{walletNamed(9), seconds()};
  EXPECT_EQ(codeOf(run(b().act(mark, auditRow("no"), onceOf(1, 1, Role::operator_, 2)))), Errc::denied);
  EXPECT_EQ(codeOf(run(b().act(mark, auditRow("no"), onceOf(1, 1, Role::viewer, 3)))), Errc::denied);
  EXPECT_TRUE(wholeAudit().empty());
  EXPECT_TRUE(since(0).revocations.empty());
  EXPECT_TRUE(run(b().act(mark, auditRow("yes"), onceOf(1, 1, Role::operator_, 1))));
  ASSERT_TRUE(run(a().setOperator(operatorOf(2, Role::operator_), false)));
  EXPECT_TRUE(run(b().act(mark, auditRow("yes"), onceOf(2, 2, Role::operator_, 2))));
  ASSERT_EQ(since(0).revocations.size(), 1U);
  EXPECT_EQ(since(0).revocations[0].upTo, mark.upTo);
}

TEST_P(IdentityConformance, AnOperatorGivesANameToOneBucket) {
  const BucketName name("shared");
  const BucketId bobs{OwnerId("bob"), BucketName("pictures")};
  const auto act = [&](std::optional<BucketId> bucket) {
    return run(a().act(SetAlias{name, std::move(bucket), walletNamed(1)}, auditRow("alias.set"), std::nullopt));
  };
  const auto holder = [&] { return *run(second_->alias(name)); };
  EXPECT_EQ(codeOf(act(std::nullopt)), Errc::not_found) << "nobody has it";
  ASSERT_TRUE(run(first_->claimAlias(name, OwnerId("ann"))));
  ASSERT_TRUE(act(bobs));
  EXPECT_EQ(holder(), bobs) << "an operator's word takes it from who came first";
  EXPECT_EQ(codeOf(run(first_->claimAlias(name, OwnerId("ann")))), Errc::already_exists);
  EXPECT_TRUE(run(first_->claimAlias(name, OwnerId("bob")))) << "no other owner's";
  EXPECT_EQ(holder(), bobs) << "and still of the bucket that it was given to";
  ASSERT_TRUE(run(first_->dropAlias(name, OwnerId("bob"))));
  EXPECT_EQ(holder(), bobs) << "what was given stays";
  ASSERT_TRUE(act(BucketId{OwnerId("zoe"), name}));
  EXPECT_EQ(holder(), (BucketId{OwnerId("zoe"), name}));
  ASSERT_TRUE(act(std::nullopt));
  EXPECT_FALSE(holder());
  EXPECT_TRUE(run(first_->claimAlias(name, OwnerId("ann")))) << "free for who comes first";
  ASSERT_TRUE(act(std::nullopt));
  EXPECT_FALSE(holder());
  EXPECT_EQ(wholeAudit().size(), 4U);
  for (const char* bad : {"", "ab", "Shared", "a/b"})
    EXPECT_EQ(codeOf(run(a().act(SetAlias{BucketName(bad), bobs, walletNamed(1)}, auditRow("no"), std::nullopt))),
              Errc::invalid);
}

TEST_P(IdentityConformance, EachKindOfChangeIsMade) {
  auto act = [&](Change change) { return run(a().act(std::move(change), auditRow("some"), std::nullopt)); };
  ASSERT_TRUE(act(AddSharedKey{sharedKey(1), {{keyNamed(1), keyNamed(7), Bytes{1}}}}));
  ASSERT_TRUE(act(accessKey("k")));
  EXPECT_EQ(codeOf(act(accessKey("k"))), Errc::already_exists);
  ASSERT_TRUE(act(SetAccessKeyEnabled{"k", false}));
  ASSERT_TRUE(act(RevokeGrant{hashNamed(5), inAnHour()}));
  Voucher voucher;
  voucher.master = MasterId("m1");
  voucher.publicKey = Bytes(33, 2);
  voucher.by = walletNamed(1);
  voucher.message = "{}";
  voucher.signature = Bytes(65, 1);
  ASSERT_TRUE(act(voucher));
  ASSERT_TRUE(act(std::monostate{}));
  const auto all = since(0);
  ASSERT_EQ(all.sharedKeys.size(), 1U);
  EXPECT_EQ(all.wrappedKeys.size(), 1U);
  ASSERT_EQ(all.accessKeys.size(), 1U);
  EXPECT_FALSE(all.accessKeys[0].enabled);
  EXPECT_EQ(all.revokedGrants, std::vector<Hash32>{hashNamed(5)});
  EXPECT_EQ(run(b().vouchers())->size(), 1U);
  EXPECT_EQ(wholeAudit().size(), 6U);
  EXPECT_FALSE(identity::verifyAudit(wholeAudit()).fault);
}

TEST_P(IdentityConformance, ASharedKeyThatOthersHangOnIsNotRetired) {
  auto act = [&](Change change) { return run(a().act(std::move(change), auditRow("some"), std::nullopt)); };
  ASSERT_TRUE(act(AddSharedKey{sharedKey(1), {}}));
  EXPECT_EQ(codeOf(act(RetireSharedKey{keyNamed(1)})), Errc::precondition) << "the only one";
  ASSERT_TRUE(act(accessKey("k")));
  ASSERT_TRUE(act(AddSharedKey{sharedKey(2), {}}));
  EXPECT_EQ(codeOf(act(RetireSharedKey{keyNamed(1)})), Errc::precondition) << "an access key is sealed under it";
  ASSERT_TRUE(act(DeleteAccessKey{"k"}));
  ASSERT_TRUE(act(RetireSharedKey{keyNamed(1)}));
  EXPECT_TRUE(since(0).sharedKeys[0].retired || since(0).sharedKeys[1].retired);
  EXPECT_EQ(codeOf(act(RetireSharedKey{keyNamed(2)})), Errc::precondition);
  EXPECT_EQ(codeOf(act(RetireSharedKey{keyNamed(3)})), Errc::not_found);
  ASSERT_TRUE(act(AddSharedKey{sharedKey(4, std::string(kJwtKey)), {}}));
  EXPECT_TRUE(act(RetireSharedKey{keyNamed(4)})) << "a fleet may take no JWT";
}

TEST_P(IdentityConformance, TheDatabaseItselfKeepsAUsedNonce) {
  ASSERT_TRUE(run(a().act(std::monostate{}, auditRow("one"), onceOf(1, 1))));
  EXPECT_TRUE(engine_->plainSql("UPDATE action_nonces SET digest = nonce"));
  EXPECT_TRUE(engine_->plainSql("UPDATE action_nonces SET sequence = 2"));
}

}  // namespace cairn::registry::testing
