// Lost races of one bucket, or of all, newest first.
//
// Contract: see column_model.h. update() takes the newest races of the fleet; showOnly() narrows to a bucket
// ("owner/name"; empty: all). Rows are kept by race id, so that a selection survives new races arriving above it.
#pragma once

#include "common/api/messages.h"
#include "console/models/column_model.h"

namespace cairn::console {

class RacesModel : public ColumnModel<api::Race> {
  Q_OBJECT

 public:
  enum ColumnIndex { time_column, winner_column, loser_column, keys_column, outcome_column };
  explicit RacesModel(QObject* parent = nullptr);
  void update(const api::Races& newestFirst);
  void showOnly(const QString& bucket);
  /// Every race last given, of any bucket.
  const std::vector<api::Race>& everything() const { return all_; }

 protected:
  QString idOf(const api::Race& row) const override;

 private:
  void narrow();
  std::vector<api::Race> all_;
  QString only_;
};

QString outcomeText(const api::Race& race);

}  // namespace cairn::console
