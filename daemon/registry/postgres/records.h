// Names, turn hints and races on PostgreSQL: the statements.
//
// Contract: each body runs in a transaction of its caller. At most kRacesKept races are kept, whose loser's root is no
// longer needed.
#pragma once

#include "daemon/registry/identity.h"
#include "daemon/registry/postgres/calls.h"
#include "daemon/registry/registry.h"

namespace cairn::registry::postgres {

inline constexpr std::uint64_t kRacesKept = 10000;
inline constexpr std::size_t kRaceKeysKept = 100;

/// One row: whose turn it is.
Call takeTurnCall(const BucketId& bucket, const MasterId& master, std::uint32_t milliseconds);
Call aliasCall(const BucketName& name);
std::optional<BucketId> takeAlias(const Rows& rows);
Task<Result<void>> claimAlias(Transaction& t, BucketName name, OwnerId owner);
Call dropAliasCall(const BucketName& name, const OwnerId& owner);
/// As SetAlias in daemon/registry/identity.h.
Task<Result<void>> setAlias(Transaction& t, const SetAlias& change);
Task<Result<void>> recordRace(Transaction& t, Race race);
Call racesCall(const std::optional<BucketId>& bucket, std::size_t limit);
std::vector<Race> takeRaces(const Rows& rows);

}  // namespace cairn::registry::postgres
