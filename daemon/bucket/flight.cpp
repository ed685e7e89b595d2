// How groups fly: one flips while the next is being pinned and the one after that evaluated.
//
// A group that flies behind another was evaluated on a root that is not current yet. It flips only once the other has
// won, on the row that the other left; if the other did not win, nothing of it has been seen by anybody, and it is
// evaluated anew. So the chain of roots is what it would be if the groups had gone one by one.
#include "daemon/bucket/engine.h"
#include "daemon/bucket/metrics.h"
#include "daemon/pinning/plant.h"
#include "daemon/rt/log.h"

namespace cairn::bucket {

using registry::FlipStatus;

namespace {

/// What a flip that won left behind, but for its receipt.
registry::RootRow rowOf(const registry::FlipRequest& flip) {
  return {flip.nextRoot, Version(flip.expectedVersion.get() + 1), flip.claimedAt, {}, {}, {}};
}

}  // namespace

Task<void> Engine::fly(FlightPtr flight, Group& again) {
  FlightPtr before;  // its flip is under way
  OneShot<Verdict> verdict;
  for (;;) {
    if (planted(Plant::ack_before_flip)) answerAll(flight->group, std::nullopt);
    OneShot<Status> held;
    spawn(strand_, hold(flight, held));
    // A small group is better left to grow until this one is held.
    FlightPtr next = co_await ahead(*flight, 2 * flight->group.size());
    Status pinned = co_await held.wait();
    if (before && !co_await conclude(*before, co_await verdict.wait(), flight->base, again)) {
      ground(*flight, again);
      if (next) ground(*next, again);
      co_return;
    }
    if (!pinned) {
      Metrics::get().quorumFailures.Increment();
      answerAll(flight->group, failureOf(pinned.error()));
      if (next) ground(*next, again);
      co_return;
    }
    verdict = {};
    flipping_ = true;
    spawn(strand_, flip(flight, verdict));
    if (!next) {
      co_await gather();
      next = co_await ahead(*flight, 1);
    }
    if (!next) {
      registry::RootRow row;
      (void)co_await conclude(*flight, co_await verdict.wait(), row, again);
      co_return;
    }
    before = std::move(flight);
    flight = std::move(next);
  }
}

/// Waits until about as many are there as were answered last, for those soon come back, but not past the end of the
/// flip under way.
Task<void> Engine::gather() {
  OneShot<bool> enough;
  {
    std::lock_guard lock(mutex_);
    wanted_ = answered_ - answered_ / 8;
    if (!calm_ || !flipping_ || queue_.size() >= wanted_) co_return;
    enough_ = enough;
  }
  (void)co_await enough.wait();
}

/// The group that waits, evaluated on what `flight` flips to; null when it had better wait.
Task<Engine::FlightPtr> Engine::ahead(Flight& flight, std::size_t least) {
  FlightPtr none;
  if (!calm_ || !flight.next.root) co_return none;
  auto ptr = std::make_shared<Flight>();
  Flight& next = *ptr;
  if (waiting() >= least) absorb(next.group);
  if (next.group.empty()) co_return none;
  next.begun = context_.clock.steady();
  next.term = flight.term;
  next.base.root = flight.next.root;
  next.base.version = Version(flight.base.version.get() + 1);
  // Beside the strand, which has a flip's answer to pass on.
  OneShot<Evaluated> evaluated;
  auto work = [](Engine& self, Flight& f, std::optional<RootBlock> block, OneShot<Evaluated> out) -> Task<void> {
    out.set(co_await self.evaluate(f.group, f.base, std::move(block)));
  };
  spawn(strand_.get_inner_executor(), work(*this, next, flight.next.block, evaluated));
  auto built = co_await evaluated.wait();
  if (built && !*built && planted(Plant::answer_from_stale_base)) {
    for (auto& p : next.group) p->done.set(p->refusal);
    co_return none;
  }
  // An error will come up again when the group is evaluated by itself. Where nothing is to be flipped, nothing would
  // prove that this base was current after the group had come: it may have been flipped to, and past, before.
  if (!built || !*built) {
    giveBack(std::move(next.group));
    co_return none;
  }
  for (auto& p : next.group) ++p->attempts;
  next.next = std::move(**built);
  next.evaluated = context_.clock.steady();
  Metrics::get().ahead.Increment();
  co_return ptr;
}

Task<void> Engine::hold(FlightPtr ptr, OneShot<Status> done) {
  Flight& flight = *ptr;
  flight.holders = {context_.writer.master};
  Status status;
  std::vector<Cid> content;
  auto& blocks = flight.next.blocks;
  for (const auto& p : flight.group) {
    if (p->refusal) continue;
    content.insert(content.end(), p->mutation.content.begin(), p->mutation.content.end());
    blocks.insert(blocks.end(), p->mutation.blocks.begin(), p->mutation.blocks.end());
  }
  if (flight.next.root && !planted(Plant::flip_before_pins)) {
    auto held =
        co_await context_.quorum.hold(bucket_, *flight.next.root, {flight.base.root, std::move(flight.next.added)},
                                      std::move(blocks), std::move(content));
    if (held)
      flight.holders = std::move(*held);
    else
      status = held.error();
  }
  flight.held = context_.clock.steady();
  done.set(status);
}

/// Whoever flies behind may still be busy: who has won is told so at once.
Task<void> Engine::flip(FlightPtr flight, OneShot<Verdict> done) {
  registry::FlipRequest request = makeFlip(*flight);
  auto verdict = co_await settled(request, co_await context_.registry.flip(request));
  if (verdict.result.status == FlipStatus::won) won(*flight, verdict.result.current);
  done.set(std::move(verdict));
  std::lock_guard lock(mutex_);
  flipping_ = false;
  if (enough_) std::exchange(enough_, std::nullopt)->set(true);
}

/// `result` with its doubts removed, as far as they can be.
Task<Engine::Verdict> Engine::settled(const registry::FlipRequest& flip, registry::FlipResult result) {
  const bool doubtful = result.status == FlipStatus::lost || result.status == FlipStatus::unknown;
  if (result.status == FlipStatus::lost && !planted(Plant::rebase_onto_self)) {
    // A flip that the line to the registry repeated finds its own row and answers so. Nobody rebases onto himself.
    result.status = co_await settle(flip);
    if (result.status == FlipStatus::won) result.current = rowOf(flip);
  } else if (result.status == FlipStatus::unknown) {
    Metrics::get().unknown.Increment();
    log::warning(
        "bucket", "outcome of a flip is unknown; looking it up",
        {{"bucket", bucket_.name.get()}, {"version", flip.expectedVersion.get() + 1}, {"reason", result.reason}});
    result.status = planted(Plant::unknown_means_lost)  ? FlipStatus::lost
                    : planted(Plant::unknown_means_won) ? FlipStatus::won
                                                        : co_await settle(flip);
    result.current = rowOf(flip);
    if (result.status == FlipStatus::lost)
      if (auto now = co_await context_.roots.current(bucket_)) result.current = *now;
  }
  co_return Verdict{std::move(result), doubtful};
}

Task<bool> Engine::conclude(Flight& flight, Verdict verdict, registry::RootRow& row, Group& again) {
  registry::FlipResult& result = verdict.result;
  if (flight.next.root && planted(Plant::flip_before_pins))
    (void)co_await context_.quorum.hold(bucket_, *flight.next.root, {flight.base.root, {}}, flight.next.blocks, {});
  switch (result.status) {
    case FlipStatus::won:
      if (!lost_.empty()) co_await recordRaces("rebased", result.current.version);
      attempt_ = 1;
      // Without the registry's own answer there is no receipt to go on from: who flies behind must read the row.
      if (verdict.doubtful) co_return false;
      row = std::move(result.current);
      co_return true;
    case FlipStatus::lost:
      co_await lost(flight, std::move(result.current), again);
      co_return false;
    case FlipStatus::unknown:
      refuse(flight.group, Fault::unknown,
             "the registry's answer to the flip was lost and cannot be recovered: " + result.reason);
      co_return false;
    default:
      refuse(flight.group, Fault::unavailable, result.reason);
      co_return false;
  }
}

void Engine::won(Flight& flight, const registry::RootRow& row) {
  Metrics::get().flips.Increment();
  Metrics::get().observe(flight.begun, flight.evaluated, flight.held, context_.clock.steady(), flight.group.size());
  context_.roots.learnt(bucket_, row);
  if (row.root) context_.quorum.flipped(bucket_, *row.root);
  lastWon_ = row.version;
  answered_ = flight.group.size();
  calm_ = calm_ && (row.turn.get().empty() || row.turn == context_.writer.master);
  hasTurn_ = false;  // winning handed it over
  for (auto& p : flight.group) p->done.set(p->refusal);
  flight.group.clear();
}

/// What it carries has to be tried again.
void Engine::ground(Flight& flight, Group& again) {
  Metrics::get().grounded.Increment();
  again.insert(again.end(), std::make_move_iterator(flight.group.begin()), std::make_move_iterator(flight.group.end()));
  flight.group.clear();
}

}  // namespace cairn::bucket
