#include "tests/unit/daemon/registry/conformance_mixed.h"
#include "tests/unit/daemon/registry/conformance_pins.h"
#include "tests/unit/daemon/registry/sqlite_engine.h"

namespace cairn::registry::testing {

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
