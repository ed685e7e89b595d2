#include "tests/unit/daemon/registry/conformance_mixed.h"
#include "tests/unit/daemon/registry/conformance_pins.h"
#include "tests/unit/daemon/registry/sqlite_engine.h"

namespace cairn::registry::testing {

// Only SQLite has a statement that replaces a row.
TEST_P(RegistryConformance, AReplacedRowNeitherGoesBackNorJumps) {
  Epoch epoch = enroll("m1");
  for (const char* root : {"one", "two", "three"})
    ASSERT_EQ(flip(next(bucketNamed("b"), root, "m1", epoch)).status, FlipStatus::won);
  auto replaced = [this](const char* root, int version) {
    return engine_->plainSql("INSERT OR REPLACE INTO bucket_roots VALUES ('owner', 'b', '" + rootNamed(root).str() +
                             "', " + std::to_string(version) + ", CURRENT_TIMESTAMP)");
  };
  for (bool graduated : {true, false}) {
    ASSERT_TRUE(run(registry_->setRequireCas(graduated)));
    for (const auto& refused : {replaced("two", 2), replaced("foreign", 2), replaced("foreign", 5)})
      EXPECT_TRUE(refused && refused->starts_with("cairn:")) << graduated << refused.value_or("");
    EXPECT_EQ(rowOf(bucketNamed("b")).version, Version(3));
    EXPECT_EQ(rowOf(bucketNamed("b")).root, rootNamed("three"));
  }
  EXPECT_FALSE(replaced("foreign", 4)) << "before graduation another gateway may write, one version on";
}

INSTANTIATE_TEST_SUITE_P(Sqlite, RegistryConformance,
                         ::testing::Values(EngineFactory([] { return std::make_unique<SqliteEngine>(); })),
                         [](const auto&) { return "File"; });
INSTANTIATE_TEST_SUITE_P(Sqlite, PinConformance,
                         ::testing::Values(EngineFactory([] { return std::make_unique<SqliteEngine>(); })),
                         [](const auto&) { return "File"; });
INSTANTIATE_TEST_SUITE_P(Sqlite, MixedFleet,
                         ::testing::Values(EngineFactory([] { return std::make_unique<SqliteEngine>(); })),
                         [](const auto&) { return "File"; });

}  // namespace cairn::registry::testing
