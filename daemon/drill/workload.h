// The writes of a drill: many workers, spread over the masters, put small objects into one bucket, and a ledger says
// which master acknowledged which write.
//
// Contract: used from one thread. run() returns when every write has ended, after stop(), or when no master has
// answered for a while; it never ends while a request is in flight. Nine writes of ten have a key of their own; the
// others are four to a key, each with If-None-Match: *, so that at most one of the four may be acknowledged. A write is
// retried until it is acknowledged or refused, at most `maxTries` times: after 503 at the same master, with jittered
// backoff; after no answer or 500 at another one, and then the outcome of that try is taken as unknown. Retries send
// the same bytes. With `failover`, from the middle on the first master is presumed dead: its workers write through the
// others, but for a few zombies that go on through it. error() is set when a master gave an answer that no drill can go
// on with.
#pragma once

#include <atomic>
#include <functional>

#include "daemon/drill/report/report.h"
#include "daemon/drill/s3_client.h"

namespace cairn::drill {

struct WorkPlan {
  std::string bucket;
  std::string prefix;  ///< of every key; letters, digits, '-' and '/'
  std::uint64_t writes = 10'000;
  std::size_t workers = 32;
  bool failover = false;
  std::uint32_t maxTries = 64;
  Duration patience = std::chrono::seconds(60);  ///< without an answer from any master
};

class Workload {
 public:
  Workload(WorkPlan plan, std::vector<S3Client*> masters, Clock& clock, Random& random);

  Task<void> run();
  void stop() { stopped_ = true; }

  const WorkPlan& plan() const { return plan_; }
  std::uint64_t begun() const { return next_; }
  std::uint64_t gaveUp() const { return gaveUp_; }
  std::uint64_t zombieWrites() const { return zombieWrites_; }
  std::size_t zombies() const { return zombies_; }
  const std::vector<Tally>& tallies() const { return tallies_; }
  const std::map<std::uint32_t, std::uint64_t>& attempts() const { return attempts_; }
  const std::optional<Error>& error() const { return error_; }
  bool silent() const { return silent_; }  ///< ended because nobody answered

  std::string key(std::uint64_t write) const;
  std::string body(std::uint64_t write) const;
  std::string etag(std::uint64_t write) const;  ///< hex MD5 of body()
  /// Which master acknowledged it.
  std::optional<std::size_t> acknowledgedBy(std::uint64_t write) const;

 private:
  Task<void> worker(std::size_t worker);
  Task<void> write(std::uint64_t write, std::size_t worker);
  /// Whether that was the write's last try.
  bool settle(std::uint64_t write, std::size_t worker, std::size_t at, const Reply& reply);
  bool presumedDead(std::size_t worker, std::size_t master) const;
  bool zombie(std::size_t worker) const;
  std::size_t choose(std::size_t worker, std::size_t from) const;
  Duration backoff(std::uint32_t tries);
  bool givesUp();

  WorkPlan plan_;
  std::vector<S3Client*> masters_;
  Clock& clock_;
  Random& random_;
  std::size_t zombies_ = 0;
  std::vector<Tally> tallies_;
  std::vector<Duration> avoidUntil_;  ///< a master that did not answer is left alone for a moment
  std::vector<std::uint8_t> acknowledgedBy_;
  std::map<std::uint32_t, std::uint64_t> attempts_;
  std::uint64_t next_ = 0, gaveUp_ = 0, zombieWrites_ = 0;
  Duration answeredAt_{};
  std::optional<Error> error_;
  bool stopped_ = false, silent_ = false;
};

}  // namespace cairn::drill
