// Which roots are to be pinned in kubo, and which one of each bucket was last.
//
// Contract: thread-safe. Of the roots wanted under one name only the newest is kept, until it is pinned. That is due
// once no newer one came for a while, or after kMostQuiets times as long: kubo reads every new block for a pin, which
// under load takes it longer than it took to write them, and what is newer by then makes the walk shorter. One that
// failed is due again after a pause that grows up to kMostPause, a newer one of its name without one. What was pinned
// is remembered in a file, as a hint: kubo knows better, and without the hint it walks the whole root.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/cid/cid.h"
#include "daemon/blocks/embedded/files.h"

namespace cairn::blocks::kubo {

struct WantedPin {
  std::string name;
  Cid root;
  std::optional<Cid> from;  ///< the last one of that name
};

class Pins {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::minutes kMostPause{10};

  static constexpr int kMostQuiets = 30;

  /// Remembers in `directory`/pins. `quiet`: how long no newer root came before one is due.
  Pins(embedded::FileSystem& files, std::string directory, std::chrono::milliseconds quiet);
  void want(std::string name, Cid root, Time now);
  /// All that is due, not yet pinned, and not failing until later than `now`.
  std::vector<WantedPin> wanted(Time now) const;
  void pinned(const WantedPin& pin, Time now);
  /// Writes what was pinned to the file.
  void save();
  /// It could not be pinned. `pause`: until it is wanted again, after its first failure.
  void failed(const WantedPin& pin, Time now, std::chrono::milliseconds pause);

 private:
  struct Wanted {
    Cid root;
    Time since, changed;
  };
  struct Failing {
    Time again;
    std::chrono::milliseconds pause;
  };

  embedded::FileSystem& files_;
  const std::string directory_;
  const std::chrono::milliseconds quiet_;
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, Wanted> wanted_;
  std::map<std::string, Cid> last_;
  std::map<std::string, Failing> failing_;  ///< of wanted_
};

}  // namespace cairn::blocks::kubo
