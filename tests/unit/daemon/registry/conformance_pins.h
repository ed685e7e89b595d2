// What every registry engine must do about pins: a GoogleTest suite that an engine's own test file instantiates.
//
// Contract: INSTANTIATE_TEST_SUITE_P(Name, PinConformance, testing::Values(EngineFactory(...))), as for
// RegistryConformance.
#pragma once

#include "daemon/registry/pins.h"
#include "tests/unit/daemon/registry/conformance.h"

namespace cairn::registry::testing {

class PinConformance : public RegistryConformance {
 protected:
  PinRegistry& pins() { return *registry_->pins(); }
  PinRow add(PinRow row) {
    auto made = run(pins().add(std::move(row), 1000));
    EXPECT_TRUE(made) << made.error().message;
    return made ? *made : PinRow();
  }
  std::string listed(const PinFilter& filter, const char* owner = "alice") {
    auto page = run(pins().list(OwnerId(owner), filter));
    EXPECT_TRUE(page) << page.error().message;
    std::string out;
    for (const PinRow& row : page ? page->rows : std::vector<PinRow>()) out += (out.empty() ? "" : " ") + row.id;
    return out;
  }
  std::vector<PinRow> claim(const char* master, std::size_t most,
                            std::chrono::milliseconds lease = std::chrono::milliseconds(600'000)) {
    auto claimed = run(pins().claim(MasterId(master), lease, most));
    EXPECT_TRUE(claimed) << claimed.error().message;
    return claimed ? *claimed : std::vector<PinRow>();
  }
  Status report(const PinRow& row, PinState state, const std::string& details = {},
                std::chrono::milliseconds time = {}) {
    return run(pins().report(row.id, row.term, {state, details, state == PinState::pinned, time}));
  }
  Errc errorOf(const Status& status) { return status ? Errc::internal : status.error().code; }
};

}  // namespace cairn::registry::testing
