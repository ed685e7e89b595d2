// What only a SQLite file can be made to hold, and how much is dropped at once.
#include "tests/unit/daemon/registry/conformance_identity.h"
#include "tests/unit/daemon/registry/faulty_vfs.h"
#include "tests/unit/daemon/registry/sqlite_engine.h"

namespace cairn::registry::testing {

INSTANTIATE_TEST_SUITE_P(Sqlite, IdentityConformance,
                         ::testing::Values(EngineFactory([] { return std::make_unique<SqliteEngine>(); })),
                         [](const auto&) { return "File"; });

namespace {

class SqliteIdentities : public ::testing::Test {
 protected:
  void SetUp() override {
    registry_ = engine_.open();
    ASSERT_TRUE(registry_);
  }
  IdentityRegistry& identity() { return registry_->identity(); }
  /// As a program would write it that knows nothing of our checks and triggers.
  void spoil(const std::string& statement) {
    ASSERT_EQ(engine_.plainSql("PRAGMA ignore_check_constraints = ON; " + statement).value_or(""), "");
  }
  /// The row is passed over, and said to be.
  void expectUnreadable(const std::string& table, const std::string& key, const std::string& why) {
    auto changes = run(identity().changesSince(0, {}));
    ASSERT_TRUE(changes) << table << ": " << changes.error().message;
    ASSERT_EQ(changes->unreadable.size(), 1U) << table;
    EXPECT_EQ(changes->unreadable[0].table, table);
    EXPECT_EQ(changes->unreadable[0].key, key);
    EXPECT_NE(changes->unreadable[0].why.find(why), std::string::npos) << changes->unreadable[0].why;
    EXPECT_TRUE(changes->revocations.empty() && changes->sharedKeys.empty() && changes->wrappedKeys.empty() &&
                changes->operators.empty() && changes->accessKeys.empty());
    spoil("DELETE FROM " + table);
  }
  void expectCorrupt(const std::string& table, const std::string& why) {
    auto changes = run(identity().changesSince(0, {}));
    ASSERT_FALSE(changes) << table;
    EXPECT_EQ(changes.error().code, Errc::corrupt);
    EXPECT_NE(changes.error().message.find("table " + table + ", row "), std::string::npos) << changes.error().message;
    EXPECT_NE(changes.error().message.find(why), std::string::npos) << changes.error().message;
    spoil("DELETE FROM " + table);
  }

