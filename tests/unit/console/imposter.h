// A master that is none: a small HTTP server in the test's own event loop, with recorded answers and injected faults.
//
// Contract: main thread. Listens on a free loopback port. answers[path] is served with 200 unless status says
// otherwise; the event stream stays open, and say() puts frames on it. Requests are recorded. drop() cuts every
// connection; deaf() stops listening as a dead machine would.
#pragma once

#include <QHash>
#include <QList>
#include <QPointer>
#include <QTcpServer>
#include <QTcpSocket>
#include <QUrl>

#include "common/api/messages.h"

namespace cairn::console {

class Imposter : public QObject {
  Q_OBJECT

 public:
  /// A fleet of m1 and m2 with the bucket alice/photos at v3 and one lost race.
  explicit Imposter(const std::string& fleetId = "f1");
  QUrl url() const;
  void say(const QByteArray& raw);
  void tellFlip(std::uint64_t sequence, std::uint64_t version, const std::string& master);
  void tellRace(std::uint64_t sequence, const api::Race& race);
  void drop();
  void deaf();
  int streams() const;

  QHash<QString, QByteArray> answers;
  int status = 200;
  QStringList requests;
  QByteArray token;                ///< when set, a request without it as bearer is answered 401
  QList<QByteArray> resumedAfter;  ///< Last-Event-ID of each stream opened

 private:
  void serve(QTcpSocket* socket);
  void answer(QTcpSocket* socket, const QByteArray& head);
  QTcpServer server_;
  QList<QPointer<QTcpSocket>> sockets_, streams_;
};

api::Race exampleRace(std::uint64_t id, std::uint64_t winnerVersion, const std::string& outcome);
api::Flip exampleFlip(std::uint64_t version, const std::string& master);

}  // namespace cairn::console
