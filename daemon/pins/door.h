// The pinning service of the API listener (docs/formats/pins.md): IPFS Pinning Service API 1.0.0.
//
//   GET /pins[?cid=...]   POST /pins   GET|POST|DELETE /pins/REQUESTID
//
// Contract: handle() is thread-safe. Every request carries a Bearer that auth::Authenticator::bearer() takes; a caller
// sees his own pins and nobody else's. A credential with a scope must cover all buckets: reading pins is `read`, adding
// one `write`, removing one `delete`, replacing one both. Answers and errors have the specification's form. Pinning
// itself is the Worker's; `wake` tells it that there is work. Borrows what it is given.
#pragma once

#include <functional>

#include "daemon/auth/authenticator.h"
#include "daemon/http/body.h"
#include "daemon/http/message.h"
#include "daemon/pins/refusal.h"
#include "daemon/registry/pins.h"
#include "daemon/rt/clock.h"

namespace cairn::pins {

/// Where clients may connect to, to hand over what they want pinned: multiaddrs, at least one.
using Delegates = std::function<Task<std::vector<std::string>>()>;

struct DoorOptions {
  std::uint64_t mostPins = 10'000;  ///< of one owner
  Delegates delegates;
  std::function<void()> wake;
};

class Door {
 public:
  Door(registry::PinRegistry& pins, const auth::Authenticator& callers, Clock& clock, Random& random,
       DoorOptions options);

  static bool serves(std::string_view path) { return path == "/pins" || path.starts_with("/pins/"); }
  Task<void> handle(http::Request& request, http::BodyReader& body, http::ResponseWriter& response);
  /// For the gateway: the root of the caller's pin that `x-cairn-pin` names, where that pin shows a right to its bytes.
  Task<Asked<Cid>> readable(const http::Request& request);

 private:
  struct Reply {
    int status = 200;
    std::string json;
  };
  Task<Asked<auth::Caller>> caller(const http::Request& request);
  Task<Asked<Reply>> answer(const http::Request& request, http::BodyReader& body);
  Task<Asked<Reply>> list(const auth::Caller& caller, const http::Request& request);
  Task<Asked<Reply>> add(const auth::Caller& caller, http::BodyReader& body, std::string replaced);
  Task<Asked<Reply>> show(const auth::Caller& caller, std::string id);
  Task<Asked<Reply>> remove(const auth::Caller& caller, std::string id);

  registry::PinRegistry& pins_;
  const auth::Authenticator& callers_;
  Clock& clock_;
  Random& random_;
  DoorOptions options_;
};

}  // namespace cairn::pins
