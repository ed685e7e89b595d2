// What carries the journal's blocks into kubo, and lets the journal go once kubo has them on its disk.
//
// Contract: run(), watch() and pinRoots() are spawned once each, on one thread, and end soon after stop() was called
// there; all else is thread-safe. A segment of the journal is released only after, in this order: all its blocks were
// imported, kubo was made to sync, and kubo was found to be the same process as before the first of those imports.
// Whatever fails is tried again for ever; nothing is skipped but blocks that do not hash to their CID, which are
// reported as lost.
#pragma once

#include <deque>
#include <map>
#include <mutex>

#include "daemon/blocks/embedded/journal.h"
#include "daemon/blocks/kubo/kubo.h"
#include "daemon/blocks/kubo/node.h"
#include "daemon/blocks/kubo/pins.h"
#include "daemon/rt/metrics.h"

namespace cairn::blocks::kubo {

class Carrier {
 public:
  /// `files` has the journal's directory.
  Carrier(embedded::Journal& journal, Node& node, embedded::FileSystem& files, KuboOptions options);

  /// Looks whether kubo may be used at all: Errc::unavailable while it does not answer, Errc::precondition if not.
  Task<Status> meet();
  /// What came of meeting it, or of a round of carrying.
  void ended(const Status& round);
  Task<void> run();
  Task<void> watch();
  Task<void> pinRoots();
  void stop();

  /// Returns when the journal has room for so many bytes more.
  Task<Status> admit(std::uint64_t bytes);
  /// Whether to ask kubo at all: why not while it has just failed to answer.
  Status answers();
  /// What came of asking it for a block.
  void heard(const Status& status);
  KuboStatus status();
  void pinLater(std::string name, Cid root) { pins_.want(std::move(name), root, std::chrono::steady_clock::now()); }

 private:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::milliseconds kTick{50}, kRetry{500};

  struct Waiter {
    OneShot<Status> done;
    std::uint64_t bytes = 0;
    Time until;
  };

  Status judge(const About& about);
  Status samePeer(const std::string& peer);
  void findMoving();
  void setProblem(std::unique_lock<std::mutex>& lock);
  Task<Status> round();
  Task<Status> lookAgain();
  bool closeDue();
  Task<Status> carry(std::uint32_t segment);
  Task<Status> import(std::vector<Block> blocks);
  Task<void> importInto(std::vector<Block> blocks, OneShot<Status> done);
  bool releaseDue();
  Task<Status> release();
  void forget();
  std::vector<WantedPin> pinsDue();
  bool isCarried(std::uint32_t upTo);
  Task<void> pin(std::vector<WantedPin> due);
  Task<void> pause(net::steady_timer& timer, std::chrono::milliseconds time);
  void measure();
  void serveWaiters();
  bool hasRoom(std::uint64_t bytes) const;
  Error full() const;

  embedded::Journal& journal_;
  Node& node_;
  embedded::FileSystem& files_;
  const KuboOptions options_;
  Pins pins_;

  // The thread's own.
  std::optional<About> known_;
  std::string warnedOf_;
  std::uint32_t carried_ = 0;  ///< segments up to this one were imported into the kubo that is `known_`
  std::uint64_t carriedBytes_ = 0;
  Time carriedSince_, pinnedAt_;
  std::map<std::uint32_t, Time> since_;  ///< when segments were first seen to have something that is to be carried
  bool stopping_ = false;
  std::vector<net::steady_timer*> sleeping_;

  std::atomic<std::uint32_t> movingUpTo_{0};  ///< segments that were there before kubo was; 0: none
  std::atomic<std::uint64_t> journalBytes_{0}, movingBytes_{0};
  mutable std::mutex mutex_;  // guards what follows
  KuboStatus status_;
  std::string silence_, refusal_;  ///< why kubo does not answer; why it must or can not be given blocks
  Time askAgain_;
  std::deque<Waiter> waiters_;

  prometheus::Gauge& journalGauge_;
  prometheus::Gauge& waitingGauge_;
  prometheus::Gauge& lagGauge_;
  prometheus::Gauge& movingGauge_;
  prometheus::Gauge& upGauge_;
  prometheus::Counter& failures_;
  prometheus::Counter& carriedBlocks_;
};

}  // namespace cairn::blocks::kubo
