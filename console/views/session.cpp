#include "console/views/session.h"

#include "console/models/format.h"

namespace cairn::console {

Session::Session(QList<QUrl> addresses, Timing timing, QObject* parent)
    : QObject(parent), client(std::move(addresses), timing) {
  connectClient();
  connect(&tick_, &QTimer::timeout, &buckets, &BucketsModel::tick);
  tick_.start(1000);
}

void Session::connectClient() {
  connect(&client, &FleetClient::stateChanged, this, &Session::changed);
  connect(&client, &FleetClient::fleetChanged, this, [this](const api::Fleet& f) {
    fleet = f;
    Q_EMIT changed();
  });
  connect(&client, &FleetClient::chainChanged, this, [this](const api::ChainStatus& c) {
    chain = c;
    Q_EMIT changed();
  });
  connect(&client, &FleetClient::mastersChanged, this, [this](const api::Masters& m) {
    QStringList names;
    for (const api::Master& master : m.masters) names.append(toText(master.id.get()));
    hues.learn(names);
    masters.update(m);
    Q_EMIT changed();
  });
  connect(&client, &FleetClient::bucketsChanged, this, [this](const api::Buckets& b) {
    buckets.update(b);
    Q_EMIT changed();
  });
  connect(&client, &FleetClient::bucketChanged, &buckets, qOverload<const api::Bucket&>(&BucketsModel::update));
  connect(&client, &FleetClient::flipped, &buckets, &BucketsModel::apply);
  connect(&client, &FleetClient::racesChanged, this, [this](const api::Races& r) {
    races.update(r);
    countRaces();
    Q_EMIT changed();
  });
}

void Session::countRaces() {
  QHash<QString, std::uint64_t> byBucket;
  for (const api::Race& race : races.everything()) ++byBucket[BucketsModel::id(race.owner, race.bucket)];
  buckets.setRaces(byBucket);
}

Verdict Session::verdict() const {
  switch (client.state().link) {
    case Link::offline:
    case Link::not_a_master:
      return {State::error, tr("offline")};
    case Link::connecting:
      if (!fleet) return {State::none, tr("connecting")};
      break;
    case Link::live:
      break;
  }
  if (chain && !chain->unbroken) return {State::error, tr("unsafe")};
  if (masters.troubled() > 0) return {State::warning, tr("degraded")};
  return {State::ok, tr("healthy")};
}

}  // namespace cairn::console
