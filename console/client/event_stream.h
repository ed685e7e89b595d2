// One connection to GET /admin/v1/events.
//
// Contract: open() asks for events after a sequence number (sent as Last-Event-ID, which resumes at any master); it
// ends with exactly one closed(problem), unless close() was called first, after which nothing is emitted any more. A
// stream that says nothing, not even a heartbeat, for `silenceMs` counts as lost. Main thread; the manager is borrowed
// and must outlive this.
#pragma once

#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QPointer>
#include <QTimer>
#include <QUrl>

#include "common/api/messages.h"
#include "console/client/sse_parser.h"

namespace cairn::console {

class EventStream : public QObject {
  Q_OBJECT

 public:
  EventStream(QNetworkAccessManager* manager, int silenceMs, QObject* parent = nullptr);
  ~EventStream() override;
  /// `authorization`: the header's value; empty: none is sent.
  void open(const QUrl& base, quint64 after, const QByteArray& authorization = {});
  void close();

 Q_SIGNALS:
  void heard();  ///< any byte at all: the link is alive
  void received(const QList<cairn::api::Event>& events);
  void closed(const QString& problem);

 private:
  void read();
  void fail(const QString& problem);

  QNetworkAccessManager* manager_;
  QPointer<QNetworkReply> reply_;
  SseParser parser_;
  QTimer silence_;
};

}  // namespace cairn::console
