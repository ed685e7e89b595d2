#include "tests/unit/daemon/registry/sqlite_engine.h"

namespace cairn::registry::testing {

INSTANTIATE_TEST_SUITE_P(Sqlite, RegistryConformance,
                         ::testing::Values(EngineFactory([] { return std::make_unique<SqliteEngine>(); })),
                         [](const auto&) { return "File"; });

}  // namespace cairn::registry::testing
