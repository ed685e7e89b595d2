// A PostgreSQL 15 of its own for a test program: temporary directory, unix socket, no TCP.
//
// Contract: PostgresServer starts the server (as user postgres when the tests run as root, which initdb demands) and
// stops and removes it. database() makes a fresh database and gives its connection string. Session wraps one libpq
// connection; exec() throws nothing: a failed statement gives a Rows with an error. Not for concurrent use.
#pragma once

#include <libpq-fe.h>

#include <filesystem>
#include <string>
#include <vector>

namespace cairn::registry::testing {

struct Rows {
  std::vector<std::vector<std::string>> values;
  std::string error;
  const std::string& at(std::size_t row, std::size_t column) const { return values.at(row).at(column); }
};

class PostgresServer {
 public:
  PostgresServer();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;
  bool running() const { return running_; }
  std::string database();
  /// Of its socket.
  const std::filesystem::path& directory() const { return directory_; }
  /// Ends every session, as a shutdown does.
  void stop();
  void start();

 private:
  int run(const std::string& command) const;
  std::filesystem::path directory_;
  bool running_ = false;
  int databases_ = 0;
};

class Session {
 public:
  explicit Session(const std::string& connection) : connection_(PQconnectdb(connection.c_str())) {}
  ~Session() { PQfinish(connection_); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Any number of statements; the rows of the last.
  Rows exec(const std::string& sql);
  Rows exec(const std::string& sql, const std::vector<std::string>& parameters);
  void send(const std::string& sql, const std::vector<std::string>& parameters = {});
  Rows receive();
  /// True while a sent statement has no answer yet.
  bool busy();
  int pid() const { return PQbackendPID(connection_); }
  /// The payload of the next notification; empty when none has come yet.
  std::string notification();

 private:
  Rows take(PGresult* result);
  PGconn* connection_;
};

}  // namespace cairn::registry::testing
