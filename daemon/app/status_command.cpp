#include "daemon/app/status_command.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include "daemon/app/api_call.h"

namespace cairn::app {
namespace {

struct Answers {
  int readyStatus = 0;
  QJsonObject ready, fleet, masters;
  QJsonObject kubo;  ///< of the store's engine; empty when that is another one
};

/// What the master's metrics say of its journal before kubo.
QJsonObject kuboOf(const std::string& metrics) {
  QJsonObject out;
  for (auto [metric, name] :
       {std::pair{"journal_bytes", "journalBytes"}, std::pair{"journal_limit_bytes", "journalLimit"},
        std::pair{"waiting_bytes", "waitingBytes"}, std::pair{"lag_seconds", "lagSeconds"}, std::pair{"up", "answers"},
        std::pair{"moving_bytes", "movingBytes"}}) {
    const std::string line = std::string("\ncairn_kubo_") + metric + " ";
    const std::size_t at = metrics.find(line);
    if (at == std::string::npos) return {};
    out[QLatin1String(name)] = std::strtod(metrics.c_str() + at + line.size(), nullptr);
  }
  return out;
}

Result<Answers> ask(const std::string& api, const std::string& token) {
  Answers out;
  for (auto [target, to] : {std::pair{"/healthz/ready?write=1", &out.ready}, std::pair{"/admin/v1/fleet", &out.fleet},
                            std::pair{"/admin/v1/masters", &out.masters}}) {
    auto answer = callApi(api, {"GET", target, token, {}});
    if (!answer) return answer.error();
    if (to == &out.ready)
      out.readyStatus = answer->status;
    else if (answer->status != 200)
      return problemOf(api, *answer);
    std::string_view body = asText(answer->body);
    *to = QJsonDocument::fromJson(QByteArray(body.data(), static_cast<qsizetype>(body.size()))).object();
  }
  auto metrics = callApi(api, {"GET", "/metrics", token, {}});
  if (!metrics) return metrics.error();
  out.kubo = kuboOf(std::string(asText(metrics->body)));
  return out;
}

std::string text(const QJsonValue& v) {
  if (v.isString()) return v.toString().toStdString();
  return v.toVariant().toString().toStdString();
}

std::string journal(const QJsonObject& kubo) {
  auto mebibytes = [&](const char* name) {
    return QString::number(kubo[QLatin1String(name)].toDouble() / (1 << 20), 'f', 1).toStdString() + " MiB";
  };
  std::string moving;
  if (kubo[QLatin1String("movingBytes")].toDouble() > 0)
    moving = "moving into kubo: " + mebibytes("movingBytes") + " of the embedded store are left\n";
  return moving + "journal before kubo: " + mebibytes("journalBytes") + " of " + mebibytes("journalLimit") + ", " +
         mebibytes("waitingBytes") + " not yet given to kubo, the oldest for " +
         QString::number(kubo[QLatin1String("lagSeconds")].toDouble(), 'f', 1).toStdString() + " s; kubo " +
         (kubo[QLatin1String("answers")].toDouble() > 0 ? "answers" : "does not answer") + "\n";
}

std::string words(const Answers& a) {
  std::string out =
      std::string("this master: ") + (a.readyStatus == 200 ? "ready to read and write" : "not ready to write") + "\n";
  for (const auto& r : a.ready[QLatin1String("reasons")].toArray()) out += "  - " + text(r) + "\n";
  if (!a.kubo.isEmpty()) out += journal(a.kubo);
  out += "fleet " + text(a.fleet[QLatin1String("id")]) + ": " + text(a.fleet[QLatin1String("masters")]) + " masters, " +
         text(a.fleet[QLatin1String("storageNodes")]) + " storage nodes, " + text(a.fleet[QLatin1String("buckets")]) +
         " buckets, " + text(a.fleet[QLatin1String("flips")]) + " flips\n";
  if (const auto roots = a.fleet[QLatin1String("clusterRootsBehind")]; roots.isDouble()) {
    out += "cluster: " + text(roots) + " roots, " + text(a.fleet[QLatin1String("clusterMsBehind")]) + " ms behind";
    const std::string trouble = text(a.fleet[QLatin1String("clusterTrouble")]);
    out += (trouble.empty() ? "" : "; " + trouble) + "\n";
  }
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

Result<Report> statusOf(const std::string& api, const std::string& tokenFile, bool json) {
  auto token = readToken(tokenFile);
  if (!token) return token.error();
  auto asked = ask(api, *token);
  if (!asked) return asked.error();
  const Answers& answers = *asked;
  Report report;
  report.good = answers.readyStatus == 200;
  if (json) {
    QJsonObject all{{QStringLiteral("ready"), answers.ready},
                    {QStringLiteral("fleet"), answers.fleet},
                    {QStringLiteral("masters"), answers.masters[QLatin1String("masters")]}};
    if (!answers.kubo.isEmpty()) all[QStringLiteral("kubo")] = answers.kubo;
    report.text = QJsonDocument(all).toJson(QJsonDocument::Compact).toStdString() + "\n";
  } else {
    report.text = words(answers);
  }
  return report;
}

}  // namespace cairn::app
