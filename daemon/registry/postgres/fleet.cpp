#include "daemon/registry/postgres/fleet.h"

#include "daemon/registry/postgres/rows.h"

namespace cairn::registry::postgres {
namespace {

Task<Status> fleetEvent(Transaction& t, const char* what, const MasterId& master, std::uint64_t number) {
  auto told = co_await t.run("record an event",
                             "SELECT cairn_add_event('fleet', clock_timestamp(), json_build_object('what', $1::text,"
                             " 'master', $2::text, 'epoch', $3::bigint))",
                             what, master.get(), number);
  if (!told) co_return told.error();
  co_return Status();
}

struct EpochRow {
  Epoch epoch;
  bool fenced = false;
};

/// Keeps whoever would bump it waiting until this transaction ends.
Task<Result<std::optional<EpochRow>>> lockEpoch(Transaction& t, const MasterId& master) {
  auto rows = co_await t.run("read a master's epoch",
                             "SELECT epoch, fenced FROM master_epochs WHERE master = $1::text FOR SHARE", master.get());
  if (!rows) co_return rows.error();
  if (rows->empty()) co_return std::optional<EpochRow>();
  co_return std::optional(EpochRow{Epoch(rows->count(0, 0)), rows->flag(0, 1)});
}

Error unknownMaster(const MasterId& master) {
  return fail(Errc::not_found, "master " + master.get() + " is not registered");
}

Task<Status> writeMaster(Transaction& t, const Master& m) {
  auto done = co_await t.run(
      "register a master",
      "INSERT INTO masters VALUES ($1::text, $2::boolean, $3::text, $4::text, $5::text, $6::text, $7::text, $8::bytea,"
      " $9::text, clock_timestamp(), clock_timestamp()) ON CONFLICT (master) DO UPDATE SET cas = excluded.cas,"
      " program = excluded.program, s3_address = excluded.s3_address, api_address = excluded.api_address,"
      " blocks_address = excluded.blocks_address, node_key = excluded.node_key, receipt_key = excluded.receipt_key,"
      " profile = excluded.profile, registered_at = excluded.registered_at, heartbeat_at = excluded.heartbeat_at",
      m.id.get(), m.cas, m.version, m.s3Address, m.apiAddress, m.blocksAddress, m.nodeKey, m.receiptKey, m.profile);
  if (!done) co_return done.error();
  if (m.receiptKey.empty()) co_return Status();
  done = co_await t.run("keep a receipt key",
                        "INSERT INTO master_receipt_keys VALUES ($1::text, $2::bytea, clock_timestamp())"
                        " ON CONFLICT DO NOTHING",
                        m.id.get(), m.receiptKey);
  if (!done) co_return done.error();
  co_return Status();
}

Task<Result<std::vector<Master>>> selectMaster(Transaction& t, const MasterId& id) {
  Call c = mastersCall(id.get());
  auto rows = co_await t.run("read a master", std::move(c));
  if (!rows) co_return rows.error();
  co_return takeMasters(*rows);
}

}  // namespace

Call mastersCall(const std::string& id) {
  return call("SELECT m.master, e.epoch, e.fenced, m.cas, m.program, m.s3_address, m.api_address, m.blocks_address,"
              " m.node_key, m.receipt_key, m.profile, " CAIRN_PG_MS("m.registered_at") ", "
              CAIRN_PG_MS("m.heartbeat_at") " FROM masters AS m JOIN master_epochs AS e ON e.master = m.master"
              " WHERE $1::text = '' OR m.master = $1 ORDER BY m.master COLLATE \"C\"",
              id);
}

std::vector<Master> takeMasters(const Rows& rows) {
  std::vector<Master> masters;
  for (int i = 0; i < rows.size(); ++i) {
    Master m;
    m.id = MasterId(rows.text(i, 0));
    m.epoch = Epoch(rows.count(i, 1));
    m.fenced = rows.flag(i, 2);
    m.cas = rows.flag(i, 3);
    m.version = rows.text(i, 4);
    m.s3Address = rows.text(i, 5);
    m.apiAddress = rows.text(i, 6);
    m.blocksAddress = rows.text(i, 7);
    m.nodeKey = rows.text(i, 8);
    m.receiptKey = rows.blob(i, 9);
    m.profile = rows.text(i, 10);
    m.registeredAt = rows.time(i, 11);
    m.heartbeatAt = rows.time(i, 12);
    masters.push_back(std::move(m));
  }
  return masters;
}

Task<Result<Master>> registerMaster(Transaction& t, Master master) {
  if (master.id.get().empty()) co_return fail(Errc::invalid, "a master needs an id");
  auto bumped = co_await t.run("bump an epoch",
                               "INSERT INTO master_epochs (master, epoch) VALUES ($1::text, 1) ON CONFLICT (master) DO"
                               " UPDATE SET epoch = master_epochs.epoch + 1 WHERE NOT master_epochs.fenced"
                               " RETURNING epoch",
                               master.id.get());
  if (!bumped) co_return bumped.error();
  if (bumped->empty()) {
    auto standing = co_await selectMaster(t, master.id);
    if (!standing) co_return standing.error();
    if (!standing->empty()) co_return std::move(standing->front());
    auto epoch = co_await lockEpoch(t, master.id);
    if (!epoch) co_return epoch.error();
    master.epoch = *epoch ? (*epoch)->epoch : Epoch();
    master.fenced = true;
    co_return master;
  }
  if (Status written = co_await writeMaster(t, master); !written) co_return written.error();
  auto now = co_await selectMaster(t, master.id);
  if (!now) co_return now.error();
  Status told = co_await fleetEvent(t, "registered", master.id, now->front().epoch.get());
  if (!told) co_return told.error();
  co_return std::move(now->front());
}

Task<Result<void>> heartbeat(Transaction& t, MasterId master, Epoch epoch) {
  auto beat = co_await t.run("heartbeat",
                             "UPDATE masters AS m SET heartbeat_at = clock_timestamp() FROM master_epochs AS e WHERE"
                             " m.master = $1::text AND e.master = m.master AND e.epoch = $2::bigint AND NOT e.fenced",
                             master.get(), epoch.get());
  if (!beat) co_return beat.error();
  if (beat->affected() > 0) co_return Status();
  auto standing = co_await lockEpoch(t, master);
  if (!standing) co_return standing.error();
  if (!*standing) co_return unknownMaster(master);
  co_return fail(Errc::fenced,
                 "epoch " + std::to_string(epoch.get()) + " of master " + master.get() + " is fenced or superseded");
}

// The lease of a fenced master protects nobody any more, and would only keep others from writing until it expires.
Task<Result<Epoch>> fence(Transaction& t, MasterId master) {
  auto bumped = co_await t.run("fence",
                               "UPDATE master_epochs SET epoch = epoch + 1, fenced = true WHERE master = $1::text"
                               " RETURNING epoch",
                               master.get());
  if (!bumped) co_return bumped.error();
  if (bumped->empty()) co_return unknownMaster(master);
  const Epoch epoch(bumped->count(0, 0));
  auto ended = co_await t.run("end a fenced master's lease",
                              "UPDATE writer_lease SET expires_at = '-infinity' WHERE holder = $1::text", master.get());
  if (!ended) co_return ended.error();
  if (Status told = co_await fleetEvent(t, "fenced", master, epoch.get()); !told) co_return told.error();
  co_return epoch;
}

Task<Result<void>> unfence(Transaction& t, MasterId master) {
  auto lifted = co_await t.run("unfence",
                               "UPDATE master_epochs SET fenced = false WHERE master = $1::text AND fenced"
                               " RETURNING epoch",
                               master.get());
  if (!lifted) co_return lifted.error();
  if (!lifted->empty()) co_return co_await fleetEvent(t, "unfenced", master, lifted->count(0, 0));
  auto epoch = co_await lockEpoch(t, master);
  if (!epoch) co_return epoch.error();
  if (!*epoch) co_return unknownMaster(master);
  co_return Status();
}

Task<Result<WriterLease>> takeLease(Transaction& t, MasterId master, std::uint32_t milliseconds) {
  auto epoch = co_await lockEpoch(t, master);
  if (!epoch) co_return epoch.error();
  auto required = co_await t.run("read the fleet's row", "SELECT require_cas FROM fleet WHERE one = 1 FOR SHARE");
  if (!required) co_return required.error();
  if (required->flag(0, 0))
    co_return fail(Errc::precondition, "the fleet requires CAS, so it has no writer lease: set registry.cas = true");
  if (!*epoch) co_return unknownMaster(master);
  if ((*epoch)->fenced)
    co_return fail(Errc::fenced, "master " + master.get() + " is fenced and cannot hold the writer lease");
  auto taken = co_await t.run(
      "take the writer lease",
      "UPDATE writer_lease SET term = term + CASE WHEN holder <> $1::text OR expires_at <= clock_timestamp() THEN 1"
      " ELSE 0 END, holder = $1, expires_at = clock_timestamp() + $2::bigint * interval '1 ms'"
      " WHERE one = 1 AND (holder = $1 OR expires_at <= clock_timestamp())",
      master.get(), milliseconds);
  if (!taken) co_return taken.error();
  auto standing = co_await t.run("read the writer lease", leaseCall());
  if (!standing) co_return standing.error();
  co_return takeLeaseRow(*standing);
}

Call leaseCall() {
  return call("SELECT holder, term, " CAIRN_PG_MS("GREATEST(expires_at, 'epoch')") ", expires_at > clock_timestamp()"
              " FROM writer_lease WHERE one = 1");
}

WriterLease takeLeaseRow(const Rows& rows) {
  return {MasterId(rows.text(0, 0)), rows.count(0, 1), rows.time(0, 2), rows.flag(0, 3)};
}

Task<Result<void>> setRequireCas(Transaction& t, bool required) {
  auto done = co_await t.run("set the CAS requirement",
                             "UPDATE fleet SET require_cas = $1::boolean WHERE require_cas <> $1", required);
  if (!done) co_return done.error();
  if (done->affected() == 0) co_return Status();
  co_return co_await fleetEvent(t, required ? "cas required" : "cas not required", MasterId(), 0);
}

}  // namespace cairn::registry::postgres
