// Blocks from the local store or, when missing there, from another holder; kept once fetched.
//
// Contract: thread-safe. Holders are asked in turn, starting with the one that answered last; what they give is
// verified against the CID here. Errc::not_found when nobody has the block, Errc::unavailable when somebody who might
// could not be asked.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "daemon/blocks/source.h"
#include "daemon/pinning/holder.h"

namespace cairn::pinning {

class Fetcher final : public blocks::Source {
 public:
  Fetcher(blocks::Store& store, std::vector<std::shared_ptr<Holder>> others)
      : store_(store), others_(std::move(others)) {}
  Task<Result<blocks::BlockData>> get(Cid cid) override;
  std::uint64_t fetched() const { return fetched_; }

 private:
  Task<Result<blocks::BlockData>> fromOthers(Cid cid);

  blocks::Store& store_;
  std::vector<std::shared_ptr<Holder>> others_;
  std::atomic<std::size_t> preferred_{0};
  std::atomic<std::uint64_t> fetched_{0};
};

}  // namespace cairn::pinning
