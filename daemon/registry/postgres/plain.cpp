#include "daemon/registry/postgres/plain.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "daemon/registry/postgres/errors.h"

namespace cairn::registry::postgres {

namespace {

using Clock = std::chrono::steady_clock;

/// Errors with their SQLSTATE, which libpq tells of a connection in no other way.
void connectVerbosely(PGconn* conn, Clock::time_point until) {
  PQsetErrorVerbosity(conn, PQERRORS_VERBOSE);
  for (auto want = PGRES_POLLING_WRITING; want == PGRES_POLLING_WRITING || want == PGRES_POLLING_READING;) {
    pollfd wait{PQsocket(conn), static_cast<short>(want == PGRES_POLLING_WRITING ? POLLOUT : POLLIN), 0};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    if (wait.fd < 0 || left <= 0) return;
    if (const int ready = ::poll(&wait, 1, static_cast<int>(left)); ready == 0 || (ready < 0 && errno != EINTR)) return;
    want = PQconnectPoll(conn);
  }
  PQsetErrorVerbosity(conn, PQERRORS_DEFAULT);
}

/// Out of "...FATAL:  28P01: password authentication failed\nLOCATION: ...": the state, and the message as people know
/// it.
std::pair<std::string, std::string> stateAndWords(PGconn* conn) {
  std::string text(PQerrorMessage(conn)), state;
  if (text.empty()) return {state, "no answer in time"};
  text.resize(std::min(text.size(), text.find("\nLOCATION:")));
  while (text.ends_with('\n')) text.pop_back();
  for (std::size_t at = text.find(":  "); at != std::string::npos; at = text.find(":  ", at + 1)) {
    const std::string_view code = std::string_view(text).substr(at + 3, 5);
    const auto isOfState = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); };
    if (code.size() < 5 || !std::ranges::all_of(code, isOfState) || !text.substr(at + 8).starts_with(": ")) continue;
    state = code;
    text.erase(at + 3, 7);
    break;
  }
  return {state, text};
}

/// What no waiting mends: a wrong password or role, a database that is not there.
Errc codeOf(const std::string& state) {
  return state.starts_with("28") || state == "3D000" || state == "42501" ? Errc::denied : Errc::unavailable;
}

}  // namespace

Plain::Plain(PGconn* conn) : conn_(conn, PQfinish) {
  PQsetNoticeProcessor(conn, [](void*, const char*) {}, nullptr);
}

Result<Plain> Plain::connect(const std::vector<Keywords>& hosts, std::chrono::milliseconds patience) {
  Error last;
  for (const Keywords& host : hosts) {
    std::vector<const char*> names, values;
    for (const auto& [name, value] : host) {
      names.push_back(name.c_str());
      values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    Plain plain(PQconnectStartParams(names.data(), values.data(), 0));
    connectVerbosely(plain.conn_.get(), Clock::now() + std::max(patience, std::chrono::milliseconds(2000)));
    if (PQstatus(plain.conn_.get()) == CONNECTION_OK) return plain;
    const auto [state, why] = stateAndWords(plain.conn_.get());
    last = fail(codeOf(state), "the registry cannot be reached at " + describe(host) + ": " + why);
  }
  return last;
}

Result<Rows> Plain::run(const std::string& sql) {
  PGresult* result = PQexec(conn_.get(), sql.c_str());
  Rows rows(result);
  const auto status = PQresultStatus(result);
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY) return rows;
  return errorOf(result);
}

Status Plain::exec(const std::string& sql) {
  auto done = run(sql);
  if (!done) return done.error();
  return {};
}

Status Plain::copyIn(const std::string& sql, const std::string& text) {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  PGresult* begun = PQexec(conn_.get(), sql.c_str());
  Rows first(begun);
  if (PQresultStatus(begun) != PGRES_COPY_IN) return errorOf(begun);
  bool sent = true;
  for (std::size_t at = 0; sent && at < text.size(); at += kPiece)
    sent = PQputCopyData(conn_.get(), text.data() + at, static_cast<int>(std::min(kPiece, text.size() - at))) == 1;
  sent = PQputCopyEnd(conn_.get(), nullptr) == 1 && sent;
  Status outcome;
  while (PGresult* result = PQgetResult(conn_.get())) {
    Rows end(result);
    if (PQresultStatus(result) != PGRES_COMMAND_OK && outcome) outcome = errorOf(result);
  }
  if (outcome && !sent) return fail(Errc::unavailable, "the registry's connection broke while rows were sent");
  return outcome;
}

Error Plain::errorOf(PGresult* result) {
  const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  Answer answer{state ? Answer::End::refused : Answer::End::lost,
                {},
                state ? state : "",
                text ? text : PQerrorMessage(conn_.get()),
                false};
  return postgres::errorOf(answer, "change or read its schema");
}

}  // namespace cairn::registry::postgres
