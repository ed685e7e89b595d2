// A flip that was written and cannot be read back: the answer must not say that nothing happened.
#include "tests/unit/daemon/registry/sqlite_engine.h"

namespace cairn::registry::testing {
namespace {

TEST(SqliteUnreadable, AFlipWhoseRowCannotBeReadBackIsUnknownAndToBeSettled) {
  SqliteEngine engine;
  auto registry = engine.open();
  Master m;
  m.id = MasterId("m1");
  m.cas = true;
  FlipRequest flip;
  flip.bucket = bucketNamed("b");
  flip.nextRoot = rootNamed("root");
  flip.commit.bytes[0] = 7;
  flip.master = m.id;
  flip.epoch = run(registry->registerMaster(m))->epoch;
  // Something behind the flip's back spoils each new row within the same transaction.
  ASSERT_FALSE(engine.plainSql("DROP TRIGGER bucket_roots_order"));
  ASSERT_FALSE(
      engine.plainSql("CREATE TRIGGER spoil AFTER INSERT ON bucket_roots BEGIN UPDATE bucket_roots SET root_cid = 'no "
                      "CID' WHERE owner_id = NEW.owner_id AND bucket = NEW.bucket; END"));
  const FlipResult result = run(registry->flip(flip));
  EXPECT_EQ(result.status, FlipStatus::unknown);
  EXPECT_NE(result.reason.find("no CID"), std::string::npos) << result.reason;
  // The row of the version after the expected one decides, and it is this commit's.
  auto history = run(registry->history(flip.bucket, Version(1), Version(1), 10));
  ASSERT_TRUE(history);
  ASSERT_EQ(history->size(), 1U);
  EXPECT_EQ(history->front().commit.bytes, flip.commit.bytes);
  // What stands cannot be read, so that it is certainly not overwritten.
  flip.commit.bytes[0] = 8;
  flip.cas = false;
  const auto lease = run(registry->takeWriterLease(m.id, 60'000));
  flip.leaseTerm = lease->term;
  EXPECT_EQ(run(registry->flip(flip)).status, FlipStatus::unavailable);
  EXPECT_EQ(run(registry->history(flip.bucket, Version(1), Version(9), 10))->size(), 1U);
}

}  // namespace
}  // namespace cairn::registry::testing
