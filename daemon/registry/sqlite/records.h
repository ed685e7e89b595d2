// Names, turn hints, races and events on SQLite: the statements, without threads.
//
// Contract: each function runs inside a transaction of its caller, which rolls it back when it fails. At most
// kRacesKept races are kept, whose loser's root is no longer needed; events are not thinned here.
#pragma once

#include "daemon/registry/identity.h"
#include "daemon/registry/registry.h"
#include "daemon/registry/sqlite/connection.h"

namespace cairn::registry::sqlite {

inline constexpr std::uint64_t kRacesKept = 10000;
inline constexpr std::size_t kRaceKeysKept = 100;

Result<MasterId> takeTurn(Connection& connection, const BucketId& bucket, const MasterId& master,
                          std::uint32_t milliseconds);

Result<std::optional<BucketId>> readAlias(Connection& connection, const BucketName& name);
Status claimAlias(Connection& connection, const BucketName& name, const OwnerId& owner);
Status dropAlias(Connection& connection, const BucketName& name, const OwnerId& owner);
Status setAlias(Connection& connection, const SetAlias& change);

Status recordRace(Connection& connection, const Race& race);
Result<std::vector<Race>> readRaces(Connection& connection, const std::optional<BucketId>& bucket, std::size_t limit);
Status addEvent(Connection& connection, const std::string& kind, const std::string& json);
Result<std::vector<Event>> readEvents(Connection& connection, std::uint64_t after, std::size_t limit);
Result<std::uint64_t> readLastEvent(Connection& connection);

}  // namespace cairn::registry::sqlite
