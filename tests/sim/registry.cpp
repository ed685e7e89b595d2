#include "tests/sim/registry.h"

namespace cairn::sim {

using registry::FlipResult;
using registry::FlipStatus;

namespace {

constexpr Micros kTimeout = 500'000;
constexpr Micros kLatest = 3'000'000;  ///< how long a request may linger after its sender gave up

}  // namespace

template <class R>
Task<R> SimRegistry::ask(std::function<R()> carryOut) {
  R unreachable = fail(Errc::unavailable, "the registry does not answer");
  Call<R> call(process_, unreachable);
  if (process_.dead()) co_return unreachable;
  World& world = process_.world;
  world.after(kTimeout, [call, unreachable] { call.answer(unreachable); });
  world.after(network_.delay(), [this, call, carryOut, life = process_.shared_from_this()] {
    Rng& rng = life->world.rng;
    if (!network_.up(node_, network_.registry()) || rng.chance(state_.faults.requestLost)) return;
    R answer = carryOut();
    if (rng.chance(state_.faults.answerLost)) return;
    life->world.after(network_.delay(), [this, call, answer, life] {
      if (network_.up(node_, network_.registry())) call.answer(answer);
    });
  });
  co_return co_await call.wait();
}

/// The server's side of a flip. It goes on whatever becomes of the sender.
void SimRegistry::arrive(const registry::FlipRequest& request, std::function<void(FlipResult)> then) {
  World& world = process_.world;
  if (!world.rng.chance(state_.faults.waits)) {
    then(state_.flip(request, false));
    return;
  }
  bool checked = false;
  if (state_.fenceSlips) {
    if (!state_.live(request.master, request.epoch))
      return then({FlipStatus::fenced, state_.read(request.bucket), "fenced"});
    checked = true;
  }
  world.after(world.rng.between(1000, 80'000),
              [&state = state_, request, checked, then = std::move(then)] { then(state.flip(request, checked)); });
}

Task<FlipResult> SimRegistry::send(registry::FlipRequest request, bool& answered) {
  FlipResult silence{FlipStatus::unknown, {}, "the registry's answer was lost"};
  Call<std::optional<FlipResult>> call(process_, std::nullopt);
  World& world = process_.world;
  Rng& rng = world.rng;
  auto life = process_.shared_from_this();
  world.after(kTimeout, [call] { call.answer(std::nullopt); });
  bool lost = rng.chance(state_.faults.requestLost), late = rng.chance(state_.faults.late);
  Micros delay = late ? rng.between(1000, kLatest) : network_.delay();
  if (late || !lost)
    world.after(delay, [this, call, request, late, life] {
      if (!late && !network_.up(node_, network_.registry())) return;  // what lingers is past the line already
      arrive(request, [this, call, life](FlipResult result) {
        if (life->world.rng.chance(state_.faults.answerLost)) return;
        life->world.after(network_.delay(), [this, call, result, life] {
          if (network_.up(node_, network_.registry())) call.answer(result);
        });
      });
    });
  auto answer = co_await call.wait();
  answered = answer.has_value();
  co_return answered ? *answer : silence;
}

Task<FlipResult> SimRegistry::flip(registry::FlipRequest request) {
  FlipResult refused{FlipStatus::unavailable, {}, "the registry cannot be reached"};
  if (process_.dead()) co_return refused;
  process_.trace("flips " + request.bucket.name.get() + " from v" + std::to_string(request.expectedVersion.get()) +
                 " commit " + request.commit.hex().substr(0, 8) + " attempt " + std::to_string(request.attempt));
  bool answered = false;
  FlipResult result = co_await send(request, answered);
  bool again = !answered && !process_.dead() && process_.world.rng.chance(state_.faults.repeated);
  if (again) {
    FlipResult repeat = co_await send(request, answered);
    // Whatever else the repeat says, it says nothing about the first one.
    if (repeat.status == FlipStatus::won || repeat.status == FlipStatus::lost) result = repeat;
  }
  process_.trace("flip " + request.commit.hex().substr(0, 8) + (again ? " (repeated)" : "") + " answers " +
                 std::to_string(static_cast<int>(result.status)));
  co_return result;
}

Task<Result<registry::RootRow>> SimRegistry::read(BucketId bucket) {
  return ask<Result<registry::RootRow>>([this, bucket] { return state_.read(bucket); });
}

Task<Result<std::vector<registry::BucketRow>>> SimRegistry::list(OwnerId owner) {
  return ask<Result<std::vector<registry::BucketRow>>>([this, owner] {
    std::vector<registry::BucketRow> out;
    for (const auto& [bucket, pointer] : state_.pointers())
      if (pointer.row.root && (owner.get().empty() || owner == bucket.owner))
        out.push_back({bucket, state_.read(bucket)});
    return out;
  });
}

Task<Result<std::vector<registry::HistoryRow>>> SimRegistry::history(BucketId bucket, Version from, Version to,
                                                                     std::size_t limit) {
  return ask<Result<std::vector<registry::HistoryRow>>>([this, bucket, from, to, limit] {
    std::vector<registry::HistoryRow> out;
    auto found = state_.pointers().find(bucket);
    if (found == state_.pointers().end()) return out;
    const auto& rows = found->second.history;
    for (auto it = rows.lower_bound(from.get()); it != rows.end() && it->first <= to.get() && out.size() < limit; ++it)
      out.push_back(it->second);
    return out;
  });
}

Task<Result<MasterId>> SimRegistry::takeTurn(BucketId bucket, MasterId master, std::uint32_t milliseconds) {
  return ask<Result<MasterId>>([this, bucket, master, milliseconds]() -> Result<MasterId> {
    return state_.takeTurn(bucket, master, milliseconds);
  });
}

Task<Status> SimRegistry::recordRace(registry::Race race) {
  return ask<Status>([this, race = std::move(race)] {
    state_.races().push_back(race);
    return Status{};
  });
}

Task<Result<std::optional<BucketId>>> SimRegistry::alias(BucketName name) {
  return ask<Result<std::optional<BucketId>>>([this, name] {
    auto found = state_.aliases().find(name);
    return found == state_.aliases().end() ? std::nullopt : std::optional(BucketId{found->second, name});
  });
}

Task<Status> SimRegistry::claimAlias(BucketName name, OwnerId owner) {
  return ask<Status>([this, name, owner]() -> Status {
    if (state_.aliases().emplace(name, owner).first->second == owner) return {};
    return fail(Errc::already_exists, "the name is another owner's");
  });
}

Task<Status> SimRegistry::dropAlias(BucketName name, OwnerId owner) {
  return ask<Status>([this, name, owner] {
    auto found = state_.aliases().find(name);
    if (found != state_.aliases().end() && found->second == owner) state_.aliases().erase(found);
    return Status{};
  });
}

Task<Result<registry::Master>> SimRegistry::registerMaster(registry::Master master) {
  return ask<Result<registry::Master>>([this, master = std::move(master)] { return state_.start(master); });
}

}  // namespace cairn::sim
