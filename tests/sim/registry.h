// The simulated registry: one linearizable store behind an unreliable line.
//
// Contract: RegistryState is the store; each method is one atomic step of it. flip() checks the expected root and
// version and the epoch, all at its moment of effect, and tells the observer. SimRegistry implements registry::Registry
// for one process: a call takes time before and after that moment; the request or the answer may be lost, in which case
// a flip is `unknown` and may still be carried out later; a flip may be repeated by the line after a lost answer (as a
// driver does that reconnects), so that the repeat finds the first one's row; a flip may wait for a row lock before its
// moment. With `fenceSlips` planted the epoch is checked before that wait instead of after it.
#pragma once

#include <map>

#include "daemon/registry/registry.h"
#include "tests/sim/network.h"
#include "tests/support/no_identity.h"

namespace cairn::sim {

/// What checkers hear, at the moments of effect.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void flipped(const registry::FlipRequest& request, const registry::HistoryRow& row) = 0;
  /// From now on only this epoch of the master may flip; none while `fenced`.
  virtual void epochStarted(const MasterId& master, Epoch epoch, bool fenced) = 0;
};

struct RegistryFaults {
  double requestLost = 0, answerLost = 0;
  double late = 0;      ///< a lost request is carried out all the same, long after
  double repeated = 0;  ///< of flips whose answer was lost
  double waits = 0.1;   ///< flips that wait for a row lock
};

class RegistryState {
 public:
  RegistryState(World& world, Observer& observer) : world_(world), observer_(observer) {}
  RegistryFaults faults;
  bool fenceSlips = false;

  struct Pointer {
    registry::RootRow row;
    Micros turnUntil = 0, turnTakes = 0, nextUntil = 0;
    MasterId next;  ///< who asked for the turn after
    std::map<std::uint64_t, registry::HistoryRow> history;
  };

  Timestamp clock() const { return Timestamp(1'700'000'000'000 + world_.now() / 1000); }
  registry::RootRow read(const BucketId& bucket) const;
  bool live(const MasterId& master, Epoch epoch) const;
  registry::FlipResult flip(const registry::FlipRequest& request, bool epochChecked);
  MasterId takeTurn(const BucketId& bucket, const MasterId& master, std::uint32_t milliseconds);
  registry::Master start(registry::Master master);
  Epoch fence(const MasterId& master);
  void unfence(const MasterId& master) { masters_[master].fenced = false; }
  void passTurn(Pointer& pointer, const MasterId& master);
  /// Forgets old history rows of a bucket, as thinning does.
  void thin(Micros olderThan);

  const std::map<BucketId, Pointer>& pointers() const { return pointers_; }
  std::map<MasterId, registry::Master>& masters() { return masters_; }
  std::map<BucketName, OwnerId>& aliases() { return aliases_; }
  std::vector<registry::Race>& races() { return races_; }

 private:
  World& world_;
  Observer& observer_;
  std::map<BucketId, Pointer> pointers_;
  std::map<MasterId, registry::Master> masters_;
  std::map<BucketName, OwnerId> aliases_;
  std::vector<registry::Race> races_;
};

class SimRegistry final : public registry::Registry {
 public:
  SimRegistry(Process& process, std::size_t node, RegistryState& state, Network& network)
      : process_(process), node_(node), state_(state), network_(network) {}

  registry::IdentityRegistry& identity() override { return identity_; }
  Task<Result<registry::RootRow>> read(BucketId bucket) override;
  Task<registry::FlipResult> flip(registry::FlipRequest request) override;
  Task<Result<std::vector<registry::BucketRow>>> list(OwnerId owner) override;
  Task<Result<std::vector<registry::HistoryRow>>> history(BucketId bucket, Version from, Version to,
                                                          std::size_t limit) override;
  Task<Result<MasterId>> takeTurn(BucketId bucket, MasterId master, std::uint32_t milliseconds) override;
  Task<Result<std::optional<BucketId>>> alias(BucketName name) override;
  Task<Status> claimAlias(BucketName name, OwnerId owner) override;
  Task<Status> dropAlias(BucketName name, OwnerId owner) override;
  Task<Result<registry::Master>> registerMaster(registry::Master master) override;
  Task<Status> heartbeat(MasterId master, Epoch epoch) override;
  Task<Result<std::vector<registry::Master>>> masters() override;
  Task<Result<Epoch>> fence(MasterId master) override;
  Task<Status> unfence(MasterId master) override;
  Task<Result<registry::WriterLease>> takeWriterLease(MasterId master, std::uint32_t milliseconds) override;
  Task<Result<registry::WriterLease>> writerLease() override;
  Task<Status> releaseWriterLease(MasterId master, std::uint64_t term) override;
  Task<Result<bool>> requireCas() override;
  Task<Status> setRequireCas(bool required) override;
  Task<Result<std::string>> fleetId() override;
  Task<Status> recordRace(registry::Race race) override;
  Task<Result<std::vector<registry::Race>>> races(std::optional<BucketId> bucket, std::size_t limit) override;
  Task<Status> addEvent(std::string kind, std::string json) override;
  Task<Result<std::vector<registry::Event>>> events(std::uint64_t after, std::size_t limit) override;
  Task<Result<std::uint64_t>> lastEvent() override;

 private:
  /// One exchange: `carryOut` is the moment of effect.
  template <class R>
  Task<R> ask(std::function<R()> carryOut);
  Task<registry::FlipResult> send(registry::FlipRequest request, bool& answered);
  void arrive(const registry::FlipRequest& request, std::function<void(registry::FlipResult)> then);

  Process& process_;
  std::size_t node_;
  RegistryState& state_;
  Network& network_;
  test::NoIdentity identity_;
};

}  // namespace cairn::sim
