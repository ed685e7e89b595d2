#include "daemon/registry/postgres/connect.h"

#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>

namespace cairn::registry::postgres {
namespace {

using Socket = net::posix::stream_descriptor;
using Until = std::chrono::steady_clock::time_point;
constexpr int kLeastVersion = 130000;

/// Until the socket can be written (or read); it is duplicated for the wait and stays libpq's.
Task<Status> waitFor(net::io_context& io, int fd, bool write, Until until) {
  struct Wait {
    Socket socket;
    bool expired = false;
  };
  auto wait = std::make_shared<Wait>(Wait{Socket(io, ::dup(fd))});
  net::steady_timer timer(io, until);
  timer.async_wait([wait](const boost::system::error_code& cancelled) {
    if (cancelled) return;
    wait->expired = true;
    boost::system::error_code ignored;
    wait->socket.cancel(ignored);
  });
  boost::system::error_code failed;
  co_await wait->socket.async_wait(write ? Socket::wait_write : Socket::wait_read,
                                   net::redirect_error(net::use_awaitable, failed));
  if (wait->expired) co_return fail(Errc::timeout, "no answer in time");
  if (failed) co_return fail(Errc::unavailable, failed.message());
  co_return Status();
}

Error errorOf(PGconn* c) {
  return fail(Errc::unavailable, lineOf(PQerrorMessage(c)));
}

}  // namespace

Task<Result<Conn>> connectTo(net::io_context& io, Keywords keywords, std::chrono::milliseconds within) {
  std::vector<const char*> names, values;
  for (const auto& [name, value] : keywords) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  Conn conn(PQconnectStartParams(names.data(), values.data(), 0));
  if (!conn) co_return fail(Errc::unavailable, "out of memory");
  const auto until = std::chrono::steady_clock::now() + within;
  auto want = PGRES_POLLING_WRITING;
  while (want != PGRES_POLLING_OK) {
    if (want == PGRES_POLLING_FAILED || PQsocket(conn.get()) < 0) co_return errorOf(conn.get());
    auto waited = co_await waitFor(io, PQsocket(conn.get()), want == PGRES_POLLING_WRITING, until);
    if (!waited) co_return waited.error();
    want = PQconnectPoll(conn.get());
  }
  if (PQsetnonblocking(conn.get(), 1) != 0 || PQenterPipelineMode(conn.get()) != 1) co_return errorOf(conn.get());
  if (PQserverVersion(conn.get()) < kLeastVersion)
    co_return fail(Errc::unsupported, "the server is older than PostgreSQL 13");
  co_return conn;
}

std::string lineOf(const char* text) {
  std::string out(text ? text : "");
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ')) out.pop_back();
  return out;
}

}  // namespace cairn::registry::postgres
