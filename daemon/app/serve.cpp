#include "daemon/app/serve.h"

#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include <QCoreApplication>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSocketNotifier>
#include <QTimer>
#include <csignal>
#include <cstdio>

#include "daemon/app/node.h"
#include "daemon/app/waiting.h"
#include "daemon/rt/log.h"

namespace cairn::app {
namespace {

int signalPipe[2] = {-1, -1};

void onSignal(int number) {
  char byte = static_cast<char>(number);
  [[maybe_unused]] ssize_t n = ::write(signalPipe[0], &byte, 1);
}

void catchSignals() {
  [[maybe_unused]] int made = ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, signalPipe);
  struct sigaction action{};
  action.sa_handler = onSignal;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

/// Keys are in memory: no core dumps. Many connections: as many descriptors as allowed.
void setLimits() {
  rlimit core{0, 0};
  setrlimit(RLIMIT_CORE, &core);
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
}

void printEndpoints(const Endpoints& e) {
  QJsonObject object;
  auto put = [&](const char* name, const std::string& value) {
    if (!value.empty()) object[QLatin1String(name)] = QString::fromStdString(value);
  };
  put("s3", e.s3);
  put("api", e.api);
  put("blocks", e.blocks);
  object[QStringLiteral("pid")] = static_cast<qint64>(::getpid());
  std::printf("%s\n", QJsonDocument(object).toJson(QJsonDocument::Compact).constData());
  std::fflush(stdout);
}

bool stopped(std::chrono::milliseconds within) {
  pollfd signal{signalPipe[1], POLLIN, 0};
  return ::poll(&signal, 1, static_cast<int>(within.count())) > 0;
}

Result<std::unique_ptr<Node>> make(const Config& config, DataPlane& plane) {
  if (config.profile == "storage") return makeStorage(config, plane);
  auto registry = awaitRegistry(config, plane, stopped);
  if (!registry) return registry.error();
  return makeMaster(config, plane, std::move(*registry));
}

log::Level levelOf(const std::string& name) {
  if (name == "debug") return log::Level::debug;
  if (name == "warning") return log::Level::warning;
  if (name == "error") return log::Level::error;
  return log::Level::info;
}

}  // namespace

int serve(const Config& config, bool json, int argc, char** argv) {
  QCoreApplication application(argc, argv);
  log::configure(levelOf(config.logLevel), config.logFormat == "text" ? log::Format::text : log::Format::json,
                 config.node);
  setLimits();
  catchSignals();
  std::size_t threads = config.threads > 0 ? config.threads : std::max(2U, std::thread::hardware_concurrency());
  DataPlane plane(threads);  // outlives what answers into it
  auto made = make(config, plane);
  if (Status s = made ? (*made)->start() : made.error(); !s) {
    plane.stop();
    if (s.error().code == Errc::cancelled) return 0;
    log::error("app", "cannot start", {{"reason", s.error().message}});
    return 1;
  }
  auto node = std::move(*made);
  if (json) printEndpoints(node->endpoints());
  sd_notify(0, "READY=1\nSTATUS=");

  QTimer ticker;
  QObject::connect(&ticker, &QTimer::timeout, &application, [&] { node->tick(); });
  ticker.start(1000);
  QTimer watchdog;
  std::uint64_t every = 0;
  if (sd_watchdog_enabled(0, &every) > 0) {
    QObject::connect(&watchdog, &QTimer::timeout, &application, [&] {
      // The data plane must be alive, not only this loop: the ping comes back from there.
      net::post(plane.io(), [&application] { toControl(&application, [] { sd_notify(0, "WATCHDOG=1"); }); });
    });
    watchdog.start(static_cast<int>(every / 3000));
  }
  QSocketNotifier signals(signalPipe[1], QSocketNotifier::Read);
  QObject::connect(&signals, &QSocketNotifier::activated, &application, [&] {
    char byte = 0;
    [[maybe_unused]] ssize_t n = ::read(signalPipe[1], &byte, 1);
    application.quit();
  });
  application.exec();

  sd_notify(0, "STOPPING=1");
  log::info("app", "draining");
  ::signal(SIGTERM, SIG_DFL);  // a second signal does not wait
  ::signal(SIGINT, SIG_DFL);
  ticker.stop();
  node->drain();
  plane.stop();
  node.reset();
  log::info("app", "stopped");
  return 0;
}

}  // namespace cairn::app