  SqliteEngine engine_;
  std::unique_ptr<Registry> registry_;
};

TEST_F(SqliteIdentities, RowsOfOtherProgramsAreNotTrusted) {
  const std::string wallet = "'" + walletNamed(1).get() + "'", key = "'" + keyNamed(1) + "'";
  ASSERT_FALSE(engine_.plainSql("UPDATE identity_revision SET revision = 9"));
  spoil("INSERT INTO revocations VALUES ('0xAB', 1, 1)");
  expectCorrupt("revocations", "wallet: ");
  const std::string named = walletNamed(1).get();
  std::string mixed = named;
  for (char& c : mixed) c = c == 'x' ? c : static_cast<char>(std::toupper(c));
  for (const auto& [values, why] : {std::pair(wallet + ", 'x'", "up to: not a number"),
                                    {wallet + ", -1", "up to: before 1970"},
                                    {"'" + mixed + "', 5", "wallet: not 0x"}}) {
    if (values.starts_with("'" + named) || mixed != named) {
      spoil("INSERT INTO revocations VALUES (" + values + ", 1)");
      expectUnreadable("revocations", named, why);
    }
  }
  for (const auto& [values, why] : {std::pair(key + ", 'sts', 'x', 0", "created at: not a number"),
                                    {key + ", x'00', 1, 0", "purpose: not text"},
                                    {key + ", 'sts', 1, 2", "retired: neither 0 nor 1"}}) {
    spoil("INSERT INTO shared_keys VALUES (" + values + ", 1)");
    expectUnreadable("shared_keys", keyNamed(1), why);
  }
  spoil("INSERT INTO shared_keys VALUES ('UPPER', 'sts', 1, 0, 1)");
  expectUnreadable("shared_keys", "UPPER", "id: not 16");
  spoil("INSERT INTO wrapped_keys VALUES (" + key + ", " + key + ", 'text', 1)");
  expectUnreadable("wrapped_keys", keyNamed(1), "wrapped key: not bytes");
  spoil("INSERT INTO operators VALUES (" + wallet + ", 'king', '', 1, 1)");
  expectUnreadable("operators", named, "role: no role that there is");
  spoil("INSERT INTO revoked_grants VALUES (x'0102', 1, 1)");
  expectCorrupt("revoked_grants", "digest: not 32 bytes");
  ASSERT_FALSE(engine_.plainSql("DROP TRIGGER access_keys_stay"));
  spoil("INSERT INTO access_keys VALUES ('k', 'o', x'', " + key + ", '', '', 1, 0, 1, 0, 0, 1)");
  expectUnreadable("access_keys", "k", "sealed secret: empty");
  ASSERT_FALSE(engine_.plainSql("DELETE FROM identity_revision"));
  EXPECT_EQ(run(identity().changesSince(0, {})).error().code, Errc::corrupt);
  EXPECT_EQ(run(identity().revoke(walletNamed(1), 1)).error().code, Errc::corrupt);
}

TEST_F(SqliteIdentities, ARowThatCannotBeReadHidesNoOther) {
  for (unsigned n = 1; n <= 3; ++n) ASSERT_TRUE(run(identity().revoke(walletNamed(n), 4'000'000'000)));
  spoil("INSERT INTO revocations VALUES ('" + walletNamed(4).get() + "', 'x', 2)");
  auto changes = run(identity().changesSince(0, {}));
  ASSERT_TRUE(changes);
  EXPECT_EQ(changes->revocations.size(), 3U);
  EXPECT_EQ(changes->unreadable.size(), 1U);
  changes = run(identity().changesSince(2, {}));
  ASSERT_TRUE(changes);
  EXPECT_EQ(changes->revocations.size(), 1U);
  EXPECT_TRUE(changes->unreadable.empty()) << "not changed since";
}

TEST_F(SqliteIdentities, BindingsUsesAndAuditRowsOfOtherProgramsAreNotTrusted) {
  ASSERT_TRUE(run(identity().bindNonce(hashNamed(1), hashNamed(2), Timestamp(1))));
  ASSERT_TRUE(run(identity().useGrant(hashNamed(1), 5, Timestamp(1))));
  ASSERT_FALSE(engine_.plainSql("DROP TRIGGER bound_nonces_fixed; DROP TRIGGER grant_uses_rise"));
  spoil("UPDATE bound_nonces SET digest = x'01'; UPDATE grant_uses SET uses = -3");
  EXPECT_EQ(run(identity().bindNonce(hashNamed(1), hashNamed(2), Timestamp(1))).error().code, Errc::corrupt);
  auto used = run(identity().useGrant(hashNamed(1), 5, Timestamp(1)));
  ASSERT_FALSE(used) << "fewer than no uses would allow more than the grant does";
  EXPECT_EQ(used.error().code, Errc::corrupt);
  AuditRow row;
  row.who = "m1";
  row.action = "start";
  ASSERT_TRUE(run(identity().appendAudit(row)));
  ASSERT_FALSE(engine_.plainSql("DROP TRIGGER audit_unchanged"));
  spoil("UPDATE audit SET hash = x'01'");
  EXPECT_EQ(run(identity().audit(1, 9, 9)).error().code, Errc::corrupt);
  auto next = run(identity().appendAudit(row));
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().message, "registry table audit, row 1: hash: not 32 bytes");
}

TEST_F(SqliteIdentities, ReplacingAnAuditRowIsRefusedToo) {
  AuditRow row;
  row.who = "m1";
  row.action = "start";
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(run(identity().appendAudit(row)));
  for (const char* sql : {"INSERT OR REPLACE INTO audit SELECT 2, at, 'x', action, what, signature, message, source,"
                          " outcome, previous, hash FROM audit WHERE sequence = 2",
                          "INSERT OR REPLACE INTO audit SELECT NULL, at, 'x', action, what, signature, message, source,"
                          " outcome, hash, hash FROM audit WHERE sequence = 3",
                          "UPDATE OR REPLACE audit SET sequence = 1 WHERE sequence = 2"})
    EXPECT_NE(engine_.plainSql(sql).value_or("taken").find("cairn:append_only"), std::string::npos) << sql;
  EXPECT_EQ(identity::verifyAudit(*run(identity().audit(1, 9, 9))).rows, 3U);
}

TEST_F(SqliteIdentities, AWriteDropsSomeOfWhatIsPastItsTimeNotAll) {
  for (unsigned n = 0; n < 40; ++n) ASSERT_TRUE(run(identity().bindNonce(hashNamed(n), hashNamed(99), Timestamp(1))));
  ASSERT_FALSE(engine_.plainSql("UPDATE bound_nonces SET until = 1"));
  auto expectRows = [&](int count) {
    EXPECT_EQ(engine_
                  .plainSql("CREATE TABLE n AS SELECT 1 FROM bound_nonces; CREATE TEMP TABLE c (x CHECK (x = " +
                            std::to_string(count) + ")); INSERT INTO c SELECT count(*) FROM n; DROP TABLE n")
                  .value_or(""),
              "");
  };
  for (int left : {40 + 1 - 16, 41 + 1 - 32, 3}) {
    ASSERT_TRUE(run(identity().bindNonce(hashNamed(1000 + static_cast<unsigned>(left)), hashNamed(1), Timestamp(1))));
    expectRows(left);
  }
}

TEST_F(SqliteIdentities, ChangesAreOnTheDiskBeforeTheyAreAnswered) {
  FaultyVfs vfs;
  ScratchFile file;
  auto faulty = *openSqlite({file.path(), FaultyVfs::name(), std::chrono::seconds(10)});
  IdentityRegistry& there = faulty->identity();
  SharedKeyRow shared;
  shared.id = keyNamed(1);
  shared.purpose = "sts";
  AccessKeyRow key;
  key.id = "k";
  key.owner = OwnerId("o");
  key.sealedSecret = {1};
  key.sealedBy = keyNamed(1);
  AuditRow row;
  row.who = row.action = "x";
  Voucher voucher{MasterId("m"), Bytes(33, 2), walletNamed(1), "", Bytes(65, 1), {}};
  const std::function<Status()> changes[] = {
      [&] { return run(there.revoke(walletNamed(1), 4'000'000'000)); },
      [&] { return run(there.addSharedKey(shared, {}, false)); },
      [&] { return run(there.wrapSharedKey({keyNamed(1), keyNamed(2), {1}})); },
      [&] { return run(there.retireSharedKey(keyNamed(1))); },
      [&] { return run(there.addAccessKey(key)); },
      [&] { return run(there.setAccessKeyEnabled("k", false)); },
      [&] { return run(there.deleteAccessKey("k")); },
      [&] { return run(there.setOperator({walletNamed(1), Role::admin, {}, {}}, true)); },
      [&] { return run(there.revokeGrant(hashNamed(1), Timestamp(1))); },
      [&] { return run(there.vouch(voucher)); },
      [&]() -> Status {
        auto bound = run(there.bindNonce(hashNamed(1), hashNamed(2), Timestamp(1)));
        return bound ? Status() : bound.error();
      },
      [&]() -> Status {
        auto used = run(there.useGrant(hashNamed(1), 1, Timestamp(1)));
        return used ? Status() : used.error();
      },
      [&]() -> Status {
        auto appended = run(there.appendAudit(row));
        return appended ? Status() : appended.error();
      }};
  for (const auto& change : changes) {
    FaultyVfs::failSyncs = 1;
    Status failed = change();
    ASSERT_FALSE(failed) << &change - changes;
    EXPECT_EQ(failed.error().code, Errc::unknown_outcome);
    EXPECT_TRUE(change()) << "what failed had not happened, and may be asked for again";
  }
  FaultyVfs::failSyncs = 1;
  EXPECT_TRUE(run(there.noteUses({{"k", Timestamp(1)}}))) << "not worth a sync";
  FaultyVfs::failSyncs = 0;
  EXPECT_EQ(identity::verifyAudit(*run(there.audit(1, 9, 9))).rows, 1U);
}

}  // namespace
}  // namespace cairn::registry::testing
