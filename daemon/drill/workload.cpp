#include "daemon/drill/workload.h"

#include <algorithm>

#include "common/digest/digest.h"

namespace cairn::drill {
namespace {

constexpr std::uint8_t kNobody = 255;
constexpr std::uint64_t kBlock = 40, kContended = 4;  // the last 4 of each 40 writes share a key
constexpr std::size_t kBodyBytes = 256;
constexpr Duration kAvoid = std::chrono::milliseconds(500);

bool contended(std::uint64_t write) {
  return write % kBlock >= kBlock - kContended;
}

std::string digits(std::uint64_t n) {
  const std::string text = std::to_string(n);
  return std::string(8 - std::min<std::size_t>(8, text.size()), '0') + text;
}

}  // namespace

Workload::Workload(WorkPlan plan, std::vector<S3Client*> masters, Clock& clock, Random& random)
    : plan_(std::move(plan)), masters_(std::move(masters)), clock_(clock), random_(random) {
  CAIRN_ASSERT(!masters_.empty() && masters_.size() < kNobody);
  tallies_.resize(masters_.size());
  for (std::size_t i = 0; i < masters_.size(); ++i) tallies_[i].master = masters_[i]->name();
  avoidUntil_.resize(masters_.size(), Duration::min());
  acknowledgedBy_.resize(plan_.writes, kNobody);
  if (plan_.failover) zombies_ = std::clamp<std::size_t>(plan_.workers / masters_.size() / 2, 1, 4);
}

std::string Workload::key(std::uint64_t write) const {
  return plan_.prefix + (contended(write) ? "contended/" + digits(write / kBlock) : "own/" + digits(write));
}

std::string Workload::body(std::uint64_t write) const {
  std::string text = plan_.prefix + " write " + digits(write) + "\n";
  text.resize(kBodyBytes, '.');
  return text;
}

std::string Workload::etag(std::uint64_t write) const {
  return toHex(digest(DigestAlgorithm::md5, asBytes(body(write))));
}

std::optional<std::size_t> Workload::acknowledgedBy(std::uint64_t write) const {
  if (acknowledgedBy_[write] == kNobody) return std::nullopt;
  return acknowledgedBy_[write];
}

Task<void> Workload::run() {
  answeredAt_ = clock_.steady();
  auto one = [](Workload* self, std::size_t w) -> Task<bool> {
    co_await self->worker(w);
    co_return true;
  };
  std::vector<Task<bool>> workers;
  for (std::size_t w = 0; w < plan_.workers; ++w) workers.push_back(one(this, w));
  (void)co_await all(std::move(workers));
}

Task<void> Workload::worker(std::size_t worker) {
  while (!stopped_ && next_ < plan_.writes) co_await write(next_++, worker);
}

Task<void> Workload::write(std::uint64_t write, std::size_t worker) {
  std::size_t at = choose(worker, worker % masters_.size());
  for (std::uint32_t tries = 1; tries <= plan_.maxTries; ++tries) {
    const Reply reply = co_await masters_[at]->put(plan_.bucket, key(write), body(write), contended(write));
    if (settle(write, worker, at, reply)) {
      ++attempts_[tries];
      co_return;
    }
    if (givesUp()) break;
    if (reply.kind == Reply::Kind::unknown) {
      avoidUntil_[at] = clock_.steady() + kAvoid;
      at = choose(worker, at + 1);
    }
    co_await clock_.sleep(backoff(tries));
  }
  ++gaveUp_;
}

bool Workload::settle(std::uint64_t write, std::size_t worker, std::size_t at, const Reply& reply) {
  Tally& tally = tallies_[at];
  if (reply.kind != Reply::Kind::unknown) answeredAt_ = clock_.steady();
  switch (reply.kind) {
    case Reply::Kind::done:
      ++tally.acknowledged;
      acknowledgedBy_[write] = static_cast<std::uint8_t>(at);
      if (at == 0 && zombie(worker) && plan_.failover && write >= plan_.writes / 2) ++zombieWrites_;
      return true;
    case Reply::Kind::again:
      ++tally.rejected;
      return false;
    case Reply::Kind::unknown:
      ++tally.unanswered;
      return false;
    case Reply::Kind::refused:
      if (contended(write)) {
        ++tally.refused;
        return true;
      }
      [[fallthrough]];
    default:
      if (!error_) error_ = fail(Errc::denied, "the drill cannot go on: to a PUT " + reply.why);
      stopped_ = true;
      return false;
  }
}

bool Workload::zombie(std::size_t worker) const {
  return worker % masters_.size() == 0 && worker / masters_.size() < zombies_;
}

bool Workload::presumedDead(std::size_t worker, std::size_t master) const {
  return plan_.failover && master == 0 && masters_.size() > 1 && next_ > plan_.writes / 2 && !zombie(worker);
}

std::size_t Workload::choose(std::size_t worker, std::size_t from) const {
  const std::size_t n = masters_.size();
  const Duration now = clock_.steady();
  // Those that move are spread over the others, as an ingress would.
  if (presumedDead(worker, from % n)) from = 1 + worker / n % (n - 1);
  for (std::size_t k = 0; k < n; ++k)
    if (!presumedDead(worker, (from + k) % n) && avoidUntil_[(from + k) % n] <= now) return (from + k) % n;
  return from % n;
}

Duration Workload::backoff(std::uint32_t tries) {
  const std::uint64_t most = std::min<std::uint64_t>(1'000'000, 10'000ULL << std::min(tries, 10U));
  return Duration(static_cast<Duration::rep>(most / 2 + random_.below(most / 2)));
}

bool Workload::givesUp() {
  if (clock_.steady() - answeredAt_ > plan_.patience) silent_ = stopped_ = true;
  return stopped_;
}

}  // namespace cairn::drill
