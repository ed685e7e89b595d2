#include "daemon/registry/sqlite/connection.h"

#include <thread>

namespace cairn::registry::sqlite {
namespace {

Errc codeOf(int rc) {
  switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Errc::unavailable;
    case SQLITE_FULL:
      return Errc::no_space;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return Errc::io;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Errc::corrupt;
    default:
      return Errc::internal;
  }
}

// Switching a fresh file to WAL can answer BUSY without asking the busy handler, when two processes do it at once.
Status enterWal(Connection& c, std::chrono::milliseconds patience) {
  auto until = std::chrono::steady_clock::now() + patience;
  for (;;) {
    Status done = c.exec("PRAGMA journal_mode=WAL");
    if (done) return done;
    if (done.error().code != Errc::unavailable || std::chrono::steady_clock::now() > until) return done;
    std::this_thread::sleep_for(std::chrono::microseconds(500 + c.jitter(1000)));
  }
}

}  // namespace

Connection::Connection(const Options& options)
    : options_(options),
      fairness_(options.path),
      random_(static_cast<unsigned>(
          std::hash<const void*>{}(this) ^
          static_cast<std::size_t>(std::chrono::steady_clock::now().time_since_epoch().count()))) {}

Result<std::unique_ptr<Connection>> Connection::open(const Options& options) {
  std::unique_ptr<Connection> c(new Connection(options));
  int rc =
      sqlite3_open_v2(options.path.c_str(), &c->db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                      options.vfs.empty() ? nullptr : options.vfs.c_str());
  if (rc != SQLITE_OK) return c->error("open");
  sqlite3_extended_result_codes(c->db_, 1);
  sqlite3_busy_handler(c->db_, &Connection::onBusy, c.get());
  // Checkpoints belong to the engine's own thread, so none ever runs inside a flip.
  Status ready = c->exec(
      "PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=67108864; PRAGMA temp_store=MEMORY;"
      "PRAGMA cache_size=-16384");
  if (ready) ready = enterWal(*c, options.patience);
  // Not OFF: then a log that starts over would not sync its header, and after a power cut an old first frame behind
  // which new ones begin could pass for the whole log.
  if (ready) ready = c->exec(options.durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
  if (!ready) return ready.error();
  return c;
}

Connection::~Connection() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(db_);
}

Status Connection::exec(const char* sql) {
  if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return error("run a statement");
  return {};
}

sqlite3_stmt* Connection::statement(const char* sql) {
  auto [at, fresh] = statements_.try_emplace(sql, nullptr);
  if (at->second == nullptr &&
      sqlite3_prepare_v3(db_, sql, -1, SQLITE_PREPARE_PERSISTENT, &at->second, nullptr) != SQLITE_OK)
    at->second = nullptr;
  return at->second;
}

Error Connection::error(std::string_view doing) {
  int rc = db_ ? sqlite3_extended_errcode(db_) : SQLITE_NOMEM;
  std::string message = "registry file " + options_.path + ": cannot " + std::string(doing) + ": " +
                        (db_ ? sqlite3_errmsg(db_) : "out of memory") + " (SQLite " + std::to_string(rc) + ")";
  switch (codeOf(rc)) {
    case Errc::unavailable:
      message += "; another process holds its lock";
      break;
    case Errc::no_space:
      message += "; free space on its file system";
      break;
    case Errc::corrupt:
      message += "; it is damaged or is no registry, restore it from a backup";
      break;
    default:
      break;
  }
  return fail(codeOf(rc), std::move(message));
}

int Connection::onBusy(void* self, int tries) {
  return static_cast<Connection*>(self)->waitForLock(tries);
}

// SQLite's own back-off grows until one of two processes starves; short random sleeps and a visible announcement, at
// which the holder pauses after its commit, share the lock evenly.
int Connection::waitForLock(int tries) {
  auto now = std::chrono::steady_clock::now();
  if (tries == 0) waitingSince_ = now;
  if (now - waitingSince_ > options_.patience) {
    fairness_.withdraw();
    return 0;
  }
  fairness_.announce();
  std::this_thread::sleep_for(std::chrono::microseconds(100 + jitter(200)));
  return 1;
}

Query::~Query() {
  if (!statement_) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

int Query::step() {
  if (!statement_) return SQLITE_ERROR;
  return sqlite3_step(statement_);
}

Status Query::run(std::string_view doing) {
  int rc;
  while ((rc = step()) == SQLITE_ROW) {
  }
  if (rc != SQLITE_DONE) return connection_.error(doing);
  return {};
}

std::string Query::text(int column) {
  const auto* p = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return p ? std::string(p, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))) : std::string();
}

Bytes Query::blob(int column) {
  const auto* p = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
  return p ? Bytes(p, p + sqlite3_column_bytes(statement_, column)) : Bytes();
}

void Query::bind(int i, std::string_view v) {
  sqlite3_bind_text(statement_, i, v.data() ? v.data() : "", static_cast<int>(v.size()), SQLITE_TRANSIENT);
}

void Query::bind(int i, BytesView v) {
  if (v.empty()) {
    sqlite3_bind_zeroblob(statement_, i, 0);
    return;
  }
  sqlite3_bind_blob(statement_, i, v.data(), static_cast<int>(v.size()), SQLITE_TRANSIENT);
}

}  // namespace cairn::registry::sqlite
