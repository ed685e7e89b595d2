// A door's server as the configuration wants it.
//
// Contract: openServer() listens when it returns. `tls` is the node's own; a listener that names a certificate uses
// that. Errors name the file or address.
#pragma once

#include "daemon/app/config.h"
#include "daemon/http/server.h"

namespace cairn::app {

Result<std::unique_ptr<http::Server>> openServer(net::io_context& io, const char* name, const Listener& listener,
                                                 std::uint64_t bodyBytes, std::optional<http::ServerTls> tls,
                                                 http::Handler handler);

}  // namespace cairn::app
