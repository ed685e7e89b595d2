#include "daemon/app/listen.h"

#include "daemon/app/keys.h"

namespace cairn::app {

Result<std::unique_ptr<http::Server>> openServer(net::io_context& io, const char* name, const Listener& listener,
                                                 std::uint64_t bodyBytes, std::optional<http::ServerTls> tls,
                                                 http::Handler handler) {
  http::ServerOptions options;
  options.name = name;
  options.address = listener.address;
  options.port = listener.port;
  options.limits.bodyBytes = bodyBytes;
  options.tls = std::move(tls);
  if (!listener.certificateFile.empty()) {
    auto certificate = readTextFile(listener.certificateFile);
    if (!certificate) return certificate.error();
    auto key = readSecretFile(listener.keyFile);
    if (!key) return key.error();
    options.tls = http::ServerTls{*certificate + "\n", *key + "\n", {}};
  }
  auto server = std::make_unique<http::Server>(io, options, std::move(handler));
  if (auto s = server->start(); !s) return s.error();
  return server;
}

s3::Options s3Options(const Config& config) {
  s3::Options s3;
  s3.region = config.region;
  s3.virtualHostSuffixes = config.virtualHosts;
  s3.accessLog = config.accessLog == "off"   ? s3::AccessLog::off
                 : config.accessLog == "all" ? s3::AccessLog::all
                                             : s3::AccessLog::errors;
  return s3;
}

}  // namespace cairn::app
