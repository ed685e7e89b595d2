// The commit: one engine per bucket and master turns concurrent mutations into a chain of flips (design section 4).
//
// Contract. submit() answers nullopt once the mutation is in a root that was flipped and that the quorum holds, or the
// Failure with which it changed nothing (Fault::unknown: it may have happened, once). Mutations that arrive while a
// commit is in flight form the next group; while nobody else writes the bucket, that group is evaluated and pinned on
// the root that is about to be flipped to, and flips after it or is evaluated anew (flight.cpp). A mutation's apply()
// is called in every attempt, on a fresh base; refusals are answered only from a base that was current after the
// mutation came. Lost races are replayed on the winner, with jittered backoff, at most `maxAttempts` times a mutation;
// every lost race leaves a record in the registry. Thread-safe; the engine runs on a strand of its own. Time and chance
// are injected; nothing here reads a clock or a socket.
#pragma once

#include <deque>

#include "daemon/bucket/roots.h"
#include "daemon/bucket/workspace.h"
#include "daemon/pinning/quorum.h"
#include "daemon/rt/clock.h"

namespace cairn::bucket {

/// Who flips, as the registry knows it. Thread-safe reads: made once at start-up; `leaseTerm` follows the lease.
struct Writer {
  MasterId master;
  Epoch epoch;
  bool cas = true;
  std::atomic<std::uint64_t> leaseTerm{0};
};

/// Makes the signed receipt of a flip. Thread-safe.
class Receipts {
 public:
  virtual ~Receipts() = default;
  virtual Bytes make(const registry::FlipRequest& flip, BytesView previousReceiptHash) = 0;
};

struct EngineOptions {
  std::uint32_t maxAttempts = 16;
  std::size_t maxGroup = 512;
  Duration settleFor =
      std::chrono::seconds(30);  ///< how long an unknown outcome is looked into before it is answered so
  Duration turn = std::chrono::milliseconds(50);  ///< how long a turn is good for
  Duration keepLosers = std::chrono::hours(1);
  bool claimNames = true;  ///< a bucket that is made takes its name in the fleet, which must be free for its owner
};

/// What all engines of a master share. Outlives them.
struct EngineContext {
  registry::Registry& registry;
  pinning::Quorum& quorum;
  index::NodeSource& nodes;
  Roots& roots;
  Clock& clock;
  Random& random;
  Receipts& receipts;
  Writer& writer;
  EngineOptions options;
};

struct Mutation {
  /// Evaluates against the workspace and stages changes, or refuses and stages nothing.
  std::function<Task<std::optional<Failure>>(Workspace&)> apply;
  std::vector<blocks::Block> blocks;  ///< not stored yet: the commit stores and sends them
  std::vector<Cid> content;           ///< blocks in the local store to send along with the commit
  std::vector<std::string> keys;      ///< touched, for conflict records
  registry::OpCounts operations;
};

class Engine : public std::enable_shared_from_this<Engine> {
 public:
  Engine(EngineContext& context, BucketId bucket, net::any_io_executor executor);
  Task<std::optional<Failure>> submit(Mutation mutation);

 private:
  struct Pending {
    Mutation mutation;
    OneShot<std::optional<Failure>> done;
    std::optional<Failure> refusal;  ///< of the present attempt
    std::uint32_t attempts = 0;
  };
  using Group = std::vector<std::shared_ptr<Pending>>;
  struct Lost {
    registry::RootRow base, winner;
    std::optional<Cid> root;
  };
  /// A group on its way to its flip.
  struct Flight {
    Group group;
    registry::RootRow base;  ///< of one that flies behind another: root and version only, until the other has won
    Workspace::Built next;
    std::uint64_t term = 0;  ///< of the writer lease, from before `base` was known to be current
    std::vector<MasterId> holders;
    Duration begun{}, evaluated{}, held{};
  };
  struct Verdict {
    registry::FlipResult result;
    bool doubtful;  ///< it was looked up: `result.current` has root and version only
  };
  using FlightPtr = std::shared_ptr<Flight>;

  Task<void> run();
  void absorb(Group& group);
  std::size_t waiting();
  Task<void> commit(Group group);
  /// What has to be tried again is left in `group`.
  Task<void> attempt(Group& group);
  using Evaluated = Result<std::optional<Workspace::Built>>;
  /// Touches the group and nothing else of the engine.
  Task<Evaluated> evaluate(Group& group, const registry::RootRow& row, std::optional<RootBlock> block);
  Task<void> fly(FlightPtr flight, Group& again);
  Task<FlightPtr> ahead(Flight& flight, std::size_t least);
  Task<void> gather();
  Task<void> hold(FlightPtr flight, OneShot<Status> done);
  Task<void> flip(FlightPtr flight, OneShot<Verdict> done);
  Task<Verdict> settled(const registry::FlipRequest& flip, registry::FlipResult result);
  /// Answers, or leaves in `again`, the flight's mutations. True: it won, and its row is in `row`.
  Task<bool> conclude(Flight& flight, Verdict verdict, registry::RootRow& row, Group& again);
  static void ground(Flight& flight, Group& again);
  void giveBack(Group group);
  /// The row to build on, current.
  Task<Result<registry::RootRow>> base(Group& group);
  Task<Result<registry::RootRow>> awaitTurn(registry::RootRow row, Group& group);
  registry::FlipRequest makeFlip(const Flight& flight);
  Task<void> lost(Flight& flight, registry::RootRow winner, Group& again);
  /// won, lost, or unknown for good.
  Task<registry::FlipStatus> settle(const registry::FlipRequest& flip);
  /// won or lost; unknown: never to be known; unavailable: ask again.
  Task<registry::FlipStatus> settleOnce(const registry::FlipRequest& flip);
  /// What the decisive row of the history says; nullopt: it is not there.
  Task<Result<std::optional<registry::FlipStatus>>> decided(const registry::FlipRequest& flip);
  void won(Flight& flight, const registry::RootRow& row);
  static void answerAll(Group& group, const std::optional<Failure>& failure);
  static void refuse(Group& group, Fault fault, const std::string& message);
  void dropExhausted(Group& group);
  Task<void> recordRaces(std::string outcome, Version committed);

  EngineContext& context_;
  BucketId bucket_;
  net::strand<net::any_io_executor> strand_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<Pending>> queue_;
  bool running_ = false;
  std::optional<OneShot<bool>> enough_;  ///< to be told when `wanted_` mutations wait
  std::size_t wanted_ = 0;

  // Of the group in work; only what runs on the strand touches these.
  std::vector<Lost> lost_;
  std::vector<std::string> lostKeys_;
  Duration startedAt_{};
  std::uint32_t attempt_ = 0;
  bool hasTurn_ = false;
  Duration lastWait_{};  ///< for a turn
  bool calm_ = false;    ///< nobody else seems to write this bucket
  bool flipping_ = false;
  Version lastWon_;
  std::size_t answered_ = 0;               ///< how many by the last flip
  std::optional<registry::RootRow> last_;  ///< only for Plant::answer_from_stale_base
};

/// A refusal in the service's words for what the registry or the quorum said.
Failure failureOf(const Error& error);

}  // namespace cairn::bucket
