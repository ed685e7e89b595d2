// One fleet as the window sees it: the client and the models that it feeds.
//
// Contract: main thread. Owns client, models and hues; views borrow a Session and outlive nothing of it. The models
// keep the last known data whatever happens to the link; stale() says that they are no longer fresh.
#pragma once

#include <QTimer>
#include <optional>

#include "console/client/fleet_client.h"
#include "console/models/buckets_model.h"
#include "console/models/masters_model.h"
#include "console/models/races_model.h"
#include "console/theme/theme.h"

namespace cairn::console {

class Session : public QObject {
  Q_OBJECT

 public:
  explicit Session(QList<QUrl> addresses, Timing timing = {}, QObject* parent = nullptr);

  FleetClient client;
  MastersModel masters;
  BucketsModel buckets;
  RacesModel races;
  Hues hues;
  std::optional<api::Fleet> fleet;
  std::optional<api::ChainStatus> chain;

  bool stale() const { return client.state().link != Link::live; }
  /// The fleet's one word, and why.
  Verdict verdict() const;

 Q_SIGNALS:
  void changed();  ///< fleet, chain, masters or link: whatever the status line, rail and bars show

 private:
  void connectClient();
  void countRaces();
  QTimer tick_;
};

}  // namespace cairn::console
