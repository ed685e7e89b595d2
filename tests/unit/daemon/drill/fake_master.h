// Masters that misbehave on purpose: an S3 door over a std::map, for tests of the drill.
//
// Contract: runs on the given io_context, which one thread runs; several may share a Bucket. What goes wrong is decided
// by `fault`, which is asked before each PUT.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "daemon/http/client.h"
#include "daemon/http/server.h"

namespace cairn::drill::test {

enum class Fault {
  none,
  forget,      ///< 200, and nothing is stored
  mangle,      ///< 200, and other bytes are stored
  reject,      ///< 503 SlowDown
  fail_after,  ///< stored, and 500
  deny,        ///< 403
};

struct Bucket {
  bool exists = false;
  std::map<std::string, std::string> objects;
  std::map<std::string, std::uint64_t> puts;  ///< times each key was put
};

class FakeMaster {
 public:
  /// `fault(path, times this path came before)`.
  using Faults = std::function<Fault(const std::string& path, std::uint64_t before)>;
  FakeMaster(net::io_context& io, Bucket& bucket, Faults fault);
  http::Endpoint endpoint() const { return {"127.0.0.1", server_.port(), false, {}}; }
  Task<void> stop();

  std::string metrics;  ///< answered to GET /metrics

 private:
  struct Answer {
    int status = 200;
    std::string body, etag;
  };
  Task<void> handle(http::Request& request, http::BodyReader& body, http::ResponseWriter& writer);
  Answer put(const http::Request& request, std::string body);
  Answer list(const http::Request& request) const;
  Answer act(const http::Request& request, std::string body);

  Bucket& bucket_;
  Faults fault_;
  http::Server server_;
};

}  // namespace cairn::drill::test
