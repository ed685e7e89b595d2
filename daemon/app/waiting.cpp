#include "daemon/app/waiting.h"

#include <systemd/sd-daemon.h>

#include <mutex>

#include "common/api/messages.h"
#include "daemon/app/listen.h"
#include "daemon/app/registry.h"
#include "daemon/rt/log.h"

namespace cairn::app {
namespace {

constexpr std::chrono::milliseconds kAgain{1000};
constexpr const char* kS3Answer =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>ServiceUnavailable</Code><Message>This master was "
    "started while its"
    " registry is away, and waits for it.</Message></Error>";

/// The listeners meanwhile.
class Doors {
 public:
  Doors(const Config& config, DataPlane& plane) : config_(config), plane_(plane) {}

  Status open() {
    auto s3 = openServer(plane_.io(), "s3", config_.s3, http::Limits::kNoLimit, {},
                         [](auto& q, auto&, auto& r) { return refuse(q, r); });
    if (!s3) return s3.error();
    s3_ = std::move(*s3);
    auto api = openServer(plane_.io(), "api", config_.api, 1 << 20, {},
                          [this](auto& q, auto&, auto& r) { return tell(q, r); });
    if (!api) return api.error();
    api_ = std::move(*api);
    return {};
  }

  void close() {
    for (http::Server* server : {s3_.get(), api_.get()})
      if (server != nullptr) plane_.start(server->drain(std::chrono::seconds(1))).get();
  }

  void setReason(const std::string& reason) {
    std::lock_guard lock(mutex_);
    reason_ = reason;
  }

 private:
  static Task<void> refuse(http::Request&, http::ResponseWriter& response) {
    (void)co_await response.send({503, {{"Retry-After", "5"}, {"Content-Type", "application/xml"}}},
                                 asBytes(std::string_view(kS3Answer)));
  }

  Task<void> tell(http::Request& request, http::ResponseWriter& response) {
    api::Readiness readiness{false, "read", {}};
    {
      std::lock_guard lock(mutex_);
      readiness.reasons.push_back(reason_);
    }
    const int status = request.path == "/health" ? 200 : 503;
    const std::string body = status == 200 ? api::toJson(api::Health{"ok", MasterId(config_.node), CAIRN_VERSION, 0})
                                           : api::toJson(readiness);
    (void)co_await response.send({status, {{"Retry-After", "5"}, {"Content-Type", "application/json"}}},
                                 asBytes(std::string_view(body)));
  }

  const Config& config_;
  DataPlane& plane_;
  std::mutex mutex_;
  std::string reason_;
  std::unique_ptr<http::Server> s3_, api_;
};

}  // namespace

Result<std::unique_ptr<registry::Registry>> awaitRegistry(
    const Config& config, DataPlane& plane, const std::function<bool(std::chrono::milliseconds)>& stopped) {
  auto opened = openRegistry(config.registryPath);
  if (opened || opened.error().code != Errc::unavailable) return opened;
  Doors doors(config, plane);
  if (Status open = doors.open(); !open) return open.error();
  std::string told;
  for (bool first = true; !opened && opened.error().code == Errc::unavailable; first = false) {
    const std::string& reason = opened.error().message;
    doors.setReason(reason);
    if (std::exchange(told, reason) != reason)
      log::warning("app", "waiting for the registry: all requests are answered with 503", {{"reason", reason}});
    sd_notify(0, ((first ? "READY=1\nWATCHDOG=1\nSTATUS=waiting: " : "WATCHDOG=1\nSTATUS=waiting: ") + reason).c_str());
    if (stopped(kAgain)) {
      opened = fail(Errc::cancelled, "stopped while waiting for the registry");
      break;
    }
    opened = openRegistry(config.registryPath);
  }
  doors.close();
  if (opened) {
    log::info("app", "the registry answers");
    sd_notify(0, "STATUS=starting");
  }
  return opened;
}

}  // namespace cairn::app
