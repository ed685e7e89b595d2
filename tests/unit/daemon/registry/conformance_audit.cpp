#include "tests/unit/daemon/registry/conformance_identity.h"

namespace cairn::registry::testing {

TEST_P(IdentityConformance, AnAuditRowIsKeptAsItWasGivenWithItsPlaceInTheChain) {
  for (const char* action : {"one", "two", "three"}) ASSERT_TRUE(run(a().appendAudit(auditRow(action))));
  const auto rows = wholeAudit();
  ASSERT_EQ(rows.size(), 3U);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    AuditRow expected = auditRow(i == 0 ? "one" : i == 1 ? "two" : "three");
    expected.sequence = i + 1;
    expected.at = rows[i].at;
    if (i > 0) expected.previous = rows[i - 1].hash;
    expected.hash = identity::auditHash(expected);
    EXPECT_EQ(rows[i], expected);
    EXPECT_NEAR(static_cast<double>(rows[i].at.get()), static_cast<double>(now().get()), 60'000);
  }
  EXPECT_EQ(run(b().audit(2, 3, 1))->at(0).sequence, 2U);
  EXPECT_EQ(run(b().audit(2, 3, 10))->size(), 2U);
  EXPECT_EQ(run(b().audit(4, UINT64_MAX, 10))->size(), 0U);
  EXPECT_EQ(revision(), 0U);
}

TEST_P(IdentityConformance, AnAuditRowComesWithItsEvent) {
  const auto before = *run(first_->lastEvent());
  ASSERT_TRUE(run(a().appendAudit(auditRow("key.create"))));
  auto events = run(second_->events(before, 10));
  ASSERT_EQ(events->size(), 1U);
  EXPECT_EQ(events->front().kind, "audit");
  for (const std::string& part : {std::string("\"sequence\""), std::string("key.create"), walletNamed(1).get()})
    EXPECT_NE(events->front().json.find(part), std::string::npos) << part;
}

TEST_P(IdentityConformance, TheDatabaseItselfKeepsTheAuditLog) {
  for (const char* action : {"one", "two", "three"}) ASSERT_TRUE(run(a().appendAudit(auditRow(action))));
  const auto rows = wholeAudit();
  const std::string columns = "(sequence, at, who, action, what, signature, message, source, outcome, previous, hash)";
  auto copied = [&](const std::string& sequence, const std::string& previous) {
    return "INSERT INTO audit " + columns + " SELECT " + sequence +
           ", at, who, action, what, signature, message, source, outcome, " + previous +
           ", hash FROM audit WHERE sequence = 3";
  };
  for (const std::string& sql :
       {std::string("UPDATE audit SET who = 'nobody' WHERE sequence = 2"), std::string("UPDATE audit SET at = at"),
        std::string("DELETE FROM audit WHERE sequence = 3"), std::string("DELETE FROM audit"), copied("5", "hash"),
        copied("0", "hash"), copied("3", "previous"), copied("4", "previous"), copied("-1", "hash")}) {
    EXPECT_TRUE(engine_->plainSql(sql)) << sql;
  }
  EXPECT_EQ(wholeAudit(), rows);
  EXPECT_FALSE(engine_->plainSql(copied("4", "hash"))) << "whoever continues the chain may append";
  EXPECT_EQ(identity::verifyAudit(wholeAudit()).fault->sequence, 4U) << "but not without its hash";
}

}  // namespace cairn::registry::testing
