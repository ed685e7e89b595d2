// The commit: one engine per bucket and master turns concurrent mutations into a chain of flips (design section 4).
//
// Contract. submit() answers nullopt once the mutation is in a root that was flipped and that the quorum holds, or the
// Failure with which it changed nothing (Fault::unknown: it may have happened, once). Mutations that arrive while a
// commit is in flight form the next group. A mutation's apply() is called in every attempt, on a fresh base; refusals
// are answered only from a base that was current after the mutation came. Lost races are replayed on the winner, with
// jittered backoff, at most `maxAttempts` times a mutation; every lost race leaves a record in the registry.
// Thread-safe; the engine runs on a strand of its own. Time and chance are injected; nothing here reads a clock or a
// socket.
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
  Duration turn = std::chrono::milliseconds(50);  ///< for how long a loser's request for the next turn stands
  Duration keepLosers = std::chrono::hours(1);
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
  std::vector<Cid> content;       ///< blocks in the local store to send along with the commit
  std::vector<std::string> keys;  ///< touched, for conflict records
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
  enum class Step { done, again };

  Task<void> run();
  void absorb(Group& group);
  Task<void> commit(Group group);
  Task<Step> attempt(Group& group);
  Task<Result<std::optional<Workspace::Built>>> evaluate(Group& group, const registry::RootRow& row);
  Task<registry::RootRow> awaitTurn(registry::RootRow row);
  Task<void> askTurn();
  registry::FlipRequest makeFlip(const Group& group, const registry::RootRow& row, std::optional<Cid> next,
                                 std::vector<MasterId> holders, std::uint64_t term);
  Task<Step> lost(Group& group, const registry::RootRow& base, const registry::FlipRequest& flip,
                  registry::RootRow winner);
  /// won, lost, or unknown for good.
  Task<registry::FlipStatus> settle(const registry::FlipRequest& flip);
  /// won or lost; unknown: never to be known; unavailable: ask again.
  Task<registry::FlipStatus> settleOnce(const registry::FlipRequest& flip);
  /// What the decisive row of the history says; nullopt: it is not there.
  Task<Result<std::optional<registry::FlipStatus>>> decided(const registry::FlipRequest& flip);
  void won(Group& group, const registry::RootRow& row);
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

  // Of the group in work; only the run() coroutine touches these.
  std::vector<Lost> lost_;
  std::vector<std::string> lostKeys_;
  Duration startedAt_{};
  std::uint32_t attempt_ = 0;
  bool asked_ = false;
  std::optional<registry::RootRow> last_;  ///< only for Plant::answer_from_stale_base
};

/// A refusal in the service's words for what the registry or the quorum said.
Failure failureOf(const Error& error);

}  // namespace cairn::bucket
