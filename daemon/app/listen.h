// A door's server, and what the S3 door is told, as the configuration wants it.
//
// Contract: s3Options() is pure. openServer() listens when it returns. `tls` is the node's own; a listener that names a
// certificate uses that. Errors name the file or address.
#pragma once

#include "daemon/app/config.h"
#include "daemon/http/server.h"
#include "daemon/s3/door.h"

namespace cairn::app {

Result<std::unique_ptr<http::Server>> openServer(net::io_context& io, const char* name, const Listener& listener,
                                                 std::uint64_t bodyBytes, std::optional<http::ServerTls> tls,
                                                 http::Handler handler);

s3::Options s3Options(const Config& config);

}  // namespace cairn::app
