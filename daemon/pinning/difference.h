// What a root reaches that another does not, batch by batch: what has to be sent to whoever holds the other whole.
//
// Contract: both are walked side by side, level by level, so that the cost is in what differs where both have the same
// shape, and never more than what `to` reaches plus as many levels of `from`. Blocks that `from` reaches may be among
// those given (at worst all), none that it does not reach is left out. next() gives some blocks, parents before
// children, about `bytes` of them; none when there are no more. Raw blocks that `to` links to several times may be
// given several times. What `has` claims is left out (and looked into all the same). Errors are those of `source`, and
// Errc::corrupt for a block that is not what its codec says. One coroutine at a time.
#pragma once

#include <functional>
#include <optional>
#include <unordered_set>
#include <vector>

#include "daemon/blocks/source.h"
#include "daemon/blocks/store.h"

namespace cairn::pinning {

class Difference {
 public:
  using Has = std::function<bool(const Cid&)>;
  Difference(blocks::Source& source, const std::optional<Cid>& from, const Cid& to, Has has);
  Task<Result<std::vector<blocks::Block>>> next(std::size_t bytes);

 private:
  Task<Status> descend();

  blocks::Source& source_;
  Has has_;
  std::vector<Cid> olds_;            ///< of `from`, on this level and not in `to`
  std::vector<Cid> news_;            ///< of `to`, on this level and not in `from`
  std::size_t at_ = 0;               ///< in news_
  std::vector<Cid> below_;           ///< what those before at_ link to
  std::unordered_set<Cid> known_;    ///< reached by `from`, as far as it was walked
  std::unordered_set<Cid> entered_;  ///< inner blocks of `to` that were in some news_
};

}  // namespace cairn::pinning
