#include "daemon/pinning/cluster/pinned.h"

#include <algorithm>

#include "daemon/rt/metrics.h"

namespace cairn::pinning {
namespace {

prometheus::Histogram& pinSeconds() {
  static auto& seconds =
      metrics::latency("cairn_cluster_pin_seconds", "From asking a cluster for a pin until it has it");
  return seconds;
}

constexpr Duration kLeastPause = std::chrono::milliseconds(4);
constexpr Duration kMostPause = std::chrono::milliseconds(500);
/// Between two requests that a peer which failed try again.
constexpr Duration kRecover = std::chrono::seconds(2);

std::string describe(const std::vector<PeerPin>& peers, std::size_t needed) {
  std::size_t pinned = 0;
  std::string rest;
  for (const PeerPin& peer : peers) {
    if (peer.state == PeerPin::State::pinned) {
      ++pinned;
      continue;
    }
    rest += (rest.empty() ? "" : ", ") + peer.peer + ": " + peer.status;
    if (!peer.error.empty()) rest += " (" + peer.error + ")";
    if (rest.size() > 500) break;
  }
  return std::to_string(pinned) + " of the " + std::to_string(needed) + " peers needed have it pinned" +
         (rest.empty() ? "" : "; " + rest);
}

bool anyFailed(const std::vector<PeerPin>& peers) {
  return std::ranges::any_of(peers, [](const PeerPin& p) { return p.state == PeerPin::State::failed; });
}

}  // namespace

std::size_t PinnedRoots::count(const std::vector<PeerPin>& peers) const {
  const auto pinned = std::ranges::count_if(peers, [](const PeerPin& p) { return p.state == PeerPin::State::pinned; });
  return std::min(static_cast<std::size_t>(pinned), peers_);
}

Task<Result<std::vector<PeerPin>>> PinnedRoots::ask(Cid root) {
  co_await gate_.enter();
  auto peers = co_await rest_.status(root);
  gate_.leave();
  co_return peers;
}

Task<Result<std::size_t>> PinnedRoots::pinnedBy(Cid root) {
  if (known_.contains(root)) co_return peers_;
  auto peers = co_await ask(root);
  if (!peers) co_return peers.error();
  co_return count(*peers);
}

void PinnedRoots::learn(Duration took) {
  pinSeconds().Observe(std::chrono::duration<double>(took).count());
  std::lock_guard lock(mutex_);
  usual_ = (usual_ * 7 + took) / 8;
}

Duration PinnedRoots::firstLook() {
  std::lock_guard lock(mutex_);
  return std::clamp(usual_ * 6 / 10, kLeastPause, kMostPause);
}

Task<Status> PinnedRoots::wait(Cid root) {
  const Duration begun = clock_.steady();
  Duration recovered = begun, pause = firstLook();
  std::string last = "nothing was answered";
  for (;;) {
    co_await clock_.sleep(pause);
    auto peers = co_await ask(root);
    const Duration now = clock_.steady();
    if (peers && count(*peers) == peers_) {
      learn(now - begun);
      known_.note(root);
      co_return Status{};
    }
    last = peers ? describe(*peers, peers_) : peers.error().message;
    if (now - begun >= timeout_)
      co_return fail(Errc::timeout,
                     "not pinned within " + std::to_string(timeout_.count() / 1'000'000) + " s: " + last);
    if (peers && anyFailed(*peers) && now - recovered >= kRecover) {
      recovered = now;
      (void)co_await rest_.recover(root);
    }
    pause = std::clamp((now - begun) / 4, kLeastPause, kMostPause);
  }
}

}  // namespace cairn::pinning
