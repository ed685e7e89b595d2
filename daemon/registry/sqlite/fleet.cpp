#include "daemon/registry/sqlite/fleet.h"

#include "daemon/registry/sqlite/rows.h"

namespace cairn::registry::sqlite {
namespace {

Status fleetEvent(Connection& c, const char* what, const MasterId& master, std::uint64_t number) {
  return Query(c,
               "INSERT INTO events (kind, at, json) VALUES ('fleet', " CAIRN_SQL_NOW
               ", json_object('what', ?1, 'master', ?2, 'epoch', ?3))",
               what, master.get(), number)
      .run("record an event");
}

struct EpochRow {
  Epoch epoch;
  bool fenced = false;
};

Result<std::optional<EpochRow>> readEpoch(Connection& c, const MasterId& master) {
  Query q(c, "SELECT epoch, fenced FROM master_epochs WHERE master = ?1", master.get());
  int rc = q.step();
  if (rc == SQLITE_DONE) return std::optional<EpochRow>();
  if (rc != SQLITE_ROW) return c.error("read a master's epoch");
  return std::optional<EpochRow>(EpochRow{Epoch(q.count(0)), q.integer(1) != 0});
}

Error unknownMaster(const MasterId& master) {
  return fail(Errc::not_found, "master " + master.get() + " is not registered");
}

constexpr const char* kSelectMasters =
    "SELECT m.master, e.epoch, e.fenced, m.cas, m.program, m.s3_address, m.api_address, m.blocks_address, m.node_key,"
    " m.receipt_key, m.profile, m.registered_at, m.heartbeat_at FROM masters AS m"
    " JOIN master_epochs AS e ON e.master = m.master WHERE ?1 = '' OR m.master = ?1 ORDER BY m.master";

Master takeMaster(Query& q) {
  Master m;
  m.id = MasterId(q.text(0));
  m.epoch = Epoch(q.count(1));
  m.fenced = q.integer(2) != 0;
  m.cas = q.integer(3) != 0;
  m.version = q.text(4);
  m.s3Address = q.text(5);
  m.apiAddress = q.text(6);
  m.blocksAddress = q.text(7);
  m.nodeKey = q.text(8);
  m.receiptKey = q.blob(9);
  m.profile = q.text(10);
  m.registeredAt = timeOf(q.integer(11));
  m.heartbeatAt = timeOf(q.integer(12));
  return m;
}

Result<std::vector<Master>> selectMasters(Connection& c, const std::string& id) {
  std::vector<Master> masters;
  Query q(c, kSelectMasters, id);
  int rc;
  while ((rc = q.step()) == SQLITE_ROW) masters.push_back(takeMaster(q));
  if (rc != SQLITE_DONE) return c.error("read masters");
  return masters;
}

Status writeMaster(Connection& c, const Master& m) {
  Status done = Query(c,
                      "INSERT OR REPLACE INTO masters (master, cas, program, s3_address, api_address, blocks_address,"
                      " node_key, receipt_key, profile, registered_at, heartbeat_at)"
                      " VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9," CAIRN_SQL_NOW "," CAIRN_SQL_NOW ")",
                      m.id.get(), m.cas, m.version, m.s3Address, m.apiAddress, m.blocksAddress, m.nodeKey, m.receiptKey,
                      m.profile)
                    .run("register a master");
  if (!done || m.receiptKey.empty()) return done;
  return Query(c, "INSERT OR IGNORE INTO master_receipt_keys VALUES (?1, ?2, " CAIRN_SQL_NOW ")", m.id.get(),
               m.receiptKey)
      .run("keep a receipt key");
}

}  // namespace

Result<Master> registerMaster(Connection& c, Master master) {
  if (master.id.get().empty()) return fail(Errc::invalid, "a master needs an id");
  auto epoch = readEpoch(c, master.id);
  if (!epoch) return epoch.error();
  if (*epoch && (*epoch)->fenced) {
    auto standing = selectMasters(c, master.id.get());
    if (!standing) return standing.error();
    if (!standing->empty()) return std::move(standing->front());
    master.epoch = (*epoch)->epoch;
    master.fenced = true;
    return master;
  }
  Status done = Query(c,
                      "INSERT INTO master_epochs (master, epoch, fenced) VALUES (?1, 1, 0)"
                      " ON CONFLICT (master) DO UPDATE SET epoch = epoch + 1",
                      master.id.get())
                    .run("bump an epoch");
  if (done) done = writeMaster(c, master);
  if (!done) return done.error();
  auto now = selectMasters(c, master.id.get());
  if (!now) return now.error();
  if (Status told = fleetEvent(c, "registered", master.id, now->front().epoch.get()); !told) return told.error();
  return std::move(now->front());
}

Status heartbeat(Connection& c, const MasterId& master, Epoch epoch) {
  auto standing = readEpoch(c, master);
  if (!standing) return standing.error();
  if (!*standing) return unknownMaster(master);
  if ((*standing)->epoch != epoch || (*standing)->fenced)
    return fail(Errc::fenced,
                "epoch " + std::to_string(epoch.get()) + " of master " + master.get() + " is fenced or superseded");
  return Query(c, "UPDATE masters SET heartbeat_at = " CAIRN_SQL_NOW " WHERE master = ?1", master.get())
      .run("heartbeat");
}

Result<std::vector<Master>> readMasters(Connection& c) {
  return selectMasters(c, {});
}

Result<std::vector<ReceiptKey>> readReceiptKeys(Connection& c) {
  std::vector<ReceiptKey> keys;
  Query q(c, "SELECT master, public_key FROM master_receipt_keys ORDER BY master, first_seen");
  int rc;
  while ((rc = q.step()) == SQLITE_ROW) keys.push_back({MasterId(q.text(0)), q.blob(1)});
  if (rc != SQLITE_DONE) return c.error("read receipt keys");
  return keys;
}

// The lease of a fenced master protects nobody any more, and would only keep others from writing until it expires.
Result<Epoch> fence(Connection& c, const MasterId& master) {
  Status done =
      Query(c, "UPDATE master_epochs SET epoch = epoch + 1, fenced = 1 WHERE master = ?1", master.get()).run("fence");
  if (!done) return done.error();
  if (sqlite3_changes(c.handle()) == 0) return unknownMaster(master);
  done = Query(c, "UPDATE writer_lease SET expires_at = 0 WHERE holder = ?1", master.get())
             .run("end a fenced master's lease");
  if (!done) return done.error();
  auto epoch = readEpoch(c, master);
  if (!epoch) return epoch.error();
  if (Status told = fleetEvent(c, "fenced", master, (*epoch)->epoch.get()); !told) return told.error();
  return (*epoch)->epoch;
}

Status unfence(Connection& c, const MasterId& master) {
  auto epoch = readEpoch(c, master);
  if (!epoch) return epoch.error();
  if (!*epoch) return unknownMaster(master);
  if (!(*epoch)->fenced) return {};
  if (Status done = Query(c, "UPDATE master_epochs SET fenced = 0 WHERE master = ?1", master.get()).run("unfence");
      !done)
    return done;
  return fleetEvent(c, "unfenced", master, (*epoch)->epoch.get());
}

Result<WriterLease> takeLease(Connection& c, const MasterId& master, std::uint32_t milliseconds) {
  auto required = readRequireCas(c);
  if (!required) return required.error();
  if (*required)
    return fail(Errc::precondition, "the fleet requires CAS, so it has no writer lease: set registry.cas = true");
  auto epoch = readEpoch(c, master);
  if (!epoch) return epoch.error();
  if (!*epoch) return unknownMaster(master);
  if ((*epoch)->fenced)
    return fail(Errc::fenced, "master " + master.get() + " is fenced and cannot hold the writer lease");
  Status done = Query(c,
                      "UPDATE writer_lease SET term = term + (holder <> ?1 OR expires_at <= " CAIRN_SQL_NOW
                      "), holder = ?1, expires_at = " CAIRN_SQL_NOW
                      " + ?2"
                      " WHERE one = 1 AND (holder = ?1 OR expires_at <= " CAIRN_SQL_NOW ")",
                      master.get(), milliseconds)
                    .run("take the writer lease");
  if (!done) return done.error();
  return readLease(c);
}

Result<WriterLease> readLease(Connection& c) {
  Query q(c, "SELECT holder, term, expires_at, expires_at > " CAIRN_SQL_NOW " FROM writer_lease WHERE one = 1");
  if (q.step() != SQLITE_ROW) return c.error("read the writer lease");
  return WriterLease{MasterId(q.text(0)), q.count(1), timeOf(q.integer(2)), q.integer(3) != 0};
}

Status releaseLease(Connection& c, const MasterId& master, std::uint64_t term) {
  return Query(c, "UPDATE writer_lease SET expires_at = 0 WHERE holder = ?1 AND term = ?2", master.get(), term)
      .run("release the writer lease");
}

Result<bool> readRequireCas(Connection& c) {
  Query q(c, "SELECT require_cas FROM fleet WHERE one = 1");
  if (q.step() != SQLITE_ROW) return c.error("read the fleet's row");
  return q.integer(0) != 0;
}

Status setRequireCas(Connection& c, bool required) {
  Status done =
      Query(c, "UPDATE fleet SET require_cas = ?1 WHERE require_cas <> ?1", required).run("set the CAS requirement");
  if (!done || sqlite3_changes(c.handle()) == 0) return done;
  return fleetEvent(c, required ? "cas required" : "cas not required", MasterId(), 0);
}

Result<std::string> readFleetId(Connection& c) {
  Query q(c, "SELECT id FROM fleet WHERE one = 1");
  if (q.step() != SQLITE_ROW) return c.error("read the fleet's id");
  return q.text(0);
}

}  // namespace cairn::registry::sqlite
