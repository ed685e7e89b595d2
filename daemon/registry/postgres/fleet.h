// Masters, fences, leases and the fleet's settings on PostgreSQL: the statements.
//
// Contract: each body runs in a transaction of its caller. Locks are taken in this order, which flips keep too: a
// master's epoch, the fleet and the lease, the event cursor last.
#pragma once

#include "daemon/registry/postgres/calls.h"
#include "daemon/registry/registry.h"

namespace cairn::registry::postgres {

Task<Result<Master>> registerMaster(Transaction& t, Master master);
Task<Result<void>> heartbeat(Transaction& t, MasterId master, Epoch epoch);
Call mastersCall(const std::string& id);
std::vector<Master> takeMasters(const Rows& rows);
Task<Result<Epoch>> fence(Transaction& t, MasterId master);
Task<Result<void>> unfence(Transaction& t, MasterId master);
Task<Result<WriterLease>> takeLease(Transaction& t, MasterId master, std::uint32_t milliseconds);
Call leaseCall();
WriterLease takeLeaseRow(const Rows& rows);
Task<Result<void>> setRequireCas(Transaction& t, bool required);

}  // namespace cairn::registry::postgres
