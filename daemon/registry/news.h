// Word from an engine that its events may have grown, so that whoever follows them need not ask again and again.
//
// Contract: thread-safe. heard() waits until there was word since it gave `before`, or for at most `within`, and gives
// what to pass next time; 0 the first time. Word is a hint to read, and may come for nothing. It never misses an event
// that was made while the engine listens; when its connection is lost or made anew, that counts as word, and while
// there is none the wait is cut to kAsk. The caller reads between two calls. Ends at once when the engine is stopping.
#pragma once

#include "daemon/registry/registry.h"

namespace cairn::registry {

class News {
 public:
  static constexpr std::chrono::milliseconds kAsk{200};
  virtual ~News() = default;
  virtual Task<std::uint64_t> heard(std::uint64_t before, std::chrono::milliseconds within) = 0;
};

/// Null where the engine must be asked.
inline News* newsOf(Registry& registry) {
  return dynamic_cast<News*>(&registry);
}

}  // namespace cairn::registry
