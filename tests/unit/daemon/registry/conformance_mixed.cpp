#include "tests/unit/daemon/registry/conformance_mixed.h"

namespace cairn::registry::testing {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(MixedFleet);

namespace {

using enum FlipStatus;

TEST_P(MixedFleet, WithoutALeaseCasMastersWriteAndOtherGateways) {
  check({{Who::cas, "CAS", won},
         {Who::older_cas, "CAS, older version", won},
         {Who::lease_holder, "dark", not_writer},
         {Who::dark, "another dark", not_writer},
         {Who::upsert, "upsert", {}},
         {Who::update, "update", {}}});
}

TEST_P(MixedFleet, UnderALeaseItsHolderWritesAndOtherGateways) {
  giveLease();
  check({{Who::cas, "CAS", not_writer},
         {Who::older_cas, "CAS, older version", not_writer},
         {Who::lease_holder, "holds the lease", won},
         {Who::dark, "another dark", not_writer},
         {Who::upsert, "upsert", {}},
         {Who::update, "update", {}}});
}

TEST_P(MixedFleet, OnceCasIsRequiredCasMastersAloneWrite) {
  requireCas();
  check({{Who::cas, "CAS", won},
         {Who::older_cas, "CAS, older version", won},
         {Who::lease_holder, "dark", requires_cas},
         {Who::late_dark, "dark, registered since", requires_cas},
         {Who::upsert, "upsert", {}, "cairn:requires_cas"},
         {Who::update, "update", {}, "cairn:requires_cas"},
         {Who::forger, "with a history row of a dark master", {}, "cairn:requires_cas"}});
  auto lease = run(registry_->takeWriterLease(MasterId("d3"), 1000));
  ASSERT_FALSE(lease);
  EXPECT_NE(lease.error().message.find("registry.cas = true"), std::string::npos) << lease.error().message;
}

TEST_P(MixedFleet, ALeaseThatRunsWhenCasBecomesRequiredGivesNothingAnyMore) {
  giveLease();
  requireCas();
  check({{Who::cas, "CAS", won},
         {Who::older_cas, "CAS, older version", won},
         {Who::lease_holder, "holds the lease", requires_cas},
         {Who::dark, "another dark", requires_cas},
         {Who::late_dark, "dark, registered since", requires_cas},
         {Who::upsert, "upsert", {}, "cairn:requires_cas"},
         {Who::update, "update", {}, "cairn:requires_cas"}});
}

TEST_P(MixedFleet, RequirementAndAuditRowComeTogetherAndOnce) {
  engine_->refuseAuditRows(true);
  EXPECT_FALSE(run(registry_->identity().act(RequireCas{true}, auditRow(), {})));
  EXPECT_FALSE(*run(registry_->requireCas())) << "no row, no requirement";
  engine_->refuseAuditRows(false);
  requireCas();
  EXPECT_TRUE(*run(registry_->requireCas()));
  auto again = run(registry_->identity().act(RequireCas{true}, auditRow(), {}));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Errc::precondition);
  ASSERT_TRUE(run(registry_->identity().act(RequireCas{false}, auditRow(), {})));
  EXPECT_FALSE(*run(registry_->requireCas()));
  EXPECT_EQ(run(registry_->identity().audit(0, 100, 10))->size(), 2U);
}

}  // namespace
}  // namespace cairn::registry::testing
