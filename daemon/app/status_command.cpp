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
};

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
  return out;
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
    report.text = QJsonDocument(all).toJson(QJsonDocument::Compact).toStdString() + "\n";
  } else {
    report.text = words(answers);
  }
  return report;
}

}  // namespace cairn::app
