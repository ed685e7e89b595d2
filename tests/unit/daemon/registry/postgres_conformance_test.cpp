#include "tests/unit/daemon/registry/conformance_identity.h"
#include "tests/unit/daemon/registry/conformance_mixed.h"
#include "tests/unit/daemon/registry/conformance_pins.h"
#include "tests/unit/daemon/registry/postgres_engine.h"

namespace cairn::registry::testing {

const EngineFactory kPostgres = [] { return std::make_unique<PostgresEngine>(); };

INSTANTIATE_TEST_SUITE_P(Postgres, RegistryConformance, ::testing::Values(kPostgres),
                         [](const auto&) { return "Database"; });
INSTANTIATE_TEST_SUITE_P(Postgres, IdentityConformance, ::testing::Values(kPostgres),
                         [](const auto&) { return "Database"; });
INSTANTIATE_TEST_SUITE_P(Postgres, PinConformance, ::testing::Values(kPostgres),
                         [](const auto&) { return "Database"; });
INSTANTIATE_TEST_SUITE_P(Postgres, MixedFleet, ::testing::Values(kPostgres), [](const auto&) { return "Database"; });

}  // namespace cairn::registry::testing
