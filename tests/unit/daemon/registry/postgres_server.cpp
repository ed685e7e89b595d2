#include "tests/unit/daemon/registry/postgres_server.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace cairn::registry::testing {
namespace {

constexpr const char* kBinaries = "/usr/lib/postgresql/15/bin/";

std::vector<const char*> pointers(const std::vector<std::string>& texts) {
  std::vector<const char*> out;
  for (const auto& text : texts) out.push_back(text.c_str());
  return out;
}

/// Runs `sh -c command` and gives its exit code, -1 if it did not end by itself.
int shell(const std::string& command) {
  std::string sh = "/bin/sh", c = "-c", text = command;
  char* const arguments[] = {sh.data(), c.data(), text.data(), nullptr};
  pid_t pid = 0;
  if (::posix_spawn(&pid, "/bin/sh", nullptr, nullptr, arguments, environ) != 0) return -1;
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace

PostgresServer::PostgresServer() {
  std::string name = (std::filesystem::temp_directory_path() / "cairn-postgres-XXXXXX").string();
  directory_ = ::mkdtemp(name.data());
  if (::geteuid() == 0 && shell("chown postgres " + directory_.string()) != 0) return;
  if (run("initdb --no-sync -A trust -U postgres -D data >log 2>&1") != 0) return;
  start();
}

void PostgresServer::start() {
  running_ = run("pg_ctl -D data -w -l log -o \"-k '" + directory_.string() +
                 "' -c listen_addresses='' -c fsync=off -c max_connections=100\" start >log 2>&1") == 0;
}

void PostgresServer::stop() {
  if (running_) run("pg_ctl -D data -w -m immediate stop >log 2>&1");
  running_ = false;
}

PostgresServer::~PostgresServer() {
  stop();
  std::filesystem::remove_all(directory_);
}

int PostgresServer::run(const std::string& command) const {
  std::string line = "cd " + directory_.string() + " && exec " + kBinaries + command;
  if (::geteuid() == 0) {
    std::string escaped;
    for (char c : line) escaped += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line = "runuser -u postgres -- sh -c '" + escaped + "'";
  }
  return shell(line);
}

std::string PostgresServer::database() {
  std::string server = "host=" + directory_.string() + " user=postgres dbname=";
  std::string name = "t" + std::to_string(++databases_);
  Session(server + "postgres").exec("CREATE DATABASE " + name);
  return server + name;
}

Rows Session::take(PGresult* result) {
  Rows rows;
  auto status = PQresultStatus(result);
  if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) rows.error = PQresultErrorMessage(result);
  for (int i = 0; i < PQntuples(result); ++i) {
    rows.values.emplace_back();
    for (int j = 0; j < PQnfields(result); ++j) rows.values.back().emplace_back(PQgetvalue(result, i, j));
  }
  PQclear(result);
  return rows;
}

Rows Session::exec(const std::string& sql) {
  return take(PQexec(connection_, sql.c_str()));
}

Rows Session::exec(const std::string& sql, const std::vector<std::string>& parameters) {
  send(sql, parameters);
  return receive();
}

void Session::send(const std::string& sql, const std::vector<std::string>& parameters) {
  PQsendQueryParams(connection_, sql.c_str(), static_cast<int>(parameters.size()), nullptr, pointers(parameters).data(),
                    nullptr, nullptr, 0);
}

Rows Session::receive() {
  Rows rows;
  while (PGresult* result = PQgetResult(connection_)) rows = take(result);
  return rows;
}

std::string Session::notification() {
  PQconsumeInput(connection_);
  PGnotify* note = PQnotifies(connection_);
  if (!note) return {};
  std::string payload = note->extra;
  PQfreemem(note);
  return payload;
}

bool Session::busy() {
  PQconsumeInput(connection_);
  return PQisBusy(connection_) != 0;
}

}  // namespace cairn::registry::testing
