// Who may write, by the table of docs/decisions/0033-graduating.md: what a fleet requires and whose lease runs, against
// who comes to write.
//
// Contract: as of RegistryConformance. check() lets each row's writer come and looks what it was told and what stands
// then; each writer has a bucket of its own, with a root that stands before.
#pragma once

#include "tests/unit/daemon/registry/conformance.h"

#include <vector>

#include "daemon/registry/identity.h"

namespace cairn::registry::testing {

/// Who comes to write: masters; another gateway that upserts, updates, or also forges a history row of a dark master.
enum class Who { cas, older_cas, lease_holder, dark, late_dark, upsert, update, forger };

struct MixedRow {
  Who who;
  const char* name;
  std::optional<FlipStatus> status;  ///< of a flip
  std::string refusal{};             ///< of plain SQL; empty: it is taken
};

class MixedFleet : public RegistryConformance {
 protected:
  void SetUp() override {
    RegistryConformance::SetUp();
    cas_ = enroll("c1");
    Master older;
    older.id = MasterId("c0");
    older.cas = true;
    older.version = "0.0.1";
    older.profile = "master";
    auto registered = run(registry_->registerMaster(older));
    ASSERT_TRUE(registered);
    older_ = registered->epoch;
    holder_ = enroll("d1", false);
    dark_ = enroll("d2", false);
    for (int i = 0; i < 8; ++i)
      ASSERT_EQ(flip(next(bucketOf(static_cast<Who>(i)), "before", "c1", cas_)).status, FlipStatus::won);
  }

  void giveLease() {
    auto lease = run(registry_->takeWriterLease(MasterId("d1"), 600'000));
    ASSERT_TRUE(lease && lease->live);
    term_ = lease->term;
  }
  void requireCas() {
    ASSERT_TRUE(run(registry_->identity().act(RequireCas{true}, auditRow(), {})));
    late_ = enroll("d3", false);
  }
  static AuditRow auditRow() {
    AuditRow row;
    row.who = "test";
    row.action = "fleet.graduate";
    row.outcome = "done";
    return row;
  }

  static BucketId bucketOf(Who who) { return bucketNamed("b" + std::to_string(static_cast<int>(who))); }

  FlipRequest darkFlip(const BucketId& bucket, const char* master, Epoch epoch) {
    FlipRequest request = next(bucket, "after", master, epoch);
    request.cas = false;
    request.leaseTerm = term_;
    return request;
  }

  FlipResult flipOf(Who who) {
    const BucketId bucket = bucketOf(who);
    if (who == Who::cas) return flip(next(bucket, "after", "c1", cas_));
    if (who == Who::older_cas) return flip(next(bucket, "after", "c0", older_));
    if (who == Who::lease_holder) return flip(darkFlip(bucket, "d1", holder_));
    return flip(who == Who::dark ? darkFlip(bucket, "d2", dark_) : darkFlip(bucket, "d3", late_));
  }

  /// As another gateway writes; the forger brings the history row of a master with CAS off along.
  std::optional<std::string> plainSqlOf(Who who) {
    const std::string name = bucketOf(who).name.get(), root = rootNamed("after").str();
    if (who == Who::update)
      return engine_->plainSql("UPDATE bucket_roots SET root_cid = '" + root +
                               "', version = version + 1 WHERE bucket = '" + name + "'");
    if (who == Who::forger) {
      auto refused = engine_->plainSql(
          "INSERT INTO bucket_root_history (owner_id, bucket, version, root_cid, previous_root, commit_id, master, "
          "epoch,"
          " cas, holders, puts, deletes, others, attempts, claimed_at, at, receipt, receipt_hash)"
          " SELECT owner_id, bucket, version + 1, '" +
          root +
          "', root_cid, commit_id, 'd1', 1, cas <> cas, holders, puts,"
          " deletes, others, attempts, claimed_at, at, receipt, receipt_hash FROM bucket_root_history WHERE bucket = "
          "'" +
          name + "'");
      EXPECT_FALSE(refused) << *refused;
    }
    return engine_->plainSql(
        "INSERT INTO bucket_roots (owner_id, bucket, root_cid, version, updated_at) VALUES ('owner', '" + name +
        "', '" + root +
        "', 1, CURRENT_TIMESTAMP) ON CONFLICT (owner_id, bucket) DO UPDATE SET root_cid = excluded.root_cid, version ="
        " bucket_roots.version + 1, updated_at = excluded.updated_at");
  }

  void check(const MixedRow& row) {
    SCOPED_TRACE(row.name);
    bool taken = false;
    if (row.status) {
      const FlipResult result = flipOf(row.who);
      EXPECT_EQ(result.status, *row.status) << result.reason;
      EXPECT_EQ(result.reason.empty(), *row.status == FlipStatus::won) << "who is refused is told why";
      taken = *row.status == FlipStatus::won;
    } else {
      const auto refused = plainSqlOf(row.who);
      taken = row.refusal.empty();
      EXPECT_EQ(refused.has_value(), !taken) << refused.value_or("");
      if (refused) EXPECT_NE(refused->find(row.refusal), std::string::npos) << *refused;
    }
    const RootRow now = rowOf(bucketOf(row.who));
    EXPECT_EQ(now.version, Version(taken ? 2 : 1));
    EXPECT_EQ(now.root, rootNamed(taken ? "after" : "before"));
    const auto history = run(registry_->history(bucketOf(row.who), Version(2), Version(2), 1));
    ASSERT_TRUE(history);
    if (taken) ASSERT_EQ(history->size(), 1U) << "whoever writes leaves a row";
    if (taken && !row.status && row.who != Who::forger) EXPECT_EQ(history->front().master, MasterId());
  }

  void check(const std::vector<MixedRow>& table) {
    for (const MixedRow& row : table) check(row);
  }

  Epoch cas_, older_, holder_, dark_, late_;
  std::uint64_t term_ = 0;
};

}  // namespace cairn::registry::testing
