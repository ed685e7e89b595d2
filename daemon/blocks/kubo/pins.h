// Which roots are to be pinned in kubo, and which one of each bucket was last.
//
// Contract: thread-safe. Of the roots wanted under one name only the newest is kept. What was pinned is remembered in a
// file, as a hint: kubo knows better, and without the hint it walks the whole root.
#pragma once

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
  /// Remembers in `directory`/pins.
  Pins(embedded::FileSystem& files, std::string directory);
  void want(std::string name, Cid root);
  /// All that is wanted and not yet pinned.
  std::vector<WantedPin> wanted() const;
  void pinned(const WantedPin& pin);
  /// Writes what was pinned to the file.
  void save();
  /// It will not be pinned; a newer one of its name still may be.
  void dropped(const WantedPin& pin);

 private:
  embedded::FileSystem& files_;
  const std::string directory_;
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, Cid> wanted_, last_;
};

}  // namespace cairn::blocks::kubo
