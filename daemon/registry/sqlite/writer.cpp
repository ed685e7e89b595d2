#include "daemon/registry/sqlite/writer.h"

#include <thread>

#include "daemon/registry/sqlite/sealed.h"
#include "daemon/rt/log.h"

namespace cairn::registry::sqlite {
namespace {

constexpr std::size_t kMaxUnitsInCommit = 64;

void failAll(const std::vector<std::unique_ptr<Unit>>& batch, const Error& why) {
  for (const auto& unit : batch) unit->failed(why);
}

}  // namespace

Writer::Writer(std::unique_ptr<Connection> connection, Connection::Options options, OnLogSize onLogSize)
    : connection_(std::move(connection)),
      options_(std::move(options)),
      onLogSize_(std::move(onLogSize)),
      worker_([this](Batch batch) { handle(std::move(batch)); }, kMaxUnitsInCommit) {
  watchLog();
}

void Writer::watchLog() {
  if (onLogSize_) sqlite3_wal_hook(connection_->handle(), &Writer::onCommitted, this);
}

int Writer::onCommitted(void* self, sqlite3*, const char*, int pages) {
  static_cast<Writer*>(self)->onLogSize_(pages);
  return SQLITE_OK;
}

Status Writer::ensureOpen() {
  if (connection_) return {};
  auto opened = Connection::open(options_);
  if (!opened) return opened.error();
  connection_ = std::move(*opened);
  watchLog();
  return {};
}

void Writer::handle(Batch batch) {
  if (Status open = ensureOpen(); !open) return failAll(batch, open.error());
  Connection& c = *connection_;
  Status begun = Query(c, "BEGIN IMMEDIATE").run("begin a write");
  c.fairness().withdraw();
  if (begun) begun = notSealed(c);
  if (!begun) {
    if (c.inTransaction()) static_cast<void>(Query(c, "ROLLBACK").run("end a write"));
    return failAll(batch, begun.error());
  }
  for (auto& unit : batch) {
    unit->run(c);
    // Errors such as a full disk make SQLite itself roll the whole transaction back.
    if (!c.inTransaction()) return failAll(batch, c.error("write"));
  }
  if (Status done = Query(c, "COMMIT").run("commit"); !done) return settle(batch, done.error());
  for (auto& unit : batch) unit->committed();
  // Unlock, wait a little: the one who waits polls, and would else never find the file unlocked.
  if (c.fairness().othersWait()) std::this_thread::sleep_for(std::chrono::microseconds(c.jitter(200)));
}

// A commit that failed for want of space or of the lock has not written its last frame, so it is certainly undone. Any
// other failure may have left a complete commit in the log that a later recovery would replay, until another commit
// has overwritten that place; the connection is opened anew because after a failed fsync nothing it holds is trusted.
void Writer::settle(Batch& batch, const Error& why) {
  if (connection_->inTransaction()) static_cast<void>(connection_->exec("ROLLBACK"));
  if (why.code == Errc::no_space || why.code == Errc::unavailable) return failAll(batch, why);
  log::error("registry", "commit failed, settling", {{"error", why.message}});
  connection_.reset();
  Status settled = ensureOpen();
  if (settled) settled = Query(*connection_, "UPDATE fleet SET settled = settled + 1").run("settle a failed commit");
  if (connection_) connection_->fairness().withdraw();
  if (!settled) {
    connection_.reset();
    for (auto& unit : batch) unit->unsettled(settled.error());
    return;
  }
  std::optional<bool> happened;
  for (auto& unit : batch)
    if (!happened) happened = unit->happened(*connection_);
  for (auto& unit : batch) {
    if (!happened) {
      unit->unsettled(why);
    } else if (*happened) {
      unit->committed();
    } else {
      unit->failed(why);
    }
  }
}

}  // namespace cairn::registry::sqlite
