#include "console/models/timeline.h"

#include <algorithm>
#include <tuple>

#include "console/models/format.h"

namespace cairn::console {

void Timeline::clear() {
  wins_.clear();
  losses_.clear();
}

void Timeline::addHistory(const api::History& history) {
  for (const api::HistoryRow& row : history.rows)
    wins_[row.version] = {MarkKind::won, toText(row.master.get()), row.version, row.at, 0};
  trim();
}

void Timeline::addFlip(const api::FlipData& flip, Timestamp at) {
  wins_[flip.version] = {MarkKind::won, flip.master ? toText(flip.master->get()) : QString(), flip.version, at, 0};
  trim();
}

void Timeline::setRaces(const std::vector<api::Race>& races) {
  losses_.clear();
  for (const api::Race& race : races)
    losses_.push_back({race.outcome == "gave up" ? MarkKind::gave_up : MarkKind::lost, toText(race.loser.get()),
                       race.winnerVersion, race.at, race.id});
}

void Timeline::trim() {
  while (wins_.size() > limit_) wins_.erase(wins_.begin());
}

QStringList Timeline::lanes() const {
  QStringList lanes;
  for (const Mark& mark : marks())
    if (!lanes.contains(mark.master)) lanes.append(mark.master);
  lanes.sort();
  return lanes;
}

std::vector<Mark> Timeline::marks() const {
  std::vector<Mark> all;
  for (const auto& [version, mark] : wins_) all.push_back(mark);
  // A loss whose winner has left the window has no slot to stand in.
  for (const Mark& loss : losses_)
    if (wins_.contains(loss.version)) all.push_back(loss);
  std::sort(all.begin(), all.end(), [](const Mark& a, const Mark& b) {
    return std::tie(a.version, a.kind, a.race) < std::tie(b.version, b.kind, b.race);
  });
  return all;
}

std::optional<Version> Timeline::newest() const {
  if (wins_.empty()) return std::nullopt;
  return wins_.rbegin()->first;
}

}  // namespace cairn::console
