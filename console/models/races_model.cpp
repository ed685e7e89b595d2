#include "console/models/races_model.h"

#include <algorithm>

#include "console/models/buckets_model.h"
#include "console/models/format.h"

namespace cairn::console {

QString outcomeText(const api::Race& race) {
  if (race.outcome == "rebased") return RacesModel::tr("rebased, v%1").arg(count(race.committedVersion.get()));
  if (race.outcome == "gave up") return RacesModel::tr("gave up");
  if (race.outcome == "refused") return RacesModel::tr("refused by a condition");
  return RacesModel::tr("outcome unknown");
}

RacesModel::RacesModel(QObject* parent) : ColumnModel(parent) {
  using Row = api::Race;
  columns_.resize(outcome_column + 1);
  columns_[time_column] = {tr("Time"),
                           tr("When the loser's commit ended"),
                           false,
                           [](const Row& r) { return timeOfDay(r.at); },
                           [](const Row& r) { return static_cast<qlonglong>(r.at.get()); },
                           [](const Row& r) { return instant(r.at); },
                           {},
                           {},
                           {}};
  columns_[winner_column] = {tr("Winner"),
                             tr("Whose flip stood"),
                             false,
                             [](const Row& r) { return toText(r.winner.get()); },
                             {},
                             [](const Row& r) { return tr("made v%1").arg(count(r.winnerVersion.get())); },
                             {},
                             {},
                             [](const Row& r) { return toText(r.winner.get()); }};
  columns_[loser_column] = {tr("Loser"),
                            tr("Whose flip was refused"),
                            false,
                            [](const Row& r) { return toText(r.loser.get()); },
                            {},
                            {},
                            {},
                            {},
                            [](const Row& r) { return toText(r.loser.get()); }};
  columns_[keys_column] = {tr("Keys"),
                           tr("How many keys the loser's commit changed"),
                           true,
                           [](const Row& r) { return count(r.keyCount); },
                           [](const Row& r) { return static_cast<qulonglong>(r.keyCount); },
                           {},
                           {},
                           {},
                           {}};
  columns_[outcome_column] = {tr("Outcome"),
                              tr("What became of the loser's writes"),
                              false,
                              outcomeText,
                              {},
                              {},
                              {},
                              [](const Row& r) { return r.outcome == "rebased" ? State::ok : State::warning; },
                              {}};
}

void RacesModel::update(const api::Races& newestFirst) {
  all_ = newestFirst.races;
  narrow();
}

void RacesModel::showOnly(const QString& bucket) {
  if (only_ == bucket) return;
  only_ = bucket;
  narrow();
}

void RacesModel::narrow() {
  std::vector<api::Race> fresh;
  for (const api::Race& race : all_)
    if (only_.isEmpty() || BucketsModel::id(race.owner, race.bucket) == only_) fresh.push_back(race);
  std::sort(fresh.begin(), fresh.end(), [this](const auto& a, const auto& b) { return idOf(a) < idOf(b); });
  merge(
      std::move(fresh), [](const auto& a, const auto& b) { return a == b; },
      [](api::Race& old, api::Race row) { old = std::move(row); });
}

/// Counts down and is padded, so that the newest race sorts first.
QString RacesModel::idOf(const api::Race& row) const {
  return QStringLiteral("%1").arg(~row.id, 20, 10, QLatin1Char('0'));
}

}  // namespace cairn::console
