// What the engine does when a flip did not simply win: lost races, turns, and outcomes that nobody knows.
#include <algorithm>

#include "daemon/bucket/engine.h"
#include "daemon/bucket/metrics.h"
#include "daemon/pinning/plant.h"
#include "daemon/rt/log.h"

namespace cairn::bucket {

using registry::FlipStatus;

namespace {

constexpr std::size_t kKeysOfARace = 100;
constexpr Duration kLook = std::chrono::microseconds(300);
constexpr int kTurns = 8;  ///< of others that are waited for before trying without

}  // namespace

Task<Result<registry::RootRow>> Engine::base(Group& group) {
  auto row = co_await context_.roots.current(bucket_);
  if (!row) co_return row;
  const MasterId& me = context_.writer.master;
  bool taken = !row->turn.get().empty() && row->turn != me;
  bool foreign = lastWon_ > Version() && row->version != lastWon_;
  calm_ = attempt_ == 1 && row->version == lastWon_ && !taken;
  if (attempt_ == 1 && !taken && !foreign) co_return row;
  co_return co_await awaitTurn(std::move(*row), group);
}

/// Others write this bucket, too: whoever has the turn commits, the others wait until it is theirs. Who comes meanwhile
/// joins the group.
Task<Result<registry::RootRow>> Engine::awaitTurn(registry::RootRow row, Group& group) {
  const MasterId me = context_.writer.master;
  const auto milliseconds = static_cast<std::uint32_t>(context_.options.turn.count() / 1000);
  for (Duration until = context_.clock.steady() + kTurns * context_.options.turn; context_.clock.steady() < until;) {
    auto whose = co_await context_.registry.takeTurn(bucket_, me, milliseconds);
    if (!whose || *whose == me) {
      hasTurn_ = bool(whose);
      break;
    }
    row.turn = *whose;
    // Turns last about as long as the last one did: looking all the while would take the processor from who has it.
    Duration begun = context_.clock.steady(), look = std::clamp(lastWait_ * 6 / 10, kLook, context_.options.turn);
    for (Version seen = row.version; row.version == seen && row.turn == *whose && context_.clock.steady() < until;) {
      co_await context_.clock.sleep(std::exchange(look, kLook));
      absorb(group);  // before the row is read, which has to be current after they came
      auto now = co_await context_.roots.current(bucket_);
      if (!now) co_return now;
      row = std::move(*now);
    }
    lastWait_ = context_.clock.steady() - begun;
    if (row.turn == me) {  // handed over, and this is what it was handed over with
      hasTurn_ = true;
      co_return row;
    }
  }
  absorb(group);
  co_return co_await context_.roots.current(bucket_);
}

Task<void> Engine::lost(Flight& flight, registry::RootRow winner, Group& again) {
  calm_ = false;
  Metrics::get().lostRaces.Increment();
  lost_.push_back({flight.base, std::move(winner), flight.next.root});
  for (const auto& p : flight.group)
    for (const std::string& key : p->mutation.keys)
      if (lostKeys_.size() < kKeysOfARace && std::find(lostKeys_.begin(), lostKeys_.end(), key) == lostKeys_.end())
        lostKeys_.push_back(key);
  dropExhausted(flight.group);
  again.swap(flight.group);
  if (again.empty()) co_return;
  Metrics::get().rebases.Increment();
  std::uint64_t most = std::min<std::uint64_t>(200U << std::min(attempt_, 9U), 100'000);  // microseconds
  co_await context_.clock.sleep(Duration(context_.random.below(most) + 1));
}

void Engine::dropExhausted(Group& group) {
  std::erase_if(group, [&](const std::shared_ptr<Pending>& p) {
    if (p->attempts < context_.options.maxAttempts) return false;
    Metrics::get().gaveUp.Increment();
    p->done.set(Failure{Fault::slow_down,
                        "this write lost the race for the bucket " + std::to_string(p->attempts) +
                            " times; nothing was changed. Try again.",
                        {}});
    return true;
  });
}

/// The row of version expected+1 decides. While it is absent the flip may still be in flight: a no-op swap in its place
/// makes sure that it can no longer happen.
Task<FlipStatus> Engine::settle(const registry::FlipRequest& flip) {
  Duration until = context_.clock.steady() + context_.options.settleFor;
  for (std::uint32_t turn = 0;; ++turn) {
    FlipStatus status = co_await settleOnce(flip);
    if (status != FlipStatus::unavailable) co_return status;
    if (context_.clock.steady() >= until) co_return FlipStatus::unknown;
    std::uint64_t most = std::min<std::uint64_t>(1000U << std::min(turn, 10U), 1'000'000);
    co_await context_.clock.sleep(Duration(context_.random.below(most) + 500));
  }
}

Task<Result<std::optional<FlipStatus>>> Engine::decided(const registry::FlipRequest& flip) {
  Version decisive(flip.expectedVersion.get() + 1);
  auto rows = co_await context_.registry.history(bucket_, decisive, decisive, 1);
  if (!rows) co_return rows.error();
  if (rows->empty()) co_return std::optional<FlipStatus>();
  if (rows->front().commit != flip.commit) co_return std::optional(FlipStatus::lost);
  if (Status lasting = co_await context_.registry.confirm(); !lasting) co_return lasting.error();
  co_return std::optional(FlipStatus::won);
}

Task<FlipStatus> Engine::settleOnce(const registry::FlipRequest& flip) {
  auto row = co_await decided(flip);
  if (!row) co_return FlipStatus::unavailable;
  if (*row) co_return **row;
  auto current = co_await context_.roots.current(bucket_);
  if (!current) co_return FlipStatus::unavailable;
  if (current->version > flip.expectedVersion) {
    // It may have been written between the two reads; only if it is still absent was it thinned away.
    auto again = co_await decided(flip);
    if (!again) co_return FlipStatus::unavailable;
    co_return again->value_or(FlipStatus::unknown);
  }
  if (!flip.cas) co_return FlipStatus::unavailable;  // a dark flip compares nothing, so nothing can be put in its way
  registry::FlipRequest swap = flip;
  swap.nextRoot = flip.expectedRoot;
  swap.commit = newCommitId(context_.random);
  swap.operations = {};
  swap.holders.clear();  // they are complete for the root that is not flipped to
  swap.claimedAt = context_.clock.now();
  swap.receipt = context_.receipts.make(swap, current->receiptHash);
  auto result = co_await context_.registry.flip(swap);
  co_return result.status == FlipStatus::won ? FlipStatus::lost : FlipStatus::unavailable;
}

Task<void> Engine::recordRaces(std::string outcome, Version committed) {
  std::vector<Lost> races;
  races.swap(lost_);
  std::int64_t took = (context_.clock.steady() - startedAt_).count();
  for (const Lost& l : races) {
    registry::Race race;
    race.bucket = bucket_;
    race.loser = context_.writer.master;
    if (auto won = co_await context_.registry.history(bucket_, l.winner.version, l.winner.version, 1);
        won && !won->empty())
      race.winner = won->front().master;
    race.baseVersion = l.base.version;
    race.baseRoot = l.base.root;
    race.winnerVersion = l.winner.version;
    race.winnerRoot = l.winner.root;
    race.loserRoot = l.root;
    race.keys = lostKeys_;
    race.keyCount = lostKeys_.size();
    race.attempts = attempt_;
    race.outcome = outcome;
    race.committedVersion = committed;
    race.tookMicros = took;
    if (outcome != "rebased")
      race.keepUntil = Timestamp(context_.clock.now().get() + context_.options.keepLosers.count() / 1000);
    if (auto s = co_await context_.registry.recordRace(std::move(race)); !s)
      log::warning("bucket", "a lost race could not be recorded",
                   {{"bucket", bucket_.name.get()}, {"error", s.error().message}});
  }
}

}  // namespace cairn::bucket
