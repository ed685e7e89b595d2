#include "daemon/registry/postgres/plain.h"

#include <algorithm>

#include "daemon/registry/postgres/errors.h"

namespace cairn::registry::postgres {

Plain::Plain(PGconn* conn) : conn_(conn, PQfinish) {
  PQsetNoticeProcessor(conn, [](void*, const char*) {}, nullptr);
}

Result<Plain> Plain::connect(const std::vector<Keywords>& hosts, std::chrono::milliseconds patience) {
  Error last;
  for (Keywords host : hosts) {
    host.try_emplace("connect_timeout", std::to_string(std::max<std::int64_t>(2, patience.count() / 1000)));
    std::vector<const char*> names, values;
    for (const auto& [name, value] : host) {
      names.push_back(name.c_str());
      values.push_back(value.c_str());
    }
    names.push_back(nullptr);
    values.push_back(nullptr);
    Plain plain(PQconnectdbParams(names.data(), values.data(), 0));
    if (PQstatus(plain.conn_.get()) == CONNECTION_OK) return plain;
    std::string why = PQerrorMessage(plain.conn_.get());
    while (why.ends_with('\n')) why.pop_back();
    last = fail(Errc::unavailable, "the registry cannot be reached at " + describe(host) + ": " + why);
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
