// What the console knows of a fleet, kept fresh from whichever of its masters answers.
//
// Contract: main thread. start() asks the addresses in turn until one answers as a master, loads everything, then
// follows its event stream and asks for fleet and masters every `pollMs`. When that master fails, the next address is
// tried; after a round in vain the pause doubles from backoffFirstMs to backoffMostMs. The stream resumes after the
// last event seen, at any master, so no event is missed or told twice. The last known data stay with whoever got them:
// a failure only changes state(). An address that answers as something else, or for another fleet, is told apart from
// silence. Flips are told in batches, at most one each batchMs. Owns no widget.
#pragma once

#include <QDateTime>
#include <QElapsedTimer>
#include <QMap>
#include <QNetworkAccessManager>
#include <QTimer>
#include <functional>
#include <memory>

#include "common/api/messages.h"
#include "console/client/event_stream.h"

namespace cairn::console {

enum class Link {
  connecting,    ///< trying; not every address has failed yet
  live,          ///< the event stream is open
  offline,       ///< no address answers; trying again
  not_a_master,  ///< something else answers there
};

struct LinkState {
  Link link = Link::connecting;
  QUrl address;        ///< the master spoken to, or tried last
  QString problem;     ///< for people, a line for each address that failed; empty while live
  QDateTime lastData;  ///< when anything was last heard; invalid: never
};

struct Timing {
  int pollMs = 2000;
  int requestMs = 5000;
  int silenceMs = 10000;
  int backoffFirstMs = 250;
  int backoffMostMs = 5000;
  int batchMs = 50;
};

class FleetClient : public QObject {
  Q_OBJECT

 public:
  explicit FleetClient(QList<QUrl> addresses, Timing timing = {}, QObject* parent = nullptr);
  /// A file with an operator's token, which every request then carries; read anew for each, so that it may be renewed.
  void setTokenFile(QString file) { tokenFile_ = std::move(file); }
  void start();
  void stop();
  const LinkState& state() const { return state_; }
  /// Milliseconds since anything was heard on the stream; -1: never.
  qint64 quietMs() const { return heard_.isValid() ? heard_.elapsed() : -1; }
  /// Milliseconds since the last event; -1: none yet.
  qint64 eventAgeMs() const { return event_.isValid() ? event_.elapsed() : -1; }
  /// Tries again now instead of when the pause ends.
  void retryNow();
  /// Answered by historyChanged(), with the newest `rows` rows up to `upTo`; silently not at all while offline.
  void askHistory(const OwnerId& owner, const BucketName& bucket, Version upTo, int rows);
  /// Answered by bucketChanged(), with statistics.
  void askBucket(const OwnerId& owner, const BucketName& bucket);

 Q_SIGNALS:
  void stateChanged(const cairn::console::LinkState& state);
  void fleetChanged(const cairn::api::Fleet& fleet);
  void mastersChanged(const cairn::api::Masters& masters);
  void bucketsChanged(const cairn::api::Buckets& all);  ///< every page of them
  void bucketChanged(const cairn::api::Bucket& bucket);
  void racesChanged(const cairn::api::Races& newestFirst);
  void chainChanged(const cairn::api::ChainStatus& chain);
  void historyChanged(const cairn::api::History& history);
  void flipped(const QList<cairn::api::Flip>& flips);
  void loaded();  ///< fleet, masters, buckets and races have arrived since the last (re)connect

 private:
  using Then = std::function<void(std::string_view body)>;
  void get(const QString& pathAndQuery, Then then);
  template <class Message>
  void getMessage(const QString& pathAndQuery, std::function<void(Message)> then);
  void answered(QNetworkReply* reply, const QString& path, const Then& then);
  void tryAddress();
  void begin(const api::Fleet& fleet);
  void loadBuckets(const QString& after, std::shared_ptr<api::Buckets> soFar);
  void poll();
  void takeEvents(const QList<api::Event>& events);
  void takeFlip(const api::Event& event);
  void tellBatch();
  void lose(Link link, const QString& problem);
  void setState(Link link, const QString& problem);
  enum Part : unsigned { masters_part = 1, buckets_part = 2, races_part = 4 };
  void arrived(Part part);

  QByteArray authorization() const;

  QList<QUrl> addresses_;
  QString tokenFile_;
  Timing timing_;
  QNetworkAccessManager manager_;
  EventStream stream_;
  QTimer poll_, retry_, batch_;
  LinkState state_;
  QElapsedTimer heard_, event_;
  QString fleetId_;
  quint64 lastEvent_ = 0;
  bool eventsKnown_ = false;  ///< lastEvent_ is a place to resume from
  bool racesStale_ = false;
  QList<api::Flip> flips_;
  int current_ = 0;  ///< index into addresses_
  int failuresInARow_ = 0;
  QMap<int, QString> problems_;  ///< by address, since the link was last live
  quint64 generation_ = 0;       ///< answers asked for before a change of address are dropped
  unsigned awaited_ = 0;         ///< parts of the first load that have not come yet
  int polls_ = 0;
};

}  // namespace cairn::console
