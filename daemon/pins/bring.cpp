#include "daemon/pins/bring.h"

#include <unordered_set>

#include "common/cid/links.h"
#include "daemon/rt/log.h"

namespace cairn::pins {
namespace {

constexpr std::size_t kAtOnce = 8;

class Bringing {
 public:
  Bringing(blocks::Source& from, blocks::Store& store, Bounds bounds, Progress& progress)
      : from_(from), store_(store), bounds_(bounds), progress_(progress) {}

  Task<Status> run(Cid root) {
    todo_.push_back(root);
    seen_.insert(root);
    while (!todo_.empty()) {
      if (progress_.stop) co_return fail(Errc::cancelled, "it was given up");
      if (auto s = co_await round(); !s) co_return s;
    }
    co_return Status{};
  }

 private:
  Task<Status> round() {
    std::vector<Cid> cids;
    std::vector<Task<Result<blocks::BlockData>>> asked;
    while (!todo_.empty() && cids.size() < kAtOnce) {
      cids.push_back(todo_.back());
      asked.push_back(from_.get(todo_.back()));
      todo_.pop_back();
    }
    auto got = co_await all(std::move(asked));
    std::vector<blocks::Block> keep;
    for (std::size_t i = 0; i < cids.size(); ++i) {
      if (!got[i]) co_return got[i].error();
      if (auto s = take(cids[i], *got[i]); !s) co_return s;
      keep.push_back({cids[i], std::move(*got[i])});
    }
    const auto kept = co_await store_.put(std::move(keep));
    if (kept) co_return kept;
    log::warning("pins", "blocks of a pin could not be stored", {{"error", kept.error().message}});
    co_return fail(Errc::unavailable, "it cannot be stored now");
  }

  Status take(const Cid& cid, const blocks::BlockData& block) {
    if (block.size() > kMostBlock)
      return fail(Errc::too_large, "block " + cid.str() + " has more than the 2 MiB that a block may have");
    progress_.blocks += 1;
    progress_.bytes += block.size();
    if (progress_.bytes > bounds_.bytes)
      return fail(Errc::too_large,
                  "it has more than the " + std::to_string(bounds_.bytes) + " bytes that a pin may have");
    auto walked = forEachLink(cid.codec(), block.view(), [this](const Cid& link) {
      if (seen_.size() <= bounds_.blocks && seen_.insert(link).second) todo_.push_back(link);
    });
    if (!walked) return fail(walked.error().code, "block " + cid.str() + ": " + walked.error().message);
    if (seen_.size() > bounds_.blocks)
      return fail(Errc::too_large,
                  "it has more than the " + std::to_string(bounds_.blocks) + " blocks that a pin may have");
    return {};
  }

  blocks::Source& from_;
  blocks::Store& store_;
  const Bounds bounds_;
  Progress& progress_;
  std::vector<Cid> todo_;
  std::unordered_set<Cid> seen_;
};

}  // namespace

Task<Status> bring(blocks::Source& from, blocks::Store& store, Cid root, Bounds bounds, Progress& progress) {
  progress.blocks = 0;
  progress.bytes = 0;
  Bringing bringing(from, store, bounds, progress);
  co_return co_await bringing.run(root);
}

}  // namespace cairn::pins
