// The one thread that writes, and what it writes: units that share a transaction and its fsync.
//
// Contract: submit() from any thread. All units that wait run in order in one immediate transaction; then each hears
// exactly one of committed(), failed() or unsettled(), on the writer's thread, after the commit ended. run() must leave
// the transaction as it found it when it fails for a reason of its own. failed() says that certainly nothing of the
// unit happened, unsettled() that nobody knows. After an I/O error at COMMIT the writer reopens the file and settles
// the outcome by one more durable write, which replaces whatever the failed commit left in the log.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "daemon/registry/sqlite/connection.h"
#include "daemon/registry/sqlite/worker.h"

namespace cairn::registry::sqlite {

class Unit {
 public:
  virtual ~Unit() = default;
  virtual void run(Connection& connection) = 0;
  virtual void committed() = 0;
  virtual void failed(const Error& why) = 0;
  virtual void unsettled(const Error& why) = 0;
  /// Whether its effect is in the database; nullopt when it leaves no trace of its own to tell by.
  virtual std::optional<bool> happened(Connection& connection) = 0;
};

class Writer {
 public:
  using OnLogSize = std::function<void(int pages)>;
  Writer(std::unique_ptr<Connection> connection, Connection::Options options, OnLogSize onLogSize);
  void submit(std::unique_ptr<Unit> unit) { worker_.submit(std::move(unit)); }

 private:
  using Batch = std::vector<std::unique_ptr<Unit>>;
  void handle(Batch batch);
  void settle(Batch& batch, const Error& why);
  void watchLog();
  Status ensureOpen();
  static int onCommitted(void* self, sqlite3* db, const char* name, int pages);

  std::unique_ptr<Connection> connection_;
  const Connection::Options options_;
  OnLogSize onLogSize_;
  Worker<std::unique_ptr<Unit>> worker_;
};

}  // namespace cairn::registry::sqlite
