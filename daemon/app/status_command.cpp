#include "daemon/app/status_command.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <boost/asio/io_context.hpp>

#include "daemon/fleet/membership.h"
#include "daemon/http/client.h"

namespace cairn::app {
namespace {

struct Answers {
  std::optional<Error> error;
  int readyStatus = 0;
  QJsonObject ready, fleet, masters;
};

Task<Result<http::Response>> get(http::Client& client, http::Endpoint endpoint, std::string target) {
  http::ClientRequest request;
  request.target = std::move(target);
  request.timeout = std::chrono::seconds(5);
  co_return co_await client.request(std::move(endpoint), std::move(request));
}

Task<void> ask(http::Client& client, http::Endpoint endpoint, Answers& out) {
  for (auto [target, to] : {std::pair{"/healthz/ready?write=1", &out.ready}, std::pair{"/admin/v1/fleet", &out.fleet},
                            std::pair{"/admin/v1/masters", &out.masters}}) {
    auto response = co_await get(client, endpoint, target);
    if (!response) {
      out.error = response.error();
      co_return;
    }
    if (to == &out.ready) out.readyStatus = response->status;
    std::string_view body = asText(response->body);
    *to = QJsonDocument::fromJson(QByteArray(body.data(), static_cast<qsizetype>(body.size()))).object();
  }
}

std::string text(const QJsonValue& v) {
  if (v.isString()) return v.toString().toStdString();
  return v.toVariant().toString().toStdString();
}

std::string words(const Answers& a) {
  std::string out =
      std::string("this master: ") + (a.readyStatus == 200 ? "ready to read and write" : "not ready to write") + "\n";
  for (const auto& r : a.ready[QLatin1String("reasons")].toArray()) out += "  - " + text(r) + "\n";
  out += "fleet " + text(a.fleet[QLatin1String("id")]) + ": " + text(a.fleet[QLatin1String("masters")]) + " masters, " +
         text(a.fleet[QLatin1String("storageNodes")]) + " storage nodes, " + text(a.fleet[QLatin1String("buckets")]) +
         " buckets, " + text(a.fleet[QLatin1String("flips")]) + " flips\n";
  for (const auto& item : a.masters[QLatin1String("masters")].toArray()) {
    QJsonObject m = item.toObject();
    out += "  " + text(m[QLatin1String("id")]) + "  " + text(m[QLatin1String("profile")]) + "  epoch " +
           text(m[QLatin1String("epoch")]) + (m[QLatin1String("fenced")].toBool() ? "  fenced" : "") +
           (m[QLatin1String("live")].toBool() ? "  live" : "  not live") + "  " + text(m[QLatin1String("s3Address")]) +
           "\n";
  }
  return out;
}

}  // namespace

Result<Report> statusOf(const std::string& api, bool json) {
  auto address = fleet::parseAddress(api);
  if (!address) return address.error();
  net::io_context io(1);
  http::Client client(io, {});
  Answers answers;
  spawn(io.get_executor(), ask(client, {address->host, address->port, false, {}}, answers));
  io.run();
  if (answers.error)
    return fail(answers.error->code, "no master answers at " + api + ": " + answers.error->message +
                                         ". Is cairnd running? Its API door is [api] listen in the configuration.");
  Report report;
  report.good = answers.readyStatus == 200;
  if (json) {
    QJsonObject all{{QStringLiteral("ready"), answers.ready},
                    {QStringLiteral("fleet"), answers.fleet},
                    {QStringLiteral("masters"), answers.masters[QLatin1String("masters")]}};
    report.text = QJsonDocument(all).toJson(QJsonDocument::Compact).toStdString() + "\n";
  } else {
    report.text = words(answers);
  }
  return report;
}

}  // namespace cairn::app
