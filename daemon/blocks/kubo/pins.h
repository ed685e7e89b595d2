// Which roots are to be pinned in kubo, and which one of each bucket was last.
//
// Contract: thread-safe. Of the roots wanted under one name only the newest is kept, until it is pinned: one that
// failed is wanted again after a pause that grows up to kMostPause, a newer one of its name at once. What was pinned is
// remembered in a file, as a hint: kubo knows better, and without the hint it walks the whole root.
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

  /// Remembers in `directory`/pins.
  Pins(embedded::FileSystem& files, std::string directory);
  void want(std::string name, Cid root);
  /// All that is wanted, not yet pinned, and not failing until later than `now`.
  std::vector<WantedPin> wanted(Time now) const;
  void pinned(const WantedPin& pin);
  /// Writes what was pinned to the file.
  void save();
  /// It could not be pinned. `pause`: until it is wanted again, after its first failure.
  void failed(const WantedPin& pin, Time now, std::chrono::milliseconds pause);

 private:
  struct Failing {
    Time again;
    std::chrono::milliseconds pause;
  };

  embedded::FileSystem& files_;
  const std::string directory_;
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, Cid> wanted_, last_;
  std::map<std::string, Failing> failing_;  ///< of wanted_
};

}  // namespace cairn::blocks::kubo
