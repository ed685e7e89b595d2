#include "daemon/pins/worker.h"

#include "daemon/pins/gateway_origins.h"
#include "daemon/rt/log.h"
#include "daemon/rt/metrics.h"

namespace cairn::pins {
namespace {

using registry::PinReport;
using registry::PinRow;
using registry::PinState;

constexpr std::size_t kMostDetails = 500;

/// Trying again will not help.
bool isFinal(Errc code) {
  return code == Errc::too_large || code == Errc::unsupported || code == Errc::corrupt || code == Errc::denied ||
         code == Errc::invalid;
}

/// What the fleet holds, else what the network gives.
class NetworkSource final : public blocks::Source {
 public:
  NetworkSource(blocks::Source& held, KuboPeer& kubo) : held_(held), kubo_(kubo) {}
  Task<Result<blocks::BlockData>> get(Cid cid) override {
    auto here = co_await held_.get(cid);
    if (here) co_return here;
    co_return co_await kubo_.fetch(cid);
  }

 private:
  blocks::Source& held_;
  KuboPeer& kubo_;
};

/// For the pin's owner, without what it says of this fleet's nodes; the log has it all.
std::string unavailable(const PinRow& row, const char* what, const Error& error) {
  log::warning("pins", what, {{"pin", row.id}, {"error", error.message}});
  return std::string(what) + "; it is tried again";
}

BucketId bucketOf(const PinRow& row) {
  return {row.owner, BucketName("pin " + row.id)};
}

void countEnded(PinState state) {
  static auto& pinned =
      metrics::counter("cairn_pins_ended_total", "Pins that came to an end on this master", {{"state", "pinned"}});
  static auto& failed =
      metrics::counter("cairn_pins_ended_total", "Pins that came to an end on this master", {{"state", "failed"}});
  if (state == PinState::pinned) pinned.Increment();
  if (state == PinState::failed) failed.Increment();
}

}  // namespace

struct Worker::Run {
  PinRow row;
  Duration since{};
  Progress progress;
  std::atomic<bool> ended{false};
};

Worker::Worker(net::io_context& io, WorkerOptions options, WorkerParts parts)
    : io_(io), options_(std::move(options)), parts_(std::move(parts)) {}

Task<void> Worker::look() {
  std::size_t room = 0;
  {
    std::lock_guard lock(mutex_);
    if (looking_ || stopping_ || runs_.size() >= options_.atOnce) co_return;
    looking_ = true;
    room = options_.atOnce - runs_.size();
  }
  auto claimed = co_await parts_.pins.claim(options_.master, options_.lease, room);
  std::lock_guard lock(mutex_);
  looking_ = false;
  if (!claimed) {
    log::warning("pins", "pins could not be claimed", {{"error", claimed.error().message}});
    co_return;
  }
  for (PinRow& row : *claimed) {
    auto run = std::make_shared<Run>();
    run->row = std::move(row);
    run->since = parts_.clock.steady();
    run->progress.stop = stopping_;
    runs_.push_back(run);
    const auto strand = net::make_strand(io_);
    spawn(strand, work(run));
    spawn(strand, renew(run));
  }
}

Task<void> Worker::stop() {
  std::vector<std::shared_ptr<Run>> runs;
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
    runs = runs_;
  }
  for (const auto& run : runs) run->progress.stop = true;
  for (const auto& run : runs)
    static_cast<void>(co_await parts_.pins.report(run->row.id, run->row.term, PinReport{PinState::queued}));
}

Task<void> Worker::count() {
  const auto counts = co_await parts_.pins.counts();
  if (!counts) co_return;
  for (PinState state : {PinState::queued, PinState::pinning, PinState::pinned, PinState::failed}) {
    const auto found = counts->find(state);
    metrics::gauge("cairn_pins", "Pins of the fleet's users, by status", {{"status", std::string(toString(state))}})
        .Set(found == counts->end() ? 0 : static_cast<double>(found->second));
  }
}

Task<void> Worker::work(std::shared_ptr<Run> run) {
  // Also when something throws: the place is free again.
  std::shared_ptr<void> done(nullptr, [this, run](void*) { forget(run); });
  const Ended ended = co_await attempt(run);
  run->ended = true;
  co_await report(run, ended);
  done.reset();
  co_await look();
}

void Worker::forget(const std::shared_ptr<Run>& run) {
  run->ended = true;
  std::lock_guard lock(mutex_);
  std::erase(runs_, run);
}

/// Prolongs the claim until the run has ended, and ends the run when the claim is no more.
Task<void> Worker::renew(std::shared_ptr<Run> run) {
  for (;;) {
    co_await parts_.clock.sleep(options_.lease / 3);
    if (run->ended || run->progress.stop) co_return;
    const std::string far = run->progress.blocks == 0 ? std::string()
                                                      : std::to_string(run->progress.blocks) + " blocks, " +
                                                            std::to_string(run->progress.bytes) + " bytes so far";
    const auto told =
        co_await parts_.pins.report(run->row.id, run->row.term, {PinState::pinning, far, false, options_.lease});
    if (!told && told.error().code == Errc::not_found) run->progress.stop = true;
  }
}

