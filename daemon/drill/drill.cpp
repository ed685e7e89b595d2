#include "daemon/drill/drill.h"

#include <boost/asio/io_context.hpp>

#include "daemon/drill/counters.h"
#include "daemon/drill/verify.h"

namespace cairn::drill {
namespace {

constexpr Duration kPause = std::chrono::milliseconds(250);

http::ClientOptions clientOptions(std::size_t workers) {
  http::ClientOptions options;
  options.idlePerEndpoint = workers;
  options.connectTimeout = std::chrono::seconds(2);
  return options;
}

std::string randomName(Random& random) {
  std::array<std::uint8_t, 5> raw{};
  random.fill(raw);
  return toHex(raw);
}

}  // namespace

Drill::Drill(net::io_context& io, Options options, Clock& clock, Random& random,
             std::function<void(const Progress&)> progress)
    : options_(std::move(options)),
      clock_(clock),
      random_(random),
      progress_(std::move(progress)),
      signer_(options_.credentials),
      client_(io, clientOptions(options_.workers)) {
  for (const http::Endpoint& e : options_.masters) {
    masters_.push_back(std::make_unique<S3Client>(client_, e, signer_, clock_));
    pointers_.push_back(masters_.back().get());
  }
  const std::string name = randomName(random_);
  WorkPlan plan;
  plan.bucket = options_.bucket.empty() ? "drill-" + name : options_.bucket;
  plan.prefix = "cairn-drill-" + name + "/";
  plan.writes = options_.writes;
  plan.workers = options_.workers;
  plan.failover = options_.kind == Kind::unfenced_failover;
  work_ = std::make_unique<Workload>(std::move(plan), pointers_, clock_, random_);
}

Drill::~Drill() = default;

void Drill::interrupt() {
  work_->stop();
  if (++interrupts_ > 1) stopVerifying_ = true;
}

Task<Result<Report>> Drill::run() {
  auto ours = co_await openBucket();
  if (!ours) co_return ours.error();
  const auto before = co_await counters(&report_.notes);
  co_await write();
  if (work_->error()) co_return *work_->error();
  fillReport();
  VerifyOptions verifying;
  verifying.readers = options_.workers;
  if (progress_)
    verifying.progress = [this](std::uint64_t read) {
      if (read % 100 == 0) progress_({true, read, report_.acknowledged() * masters_.size(), 0, 0});
    };
  co_await verify(*work_, pointers_, clock_, stopVerifying_, std::move(verifying), report_);
  for (const Counters& after : co_await counters(nullptr))
    for (const Counters& b : before)
      if (b.api == after.api) report_.counters.push_back(since(b, after));
  if (!options_.keep && !stopVerifying_) co_await cleanUp(*ours);
  co_return std::move(report_);
}

/// Whether it was made here. Any master will do: they share the registry.
Task<Result<bool>> Drill::openBucket() {
  std::string why;
  for (std::uint32_t round = 0; round < 8 && interrupts_ == 0; ++round) {
    S3Client& master = *pointers_[round % pointers_.size()];
    Reply reply = co_await master.headBucket(work_->plan().bucket);
    if (reply.kind == Reply::Kind::done) co_return options_.bucket.empty();  // nobody else knows a random name
    if (reply.kind == Reply::Kind::absent) {
      reply = co_await master.createBucket(work_->plan().bucket);
      if (reply.kind == Reply::Kind::done) co_return true;
    }
    why = reply.why;
    if (reply.kind == Reply::Kind::wrong || reply.kind == Reply::Kind::refused) break;
    co_await clock_.sleep(kPause);
  }
  co_return fail(Errc::unavailable, "bucket " + work_->plan().bucket + " cannot be used: " + why +
                                        ". Are the masters serving, and is the access key one of theirs?");
}

Task<std::vector<Counters>> Drill::counters(std::vector<std::string>* notes) {
  std::vector<Counters> out;
  for (const http::Endpoint& api : options_.apis) {
    auto read = co_await readCounters(client_, api);
    if (read)
      out.push_back(std::move(*read));
    else if (notes)
      notes->push_back("no counters from " + nameOf(api) + ": " + read.error().message);
  }
  co_return out;
}

Task<void> Drill::showProgress(const bool& over) {
  while (!over) {
    Progress p;
    p.done = work_->begun();
    p.of = work_->plan().writes;
    for (const Tally& t : work_->tallies()) {
      p.acknowledged += t.acknowledged;
      p.rejected += t.rejected;
    }
    progress_(p);
    co_await clock_.sleep(kPause);
  }
}

Task<void> Drill::write() {
  const Duration begun = clock_.steady();
  auto writing = [](Drill* self, bool& over) -> Task<bool> {
    co_await self->work_->run();
    co_return over = true;
  };
  auto showing = [](Drill* self, const bool& over) -> Task<bool> {
    if (self->progress_) co_await self->showProgress(over);
    co_return true;
  };
  bool over = false;
  std::vector<Task<bool>> both;
  both.push_back(writing(this, over));
  both.push_back(showing(this, over));
  (void)co_await all(std::move(both));
  report_.seconds = std::chrono::duration<double>(clock_.steady() - begun).count();
}

void Drill::fillReport() {
  report_.kind = options_.kind;
  report_.bucket = work_->plan().bucket;
  report_.prefix = work_->plan().prefix;
  report_.writes = options_.writes;
  report_.begun = work_->begun();
  report_.gaveUp = work_->gaveUp();
  report_.workers = options_.workers;
  report_.interrupted = interrupts_ > 0;
  report_.masters = work_->tallies();
  report_.attempts = work_->attempts();
  if (work_->silent()) report_.notes.push_back("the writing ended early: no master answered any more");
  if (options_.kind == Kind::unfenced_failover)
    report_.notes.push_back("from the middle on " + pointers_[0]->name() +
                            " was presumed dead: its writers moved, but for " + std::to_string(work_->zombies()) +
                            " whose " + std::to_string(work_->zombieWrites()) + " writes it went on to acknowledge");
}

Task<bool> Drill::removeKeys(S3Client& master) {
  for (;;) {
    Listing page;
    Reply reply = co_await master.list(work_->plan().bucket, work_->plan().prefix, {}, page);
    if (reply.kind != Reply::Kind::done) co_return false;
    if (page.items.empty()) co_return true;
    std::vector<std::string> keys;
    for (auto& item : page.items) keys.push_back(std::move(item.key));
    reply = co_await master.deleteKeys(work_->plan().bucket, std::move(keys));
    if (reply.kind != Reply::Kind::done) co_return false;
  }
}

/// A try of unknown outcome may still land after the keys are gone; hence more than one round.
Task<void> Drill::cleanUp(bool ourBucket) {
  for (std::uint32_t round = 0; round < 4 * pointers_.size(); ++round) {
    S3Client& master = *pointers_[round % pointers_.size()];
    if (co_await removeKeys(master)) {
      if (!ourBucket) co_return;
      const Reply reply = co_await master.deleteBucket(work_->plan().bucket);
      if (reply.kind == Reply::Kind::done || reply.kind == Reply::Kind::absent) co_return;
    }
    co_await clock_.sleep(kPause);
  }
  report_.notes.push_back("bucket " + work_->plan().bucket + " could not be cleaned up; its keys under " +
                          work_->plan().prefix + " may be deleted");
}

}  // namespace cairn::drill
