#include "daemon/app/fleet_command.h"

#include <CLI/CLI.hpp>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <memory>

#include "daemon/app/config.h"
#include "daemon/app/identity_commands.h"
#include "daemon/app/offline.h"
#include "daemon/fleet/graduation.h"

namespace cairn::app {
namespace {

constexpr int kUsage = 2;
std::atomic<bool> interrupted{false};

struct FleetRequest {
  std::uint32_t wait = 300;  ///< seconds
  bool yes = false;
  bool json = false;
};

QJsonArray idsOf(const std::vector<registry::Master>& masters) {
  QJsonArray out;
  for (const auto& m : masters) out.append(QString::fromStdString(m.id.get()));
  return out;
}

std::string compact(const QJsonObject& object) {
  return QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString() + "\n";
}

Report reportOf(const fleet::Graduated& done, bool json) {
  if (json)
    return Report{compact({{QStringLiteral("before"), done.before},
                           {QStringLiteral("serving"), idsOf(done.serving)},
                           {QStringLiteral("silent"), idsOf(done.silent)}})};
  std::string out = done.before ? "CAS was required already" : "CAS is required from now on";
  out += "; " + std::to_string(done.serving.size()) + " masters beat, all with CAS on\n";
  for (const auto& m : done.silent)
    out += "  " + m.id.get() + " does not beat; it last reported CAS " +
           (m.cas ? "on\n" : "off: until registry.cas = true stands in its configuration it only reads\n");
  return Report{out};
}

struct Standing {
  bool required = false;
  registry::WriterLease lease;
  std::vector<registry::Master> masters;
};

Task<Result<Standing>> readStanding(registry::Registry& registry) {
  Standing out;
  auto required = co_await registry.requireCas();
  if (!required) co_return required.error();
  out.required = *required;
  auto lease = co_await registry.writerLease();
  if (!lease) co_return lease.error();
  out.lease = std::move(*lease);
  auto masters = co_await registry.masters();
  if (!masters) co_return masters.error();
  out.masters = std::move(*masters);
  co_return out;
}

std::int64_t ageOf(const registry::Master& m, Timestamp now) {
  return std::max<std::int64_t>(0, now.get() - m.heartbeatAt.get());
}

Report reportOf(const Standing& now, Timestamp at, bool json) {
  const std::string who = fleet::whoMayWrite(now.required, now.lease, now.masters);
  QJsonArray rows;
  std::string out = std::string("CAS is ") + (now.required ? "" : "not ") + "required. Who may write: " + who + "\n";
  for (const auto& m : now.masters) {
    if (m.profile != "master") continue;
    rows.append(QJsonObject{{QStringLiteral("id"), QString::fromStdString(m.id.get())},
                            {QStringLiteral("cas"), m.cas},
                            {QStringLiteral("version"), QString::fromStdString(m.version)},
                            {QStringLiteral("epoch"), static_cast<qint64>(m.epoch.get())},
                            {QStringLiteral("fenced"), m.fenced},
                            {QStringLiteral("heartbeatAgeMs"), static_cast<qint64>(ageOf(m, at))}});
    out += "  " + m.id.get() + "  CAS " + (m.cas ? "on" : "off") + "  version " + m.version + "  epoch " +
           std::to_string(m.epoch.get()) + (m.fenced ? "  fenced" : "") + "  last beat " +
           std::to_string(ageOf(m, at) / 1000) + " s ago\n";
  }
  if (!json) return Report{out};
  QJsonObject all{{QStringLiteral("requireCas"), now.required},
                  {QStringLiteral("whoMayWrite"), QString::fromStdString(who)},
                  {QStringLiteral("masters"), rows}};
  if (now.lease.live) all[QStringLiteral("writer")] = QString::fromStdString(now.lease.holder.get());
  return Report{compact(all)};
}

/// Runs `work` on the configuration's registry; its report, or the first error.
Result<Report> onRegistry(const Config& config, const std::function<Task<Result<Report>>(registry::Registry&)>& work) {
  Result<Report> report = fail(Errc::internal, "nothing was done");
  Status opened = withExistingRegistry(config.registryPath, [&](registry::Registry& registry) -> Task<Status> {
    report = co_await work(registry);
    co_return Status();
  });
  if (!opened) return opened.error();
  return report;
}

Result<Report> status(const Config& config, const FleetRequest& request) {
  return onRegistry(config, [&](registry::Registry& registry) -> Task<Result<Report>> {
    auto now = co_await readStanding(registry);
    if (!now) co_return now.error();
    co_return reportOf(*now, systemClock()->now(), request.json);
  });
}

Result<Report> graduate(const Config& config, const FleetRequest& request) {
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, [](int) { interrupted = true; });
  auto clock = systemClock();
  return onRegistry(config, [&](registry::Registry& registry) -> Task<Result<Report>> {
    fleet::GraduateOptions options;
    options.wait = std::chrono::seconds(request.wait);
    options.require = [&](registry::RequireCas change) {
      return act(registry, config, change, change.required ? "fleet.graduate" : "fleet.ungraduate",
                 change.required ? "CAS is required" : "CAS is not required any more");
    };
    options.say = [](const std::string& what) { std::fprintf(stderr, "cairnd: %s\n", what.c_str()); };
    options.stopped = [] { return interrupted.load(); };
    auto done = co_await fleet::graduate(registry, *clock, std::move(options));
    if (!done) co_return done.error();
    co_return reportOf(*done, request.json);
  });
}

Result<Report> ungraduate(const Config& config, const FleetRequest& request) {
  return onRegistry(config, [&](registry::Registry& registry) -> Task<Result<Report>> {
    Status done =
        co_await act(registry, config, registry::RequireCas{false}, "fleet.ungraduate", "CAS is not required any more");
    if (!done && done.error().code != Errc::precondition) co_return done.error();
    auto now = co_await readStanding(registry);
    if (!now) co_return now.error();
    co_return reportOf(*now, systemClock()->now(), request.json);
  });
}

}  // namespace

void addFleetCommand(CLI::App& cli, const std::string& file, const bool& json, int& exitCode) {
  auto request = std::make_shared<FleetRequest>();
  auto* fleet = cli.add_subcommand("fleet", "who may write, and CAS for the whole fleet");
  fleet->require_subcommand(1);
  auto add = [&](const char* name, const char* help, Result<Report> (*command)(const Config&, const FleetRequest&)) {
    auto* added = fleet->add_subcommand(name, help);
    added->callback([&file, &json, &exitCode, request, command] {
      auto config = readConfig(file);
      request->json = json;
      exitCode = config ? printReport(command(*config, *request)) : kUsage;
    });
    return added;
  };
  add("status", "whether CAS is required, what each master reports, and who may write", status);
  add("graduate",
      "require CAS: from now on the database refuses masters with CAS off, and other gateways. Taken back unless every"
      " master that beats reports CAS on in time. Ctrl-C takes it back",
      graduate)
      ->add_option("--wait", request->wait, "seconds in which masters are restarted with registry.cas = true")
      ->capture_default_str()
      ->check(CLI::Range(20, 86400));
  add("ungraduate",
      "require CAS no more: masters with CAS off, and other gateways, may write again. Where one with CAS off runs,"
      " those with CAS on only read then",
      ungraduate)
      ->add_flag("--yes", request->yes,
                 "needed: plain writes of others can then replace roots again without seeing them")
      ->required();
}

}  // namespace cairn::app