Task<Worker::Ended> Worker::attempt(std::shared_ptr<Run> run) {
  const PinRow& row = run->row;
  const auto own = co_await parts_.own.has(row.owner, row.root);
  if (!own)
    co_return Ended{PinState::queued, unavailable(row, "what its owner has here cannot be told now", own.error())};
  const bool mayUseHeld = *own || options_.openHeld;
  if (mayUseHeld) {
    const auto complete = co_await parts_.quorum.catchUp(bucketOf(row), row.root);
    if (complete) co_return co_await held(run, *own);
    if (isFinal(complete.error().code)) co_return Ended{PinState::failed, complete.error().message};
    if (complete.error().code != Errc::not_found)
      co_return Ended{PinState::queued, unavailable(row, "what is here cannot be read now", complete.error())};
  }
  if (!options_.fetch && !mayUseHeld)
    co_return Ended{PinState::failed,
                    "this fleet fetches nothing from origins, and the content is not that of an object of yours"};
  if (!options_.fetch) co_return Ended{PinState::failed, "it is not here, and this fleet fetches nothing from origins"};
  bool proved = *own;
  const auto brought = co_await fetch(run, proved);
  if (brought) co_return co_await held(run, proved);
  co_return Ended{isFinal(brought.error().code) ? PinState::failed : PinState::queued, brought.error().message};
}

Task<Status> Worker::fetch(std::shared_ptr<Run> run, bool& proved) {
  std::vector<GatewayAddress> gateways;
  std::vector<PeerAddress> peers;
  for (const std::string& text : run->row.origins) {
    const auto address = parseMultiaddr(text);
    if (!address) continue;
    if (auto gateway = gatewayOf(*address)) gateways.push_back(std::move(*gateway));
    if (auto peer = peerOf(*address)) peers.push_back(std::move(*peer));
  }
  Status brought = fail(Errc::invalid,
                        "no origin is a trustless gateway (/dns/HOST/tcp/PORT/https), and this fleet's nodes have no "
                        "other way to get it");
  if (!gateways.empty()) {
    GatewayOrigins from(std::move(gateways), parts_.origins, parts_.clock);
    brought = co_await bring(from, parts_.store, run->row.root, options_.bounds, run->progress);
    parts_.origins.closeIdle();  // each pin may name others, and nobody comes back to close them
    if (brought) proved = true;
    if (brought || brought.error().code == Errc::cancelled || brought.error().code == Errc::too_large)
      co_return brought;
  }
  if (parts_.kubo == nullptr) co_return brought;
  for (PeerAddress& peer : peers) co_await parts_.kubo->connect(std::move(peer));
  NetworkSource from(parts_.held, *parts_.kubo);
  co_return co_await bring(from, parts_.store, run->row.root, options_.bounds, run->progress);
}

/// All of it is here: now the quorum.
Task<Worker::Ended> Worker::held(std::shared_ptr<Run> run, bool proved) {
  auto holders = co_await parts_.quorum.hold(bucketOf(run->row), run->row.root, {}, {}, {});
  if (!holders)
    co_return Ended{PinState::queued, unavailable(run->row, "not enough holders have it yet", holders.error())};
  parts_.quorum.flipped(bucketOf(run->row), run->row.root);  // for a cluster that follows
  co_return Ended{PinState::pinned, {}, proved};
}

Task<void> Worker::report(std::shared_ptr<Run> run, Ended ended) {
  if (run->progress.stop) co_return;  // it is handed back, or somebody else's by now
  if (ended.why.size() > kMostDetails) ended.why.resize(kMostDetails);
  const auto age = std::chrono::milliseconds(run->row.age) +
                   std::chrono::duration_cast<std::chrono::milliseconds>(parts_.clock.steady() - run->since);
  if (ended.state == PinState::queued && age >= options_.deadline) {
    ended.state = PinState::failed;
    ended.why = "it was not done in time: " + ended.why;
  }
  const PinReport told{ended.state, ended.why, ended.proved, pause(run->row.attempts)};
  for (int tries = 0; tries < 5; ++tries) {
    const auto s = co_await parts_.pins.report(run->row.id, run->row.term, told);
    if (s || s.error().code == Errc::not_found) break;
    co_await parts_.clock.sleep(std::chrono::seconds(1));
  }
  countEnded(ended.state);
  if (ended.state == PinState::pinned) parts_.pinned(run->row);
  log::info("pins", "a pin was worked on",
            {{"pin", run->row.id},
             {"owner", run->row.owner.get()},
             {"state", std::string(toString(ended.state))},
             {"why", ended.why}});
}

std::chrono::milliseconds Worker::pause(std::uint64_t attempts) {
  const Duration grown = options_.leastPause * (std::int64_t{1} << std::min<std::uint64_t>(attempts, 20));
  const Duration most = std::min(options_.mostPause, grown);
  const Duration jittered = most / 2 + Duration(parts_.random.below(static_cast<std::uint64_t>(most.count() / 2) + 1));
  return std::chrono::duration_cast<std::chrono::milliseconds>(jittered);
}

}  // namespace cairn::pins
