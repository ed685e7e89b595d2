// A bucket's recent history as marks on lanes: one lane a master, one slot a version.
//
// Contract: plain values, main thread, no painting. Wins come from history rows and live flips, losses from race
// records; either may arrive first and repeatedly. Only the newest `limit` versions are kept. Lanes are sorted by
// master.
#pragma once

#include <QString>
#include <QStringList>
#include <map>
#include <optional>
#include <vector>

#include "common/api/messages.h"

namespace cairn::console {

enum class MarkKind { won, lost, gave_up };

struct Mark {
  MarkKind kind = MarkKind::won;
  QString master;   ///< empty: a foreign writer
  Version version;  ///< won: the version made; lost: the version that won instead
  Timestamp at;
  std::uint64_t race = 0;  ///< lost and gave_up: the record's id
};

class Timeline {
 public:
  explicit Timeline(std::size_t limit = 200) : limit_(limit) {}
  void clear();
  void addHistory(const api::History& history);
  void addFlip(const api::FlipData& flip, Timestamp at);
  /// Replaces all losses; races of other buckets must have been left out.
  void setRaces(const std::vector<api::Race>& races);

  QStringList lanes() const;
  /// Ascending by version; marks of a version stand in one slot.
  std::vector<Mark> marks() const;
  std::optional<Version> newest() const;

 private:
  void trim();
  std::size_t limit_;
  std::map<Version, Mark> wins_;
  std::vector<Mark> losses_;
};

}  // namespace cairn::console
