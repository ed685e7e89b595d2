#include "console/client/fleet_client.h"

#include <QFile>
#include <QNetworkReply>
#include <QUrlQuery>
#include <algorithm>

#include "console/client/addresses.h"

namespace cairn::console {
namespace {

constexpr qint64 largestAnswer = 64 << 20;
constexpr qint64 largestToken = 8192;
constexpr int racesKept = 500;
constexpr int pollsPerChain = 5;  // the chain walk is the dearest question

QString encoded(const std::string& segment) {
  return QString::fromLatin1(QUrl::toPercentEncoding(QString::fromStdString(segment)));
}

}  // namespace

FleetClient::FleetClient(QList<QUrl> addresses, Timing timing, QObject* parent)
    : QObject(parent), addresses_(std::move(addresses)), timing_(timing), stream_(&manager_, timing.silenceMs) {
  manager_.setRedirectPolicy(QNetworkRequest::ManualRedirectPolicy);
  poll_.setInterval(timing_.pollMs);
  retry_.setSingleShot(true);
  batch_.setSingleShot(true);
  batch_.setInterval(timing_.batchMs);
  connect(&poll_, &QTimer::timeout, this, &FleetClient::poll);
  connect(&retry_, &QTimer::timeout, this, &FleetClient::tryAddress);
  connect(&batch_, &QTimer::timeout, this, &FleetClient::tellBatch);
  connect(&stream_, &EventStream::received, this, &FleetClient::takeEvents);
  connect(&stream_, &EventStream::closed, this, [this](const QString& problem) {
    lose(Link::offline, tr("%1: %2.").arg(shortAddress(addresses_.value(current_)), problem));
  });
  connect(&stream_, &EventStream::heard, this, [this] {
    heard_.start();
    state_.lastData = QDateTime::currentDateTime();
    failuresInARow_ = 0;
    problems_.clear();
    if (state_.link != Link::live) setState(Link::live, {});
  });
}

void FleetClient::start() {
  tryAddress();
}

void FleetClient::stop() {
  ++generation_;
  stream_.close();
  for (QTimer* timer : {&poll_, &retry_, &batch_}) timer->stop();
}

void FleetClient::retryNow() {
  if (!retry_.isActive()) return;
  retry_.stop();
  tryAddress();
}

void FleetClient::setState(Link link, const QString& problem) {
  state_.link = link;
  state_.problem = problem;
  state_.address = addresses_.value(current_);
  Q_EMIT stateChanged(state_);
}

void FleetClient::tryAddress() {
  ++generation_;
  state_.address = addresses_.value(current_);
  getMessage<api::Fleet>(QStringLiteral("/admin/v1/fleet"), [this](const api::Fleet& fleet) { begin(fleet); });
}

void FleetClient::begin(const api::Fleet& fleet) {
  const QString id = QString::fromStdString(fleet.id);
  if (!fleetId_.isEmpty() && id != fleetId_)
    return lose(Link::not_a_master, tr("%1 is a master of another fleet (%2, not %3).")
                                        .arg(shortAddress(addresses_.value(current_)), id.left(8), fleetId_.left(8)));
  fleetId_ = id;
  // A registry restored from a backup has fewer events than were seen: nothing can be resumed there.
  if (!eventsKnown_ || fleet.lastEvent < lastEvent_) lastEvent_ = fleet.lastEvent;
  eventsKnown_ = true;
  Q_EMIT fleetChanged(fleet);
  stream_.open(addresses_.value(current_), lastEvent_, authorization());
  awaited_ = masters_part | buckets_part | races_part;
  poll();
  loadBuckets({}, std::make_shared<api::Buckets>());
  racesStale_ = true;
  tellBatch();
  poll_.start();
}

void FleetClient::arrived(Part part) {
  if ((awaited_ & part) == 0) return;
  awaited_ &= ~part;
  if (awaited_ == 0) Q_EMIT loaded();
}

void FleetClient::loadBuckets(const QString& after, std::shared_ptr<api::Buckets> soFar) {
  QString path = QStringLiteral("/admin/v1/buckets?limit=500");
  if (!after.isEmpty()) path += QStringLiteral("&after=") + QString::fromLatin1(QUrl::toPercentEncoding(after));
  getMessage<api::Buckets>(path, [this, soFar](api::Buckets page) {
    std::move(page.buckets.begin(), page.buckets.end(), std::back_inserter(soFar->buckets));
    if (page.next) return loadBuckets(QString::fromStdString(*page.next), soFar);
    Q_EMIT bucketsChanged(*soFar);
    arrived(buckets_part);
  });
}

void FleetClient::poll() {
  if (awaited_ == 0)
    getMessage<api::Fleet>(QStringLiteral("/admin/v1/fleet"), [this](const api::Fleet& f) { Q_EMIT fleetChanged(f); });
  getMessage<api::Masters>(QStringLiteral("/admin/v1/masters"), [this](const api::Masters& m) {
    Q_EMIT mastersChanged(m);
    arrived(masters_part);
  });
  if (polls_++ % pollsPerChain == 0)
    getMessage<api::ChainStatus>(QStringLiteral("/admin/v1/chain"),
                                 [this](const api::ChainStatus& chain) { Q_EMIT chainChanged(chain); });
}

void FleetClient::askHistory(const OwnerId& owner, const BucketName& bucket, Version upTo, int rows) {
  const auto wanted = static_cast<std::uint64_t>(rows);
  const std::uint64_t from = upTo.get() > wanted ? upTo.get() - wanted + 1 : 1;
  getMessage<api::History>(QStringLiteral("/admin/v1/buckets/%1/%2/history?from=%3&to=%4&limit=%5")
                               .arg(encoded(owner.get()), encoded(bucket.get()))
                               .arg(from)
                               .arg(upTo.get())
                               .arg(rows),
                           [this](const api::History& history) { Q_EMIT historyChanged(history); });
}

void FleetClient::askBucket(const OwnerId& owner, const BucketName& bucket) {
  getMessage<api::Bucket>(QStringLiteral("/admin/v1/buckets/%1/%2").arg(encoded(owner.get()), encoded(bucket.get())),
                          [this](const api::Bucket& b) { Q_EMIT bucketChanged(b); });
}

void FleetClient::takeEvents(const QList<api::Event>& events) {
  for (const api::Event& event : events) {
    if (event.sequence <= lastEvent_) continue;  // told already, by this master or the one before
    lastEvent_ = event.sequence;
    event_.start();
    if (event.kind == "flip") takeFlip(event);
    if (event.kind == "race") racesStale_ = true;
  }
  if ((racesStale_ || !flips_.isEmpty()) && !batch_.isActive()) batch_.start();
}

void FleetClient::takeFlip(const api::Event& event) {
  // One that cannot be read is left to the next full load: the rest of the stream is no worse for it.
  if (auto flip = api::flipOf(event)) flips_.append(std::move(*flip));
}

void FleetClient::tellBatch() {
  if (!flips_.isEmpty()) Q_EMIT flipped(std::exchange(flips_, {}));
  if (std::exchange(racesStale_, false))
    getMessage<api::Races>(QStringLiteral("/admin/v1/races?limit=%1").arg(racesKept), [this](const api::Races& races) {
      Q_EMIT racesChanged(races);
      arrived(races_part);
    });
}

void FleetClient::lose(Link link, const QString& problem) {
  ++generation_;
  stream_.close();
  poll_.stop();
  ++failuresInARow_;
  problems_[current_] = problem;
  const bool allFailed = problems_.size() == addresses_.size();
  setState(allFailed ? link : Link::connecting, QStringList(problems_.values()).join(QLatin1Char('\n')));
  current_ = (current_ + 1) % static_cast<int>(addresses_.size());
  const int round = failuresInARow_ / static_cast<int>(addresses_.size());
  const int pause = round == 0 ? 0 : timing_.backoffFirstMs << std::min(round - 1, 10);
  retry_.start(std::min(pause, timing_.backoffMostMs));
}

template <class Message>
void FleetClient::getMessage(const QString& pathAndQuery, std::function<void(Message)> then) {
  get(pathAndQuery, [this, then = std::move(then)](std::string_view body) {
    auto message = api::fromJson<Message>(body);
    if (!message)
      return lose(Link::not_a_master,
                  tr("%1 answers, but not as a Cairn master (%2). Give a master's API address "
                     "(usually port 9001), not its S3 address.")
                      .arg(shortAddress(addresses_.value(current_)), QString::fromStdString(message.error().message)));
    then(std::move(*message));
  });
}

QByteArray FleetClient::authorization() const {
  QFile file(tokenFile_);
  if (tokenFile_.isEmpty() || !file.open(QIODevice::ReadOnly)) return {};
  return "Bearer " + file.read(largestToken).trimmed();
}

void FleetClient::get(const QString& pathAndQuery, Then then) {
  QUrl url(addresses_.value(current_).toString(QUrl::FullyEncoded) + pathAndQuery, QUrl::StrictMode);
  QNetworkRequest request(url);
  request.setTransferTimeout(timing_.requestMs);
  request.setRawHeader("Accept", "application/json");
  if (const QByteArray token = authorization(); !token.isEmpty()) request.setRawHeader("Authorization", token);
  QNetworkReply* reply = manager_.get(request);
  connect(reply, &QNetworkReply::downloadProgress, reply, [reply](qint64 received, qint64) {
    if (received > largestAnswer) reply->abort();
  });
  connect(reply, &QNetworkReply::finished, this,
          [this, reply, generation = generation_, path = url.path(), then = std::move(then)] {
            reply->deleteLater();
            if (generation == generation_) answered(reply, path, then);
          });
}

void FleetClient::answered(QNetworkReply* reply, const QString& path, const Then& then) {
  const int status = reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt();
  const QString address = shortAddress(addresses_.value(current_));
  const QByteArray body = reply->readAll();
  const std::string_view text(body.constData(), static_cast<std::size_t>(body.size()));
  if (status == 200 && reply->error() == QNetworkReply::NoError) {
    state_.lastData = QDateTime::currentDateTime();
    return then(text);
  }
  if (status == 0 || status == 200)
    return lose(reply->error() == QNetworkReply::ProtocolFailure || reply->error() == QNetworkReply::UnknownNetworkError
                    ? Link::not_a_master
                    : Link::offline,
                tr("%1 does not answer: %2.").arg(address, reply->errorString()));
  auto problem = api::fromJson<api::Problem>(text);
  if (!problem)
    return lose(Link::not_a_master, tr("%1 answers, but not as a Cairn master (HTTP %2 for %3). Give a master's API "
                                       "address (usually port 9001), not its S3 address.")
                                        .arg(address)
                                        .arg(status)
                                        .arg(path));
  // A bucket that is gone by now is no reason to leave this master.
  if (status == 404 && path.startsWith(QStringLiteral("/admin/v1/buckets/"))) return;
  lose(Link::offline, tr("%1 says: %2.").arg(address, QString::fromStdString(problem->message)));
}

}  // namespace cairn::console
