// Blocks from the local store or, when missing there, from another holder; kept once fetched.
//
// Contract: thread-safe. Holders are asked in turn, starting with the one that answered last; what they give is
// verified against the CID here. With a clock, which outlives this, the next one is asked as well when no answer comes
// for kPatience, so that a node that hangs holds nobody up. Errc::not_found when nobody has the block,
// Errc::unavailable when somebody who might, or the local store, could not be asked.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "daemon/blocks/source.h"
#include "daemon/pinning/holder.h"
#include "daemon/rt/clock.h"

namespace cairn::pinning {

class Fetcher final : public blocks::Source {
 public:
  static constexpr Duration kPatience = std::chrono::milliseconds(250);

  Fetcher(blocks::Store& store, std::vector<std::shared_ptr<Holder>> others, Clock* clock = nullptr)
      : store_(store), others_(std::move(others)), clock_(clock) {}
  Task<Result<blocks::BlockData>> get(Cid cid) override;
  std::uint64_t fetched() const { return fetched_; }

 private:
  struct Search;
  Task<Result<blocks::BlockData>> fromOthers(Cid cid);
  static Task<void> ask(std::shared_ptr<Search> search);
  static Task<void> hedge(std::shared_ptr<Search> search, Clock& clock);

  blocks::Store& store_;
  std::vector<std::shared_ptr<Holder>> others_;
  Clock* clock_;
  std::atomic<std::size_t> preferred_{0};
  std::atomic<std::uint64_t> fetched_{0};
};

}  // namespace cairn::pinning
