// The registry's rows as the admin API's messages.
//
// Contract: pure functions of their arguments.
#pragma once

#include <cstdint>

#include "common/api/messages.h"
#include "daemon/registry/identity.h"
#include "daemon/registry/registry.h"

namespace cairn::admin {

/// A heartbeat older than this is not fresh.
inline constexpr std::int64_t heartbeatFreshMs = 10'000;

api::Master convert(const registry::Master& master, Timestamp now);
api::Bucket convert(const registry::BucketRow& row);
api::HistoryRow convert(const registry::HistoryRow& row);
api::Race convert(const registry::Race& race);
api::Event convert(const registry::Event& event);
api::Operator convert(const registry::OperatorRow& row);

}  // namespace cairn::admin
