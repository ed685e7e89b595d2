#include "daemon/pinning/cluster/holder.h"

#include <algorithm>
#include <unordered_map>

#include "daemon/pinning/cluster/pinned.h"
#include "daemon/pinning/difference.h"

namespace cairn::pinning {
namespace {

/// Most bytes of one import.
constexpr std::size_t kBatchBytes = 4U << 20;

/// The blocks of a commit, which the store may not have yet, then the store, then the cluster itself: what another
/// master built on may be nowhere else.
class Overlay final : public blocks::Source {
 public:
  Overlay(blocks::Source& under, Holder& cluster, const std::vector<blocks::Block>& fresh)
      : under_(under), cluster_(cluster) {
    for (const blocks::Block& b : fresh) fresh_.emplace(b.cid, b.data);
  }
  Task<Result<blocks::BlockData>> get(Cid cid) override {
    if (auto found = fresh_.find(cid); found != fresh_.end()) co_return found->second;
    auto here = co_await under_.get(cid);
    if (here) co_return here;
    auto there = co_await cluster_.fetch(cid);
    co_return there ? std::move(there) : std::move(here);
  }

 private:
  blocks::Source& under_;
  Holder& cluster_;
  std::unordered_map<Cid, blocks::BlockData> fresh_;
};

class ClusterHolder final : public Holder {
 public:
  ClusterHolder(ClusterOptions options, http::Client& client, blocks::Source& source, Clock& clock)
      : options_(std::move(options)),
        source_(source),
        rest_(client, options_.rest),
        pinned_(rest_, clock, options_.peers, options_.timeout) {
    for (const Service& kubo : options_.kubos) kubos_.emplace_back(client, kubo, options_.timeout);
  }

  MasterId id() const override { return MasterId(kClusterName); }

  Task<Result<HoldAnswer>> hold(Cid root, Origin origin, std::vector<blocks::Block> blocks) override {
    Overlay overlay(source_, *this, blocks);
    auto base = co_await baseOf(root, std::move(origin));
    if (!base) co_return base.error();
    if (base->whole) co_return HoldAnswer{true, {}};
    Status asked = co_await sendAndPin(overlay, base->root, root);
    if (!asked && asked.error().code == Errc::not_found && base->root) {
      pinned_.forget();  // somebody took the base out of the cluster
      asked = co_await sendAndPin(overlay, std::nullopt, root);
    }
    if (!asked) co_return asked.error();
    if (auto s = co_await pinned_.wait(root); !s) {
      sent_.clear();  // a kubo may have lost what it took
      co_return s.error();
    }
    co_return HoldAnswer{true, {}};
  }

  /// To all kubos; those that cannot be reached get the blocks from the others when the cluster pins.
  Task<Status> store(std::vector<blocks::Block> blocks) override {
    std::vector<Cid> cids;
    for (const blocks::Block& b : blocks) cids.push_back(b.cid);
    std::vector<Task<Status>> imports;
    for (KuboDoor& kubo : kubos_) imports.push_back(kubo.import(blocks));
    blocks = {};
    auto ended = co_await all(std::move(imports));
    auto took = std::ranges::find_if(ended, [](const Status& s) { return s.has_value(); });
    if (took == ended.end() && !ended.empty()) co_return ended.front();
    for (const Cid& cid : cids) sent_.note(cid);
    co_return Status{};
  }

  Task<Result<blocks::BlockData>> fetch(Cid cid) override {
    Error last = fail(Errc::not_found, "the cluster's kubos do not have block " + cid.str());
    for (KuboDoor& kubo : kubos_) {
      auto got = co_await kubo.fetch(cid);
      if (got) co_return got;
      if (got.error().code != Errc::not_found) last = got.error();
    }
    co_return last;
  }

 private:
  struct Base {
    std::optional<Cid> root;
    bool whole = false;  ///< there is nothing to do: the new root itself is pinned
  };
  /// From which root the cluster can be brought to `root`: one that at least one peer has, from which the others fetch
  /// what they lack.
  Task<Result<Base>> baseOf(Cid root, Origin origin) {
    if (origin.base) {
      origin.earlier.insert(origin.earlier.begin(), *origin.base);
    } else {
      auto peers = co_await pinned_.pinnedBy(root);
      if (!peers) co_return peers.error();
      if (*peers == options_.peers) co_return Base{std::nullopt, true};
    }
    for (const Cid& before : origin.earlier) {
      if (before == root) continue;
      auto peers = co_await pinned_.pinnedBy(before);
      if (!peers) co_return peers.error();
      if (*peers > 0) co_return Base{before, false};
    }
    co_return Base{};
  }

  Task<Status> sendAndPin(blocks::Source& from, std::optional<Cid> base, Cid root) {
    Difference difference(from, base, root, [this](const Cid& cid) { return sent_.contains(cid); });
    while (!kubos_.empty()) {
      auto batch = co_await difference.next(kBatchBytes);
      if (!batch) co_return fail(Errc::unavailable, batch.error().message);
      if (batch->empty()) break;
      if (auto s = co_await store(std::move(*batch)); !s) co_return fail(Errc::unavailable, s.error().message);
    }
    co_return co_await rest_.pin(root, base, kPinName, options_.replication);
  }

  /// Pins tell nobody whose bucket it is.
  static constexpr const char* kPinName = "cairn";
  ClusterOptions options_;
  blocks::Source& source_;
  ClusterRest rest_;
  PinnedRoots pinned_;
  Recent sent_{1U << 18};  ///< blocks that a kubo took
  std::deque<KuboDoor> kubos_;
};

}  // namespace

std::shared_ptr<Holder> makeClusterHolder(ClusterOptions options, http::Client& client, blocks::Source& source,
                                          Clock& clock) {
  return std::make_shared<ClusterHolder>(std::move(options), client, source, clock);
}

}  // namespace cairn::pinning
