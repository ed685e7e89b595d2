// Connecting to PostgreSQL without blocking.
//
// Contract: connectTo() gives a connection in pipeline mode, non-blocking, or says within `within` why there is none.
// On the io_context's thread; only the look-up of a host's name blocks it. lineOf() is libpq's text without its line's
// end.
#pragma once

#include <libpq-fe.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "daemon/registry/postgres/conninfo.h"
#include "daemon/rt/async.h"

namespace cairn::registry::postgres {

struct Closer {
  void operator()(PGconn* c) const { PQfinish(c); }
};
using Conn = std::unique_ptr<PGconn, Closer>;

Task<Result<Conn>> connectTo(net::io_context& io, Keywords keywords, std::chrono::milliseconds within);
std::string lineOf(const char* text);

}  // namespace cairn::registry::postgres
