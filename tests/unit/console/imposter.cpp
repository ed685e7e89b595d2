#include "imposter.h"

#include <QDateTime>
#include <QHostAddress>

namespace cairn::console {
namespace {

api::Master master(const std::string& id) {
  api::Master m;
  m.id = MasterId(id);
  m.epoch = Epoch(4);
  m.cas = m.live = true;
  m.profile = "master";
  m.version = "0.1.0";
  m.s3Address = "127.0.0.1:9000";
  return m;
}

}  // namespace

api::Race exampleRace(std::uint64_t id, std::uint64_t winnerVersion, const std::string& outcome) {
  api::Race r;
  r.id = id;
  r.owner = OwnerId("alice");
  r.bucket = BucketName("photos");
  r.winner = MasterId("m1");
  r.loser = MasterId("m2");
  r.baseVersion = Version(winnerVersion - 1);
  r.winnerVersion = Version(winnerVersion);
  r.committedVersion = Version(outcome == "rebased" ? winnerVersion + 1 : 0);
  r.winnerRoot = "bafywinner";
  r.keys = {"img/7.jpg"};
  r.keyCount = 9;
  r.attempts = 2;
  r.outcome = outcome;
  r.tookMicros = 18000;
  r.at = Timestamp(1700000000000 + static_cast<std::int64_t>(id));
  return r;
}

api::Flip exampleFlip(std::uint64_t version, const std::string& master) {
  return {{OwnerId("alice"), BucketName("photos"), Version(version), "bafyroot" + std::to_string(version),
           MasterId(master)},
          Timestamp(QDateTime::currentMSecsSinceEpoch())};
}

Imposter::Imposter(const std::string& fleetId) {
  api::Fleet fleet;
  fleet.id = fleetId;
  fleet.mode = "manual";
  fleet.requireCas = true;
  fleet.masters = 2;
  fleet.buckets = 1;
  fleet.lastEvent = 10;
  api::Bucket bucket;
  bucket.owner = OwnerId("alice");
  bucket.name = BucketName("photos");
  bucket.root = "bafyroot3";
  bucket.version = Version(3);
  api::HistoryRow row;
  row.version = Version(3);
  row.master = MasterId("m1");
  api::ChainStatus chain;
  chain.checked = 3;
  chain.complete = true;
  const auto put = [this](const char* path, const std::string& json) {
    answers[QString::fromLatin1(path)] = QByteArray::fromStdString(json);
  };
  put("/admin/v1/fleet", api::toJson(fleet));
  put("/admin/v1/masters", api::toJson(api::Masters{{master("m1"), master("m2")}}));
  put("/admin/v1/buckets", api::toJson(api::Buckets{{bucket}, std::nullopt}));
  put("/admin/v1/buckets/alice/photos", api::toJson(bucket));
  put("/admin/v1/buckets/alice/photos/history",
      api::toJson(api::History{bucket.owner, bucket.name, {row}, std::nullopt}));
  put("/admin/v1/races", api::toJson(api::Races{{exampleRace(1, 3, "rebased")}}));
  put("/admin/v1/chain", api::toJson(chain));
  connect(&server_, &QTcpServer::newConnection, this, [this] {
    while (QTcpSocket* socket = server_.nextPendingConnection()) {
      sockets_.append(socket);
      connect(socket, &QTcpSocket::readyRead, this, [this, socket] { serve(socket); });
      connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
    }
  });
  server_.listen(QHostAddress::LocalHost);
}

QUrl Imposter::url() const {
  return QUrl(QStringLiteral("http://127.0.0.1:%1").arg(server_.serverPort()));
}

void Imposter::serve(QTcpSocket* socket) {
  QByteArray pending = socket->property("pending").toByteArray() + socket->readAll();
  for (qsizetype end = pending.indexOf("\r\n\r\n"); end >= 0; end = pending.indexOf("\r\n\r\n")) {
    answer(socket, pending.first(end));
    pending.remove(0, end + 4);
  }
  socket->setProperty("pending", pending);
}

void Imposter::answer(QTcpSocket* socket, const QByteArray& head) {
  const QString target = QString::fromLatin1(head.split(' ').value(1));
  const QString path = target.section(QLatin1Char('?'), 0, 0);
  requests.append(target);
  if (!token.isEmpty() && !head.contains("\r\nAuthorization: Bearer " + token + "\r\n")) {
    const QByteArray refusal = R"({"error":{"code":"unauthorized","message":"this asks for an operator's token"}})";
    socket->write("HTTP/1.1 401 Unauthorized\r\nContent-Length: " + QByteArray::number(refusal.size()) + "\r\n\r\n" +
                  refusal);
    return;
  }
  if (path == QStringLiteral("/admin/v1/events") && status == 200) {
    const qsizetype at = head.toLower().indexOf("last-event-id: ");
    resumedAfter.append(head.mid(at + 15, head.indexOf('\r', at) < 0 ? -1 : head.indexOf('\r', at) - at - 15));
    socket->write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n: hello\n\n");
    streams_.append(socket);
    return;
  }
  const bool known = answers.contains(path);
  const QByteArray body =
      known ? answers.value(path) : QByteArray(R"({"error":{"code":"not_found","message":"no such page"}})");
  socket->write("HTTP/1.1 " + QByteArray::number(known ? status : 404) +
                " X\r\nContent-Type: application/json\r\nContent-Length: " + QByteArray::number(body.size()) +
                "\r\n\r\n" + body);
}

void Imposter::say(const QByteArray& raw) {
  for (const auto& stream : std::as_const(streams_))
    if (stream) stream->write(raw);
}

void Imposter::tellFlip(std::uint64_t sequence, std::uint64_t version, const std::string& by) {
  const api::Flip flip = exampleFlip(version, by);
  say("data: " + QByteArray::fromStdString(api::toJson(api::Event{sequence, "flip", flip.at, api::toJson(flip.data)})) +
      "\n\n");
}

void Imposter::tellRace(std::uint64_t sequence, const api::Race& race) {
  auto races = api::fromJson<api::Races>(answers[QStringLiteral("/admin/v1/races")].toStdString());
  races->races.insert(races->races.begin(), race);
  answers[QStringLiteral("/admin/v1/races")] = QByteArray::fromStdString(api::toJson(*races));
  say("data: " + QByteArray::fromStdString(api::toJson(api::Event{sequence, "race", race.at, "{}"})) + "\n\n");
}

void Imposter::drop() {
  for (const auto& socket : std::as_const(sockets_))
    if (socket) socket->abort();
  sockets_.clear();
  streams_.clear();
}

void Imposter::deaf() {
  server_.close();
  drop();
}

int Imposter::streams() const {
  return static_cast<int>(std::count_if(streams_.begin(), streams_.end(), [](const auto& s) { return !s.isNull(); }));
}

}  // namespace cairn::console
