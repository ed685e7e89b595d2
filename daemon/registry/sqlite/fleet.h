// Masters, fences, the writer lease and the fleet's row on SQLite: the statements, without threads.
//
// Contract: each function runs inside a transaction of its caller, which rolls it back when it fails. Fleet events are
// written with the change they tell of. Errors as daemon/registry/registry.h says; Errc::not_found for a master that
// never registered, Errc::fenced where an epoch is no longer the master's, Errc::precondition for a lease in a fleet
// that requires CAS.
#pragma once

#include "daemon/registry/registry.h"
#include "daemon/registry/sqlite/connection.h"

namespace cairn::registry::sqlite {

Result<Master> registerMaster(Connection& connection, Master master);
Status heartbeat(Connection& connection, const MasterId& master, Epoch epoch);
Result<std::vector<Master>> readMasters(Connection& connection);
Result<std::vector<ReceiptKey>> readReceiptKeys(Connection& connection);
Result<Epoch> fence(Connection& connection, const MasterId& master);
Status unfence(Connection& connection, const MasterId& master);

Result<WriterLease> takeLease(Connection& connection, const MasterId& master, std::uint32_t milliseconds);
Result<WriterLease> readLease(Connection& connection);
Status releaseLease(Connection& connection, const MasterId& master, std::uint64_t term);
Result<bool> readRequireCas(Connection& connection);
Status setRequireCas(Connection& connection, bool required);
Result<std::string> readFleetId(Connection& connection);

}  // namespace cairn::registry::sqlite
