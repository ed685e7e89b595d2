// A running cairnd of the simulated fleet, from its start to its crash.
//
// Contract: everything that the daemon's code asks of the outside world goes through a Call, which ends exactly once:
// with the world's answer or, when the process dies, with a failure. Dying severs the process at that very moment:
// nothing it does afterwards has any effect on disks, registry, network or histories. Its coroutines are then run to
// their ends in no time against failures alone, which destroys their frames (they wait for each other in cycles, so
// nobody else could).
#pragma once

#include <map>

#include "tests/sim/world.h"

namespace cairn::sim {

class Process : public std::enable_shared_from_this<Process> {
 public:
  Process(World& w, std::string n) : world(w), name(std::move(n)) { world.add(executor); }
  virtual ~Process() = default;

  World& world;
  const std::string name;
  Executor executor;
  Micros skew = 0;  ///< of its wall clock

  bool dead() const { return dead_; }
  void die() {
    dead_ = true;
    world.remove(executor);
    auto ends = std::move(calls_);
    calls_.clear();
    for (auto& [id, end] : ends) end();
    while (executor.io.poll_one() > 0) {
    }
  }

  std::uint64_t begin(std::function<void()> end) {
    calls_.emplace(++last_, std::move(end));
    return last_;
  }
  void forget(std::uint64_t id) { calls_.erase(id); }
  Micros steady() const { return world.now() + afterlife_; }
  /// A dead process's waits are over at once, but its clock goes on, so that its deadlines pass.
  void skip(Micros d) { afterlife_ += d; }
  void trace(const std::string& what) const {
    if (!dead_) world.trace(name, what);
  }

 private:
  bool dead_ = false;
  std::uint64_t last_ = 0;
  Micros afterlife_ = 0;
  std::map<std::uint64_t, std::function<void()>> calls_;
};

/// One question of a process to the world. Copies are of the same call.
template <class T>
class Call {
 public:
  Call(Process& process, T whenDead) : process_(process.weak_from_this()) {
    if (process.dead())
      done_.set(std::move(whenDead));
    else
      id_ = process.begin([done = done_, whenDead] { done.set(whenDead); });
  }
  void answer(T value) const {
    if (auto p = process_.lock()) p->forget(id_);
    done_.set(std::move(value));
  }
  Task<T> wait() const { return done_.wait(); }

 private:
  std::weak_ptr<Process> process_;
  OneShot<T> done_;
  std::uint64_t id_ = 0;
};

class SimClock final : public Clock {
 public:
  explicit SimClock(Process& process) : process_(process) {}
  Timestamp now() override { return Timestamp(1'700'000'000'000 + (process_.world.now() + process_.skew) / 1000); }
  Duration steady() override { return Duration(process_.steady()); }
  Task<void> sleep(Duration duration) override {
    if (process_.dead()) {
      process_.skip(duration.count());
      co_return;
    }
    Call<bool> call(process_, false);
    process_.world.after(duration.count(), [call] { call.answer(true); });
    co_await call.wait();
  }

 private:
  Process& process_;
};

class SimRandom final : public Random {
 public:
  explicit SimRandom(World& world) : world_(world) {}
  void fill(std::span<std::uint8_t> out) override {
    for (auto& byte : out) byte = static_cast<std::uint8_t>(world_.rng.next());
  }

 private:
  World& world_;
};

}  // namespace cairn::sim
