#include "console/client/event_stream.h"

#include <QNetworkRequest>

namespace cairn::console {

EventStream::EventStream(QNetworkAccessManager* manager, int silenceMs, QObject* parent)
    : QObject(parent), manager_(manager) {
  silence_.setSingleShot(true);
  silence_.setInterval(silenceMs);
  connect(&silence_, &QTimer::timeout, this, [this] { fail(tr("the event stream fell silent")); });
}

EventStream::~EventStream() {
  close();
}

void EventStream::open(const QUrl& base, quint64 after, const QByteArray& authorization) {
  close();
  parser_ = SseParser();
  QUrl url(base);
  url.setPath(QStringLiteral("/admin/v1/events"));
  QNetworkRequest request(url);
  request.setRawHeader("Accept", "text/event-stream");
  if (!authorization.isEmpty()) request.setRawHeader("Authorization", authorization);
  request.setRawHeader("Last-Event-ID", QByteArray::number(after));
  request.setAttribute(QNetworkRequest::RedirectPolicyAttribute, QNetworkRequest::ManualRedirectPolicy);
  request.setAttribute(QNetworkRequest::CacheLoadControlAttribute, QNetworkRequest::AlwaysNetwork);
  reply_ = manager_->get(request);
  connect(reply_, &QNetworkReply::readyRead, this, &EventStream::read);
  connect(reply_, &QNetworkReply::finished, this, [this] {
    const int status = reply_->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
    if (reply_->error() != QNetworkReply::NoError && status != 0 && status != 200)
      fail(tr("the event stream was refused (HTTP %1)").arg(status));
    else if (reply_->error() != QNetworkReply::NoError)
      fail(tr("the event stream broke off (%1)").arg(reply_->errorString()));
    else
      fail(tr("the master closed the event stream"));
  });
  silence_.start();
}

void EventStream::close() {
  silence_.stop();
  if (!reply_) return;
  QNetworkReply* reply = reply_;
  reply_ = nullptr;
  reply->disconnect(this);
  reply->abort();
  reply->deleteLater();
}

void EventStream::fail(const QString& problem) {
  close();
  Q_EMIT closed(problem);
}

void EventStream::read() {
  if (reply_->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt() != 200) return;  // finished() will tell
  silence_.start();
  Q_EMIT heard();
  if (!reply_) return;  // whoever heard it closed the stream
  QList<api::Event> events;
  for (const SseEvent& sse : parser_.feed(reply_->readAll())) {
    auto event = api::fromJson<api::Event>({sse.data.constData(), static_cast<std::size_t>(sse.data.size())});
    if (!event) return fail(tr("an event cannot be read: %1").arg(QString::fromStdString(event.error().message)));
    events.append(std::move(*event));
  }
  if (parser_.overflowed()) return fail(tr("an event is larger than this console accepts"));
  if (!events.isEmpty()) Q_EMIT received(events);
}

}  // namespace cairn::console
