#include "daemon/bucket/engine.h"

#include "daemon/bucket/metrics.h"
#include "daemon/pinning/plant.h"
#include "daemon/rt/log.h"

namespace cairn::bucket {

using registry::FlipStatus;

namespace {

/// What a flip that won left behind.
registry::RootRow rowOf(const registry::FlipRequest& flip) {
  return {flip.nextRoot, Version(flip.expectedVersion.get() + 1), flip.claimedAt, {}, {}, {}};
}

}  // namespace

Failure failureOf(const Error& error) {
  switch (error.code) {
    case Errc::unavailable:
    case Errc::timeout:
    case Errc::no_space:
    case Errc::io:
    case Errc::fenced:
    case Errc::cancelled:
    case Errc::not_found:  // a block that no holder has just now
      return {Fault::unavailable, error.message, {}};
    default:
      return {Fault::internal, error.message, {}};
  }
}

Engine::Engine(EngineContext& context, BucketId bucket, net::any_io_executor executor)
    : context_(context), bucket_(std::move(bucket)), strand_(net::make_strand(executor)) {}

Task<std::optional<Failure>> Engine::submit(Mutation mutation) {
  auto pending = std::make_shared<Pending>();
  pending->mutation = std::move(mutation);
  bool start = false;
  {
    std::lock_guard lock(mutex_);
    queue_.push_back(pending);
    start = !std::exchange(running_, true);
  }
  if (start) {
    auto go = [](std::shared_ptr<Engine> self) -> Task<void> { co_await self->run(); };
    spawn(strand_, go(shared_from_this()));
  }
  co_return co_await pending->done.wait();
}

Task<void> Engine::run() {
  for (;;) {
    Group group;
    absorb(group);
    if (group.empty()) {
      std::lock_guard lock(mutex_);
      if (!queue_.empty()) continue;
      running_ = false;
      co_return;
    }
    co_await commit(std::move(group));
  }
}

void Engine::absorb(Group& group) {
  std::lock_guard lock(mutex_);
  std::size_t n =
      std::min(queue_.size(), context_.options.maxGroup - std::min(group.size(), context_.options.maxGroup));
  group.insert(group.end(), std::make_move_iterator(queue_.begin()),
               std::make_move_iterator(queue_.begin() + static_cast<std::ptrdiff_t>(n)));
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(n));
}

Task<void> Engine::commit(Group group) {
  lost_.clear();
  lostKeys_.clear();
  attempt_ = 0;
  startedAt_ = context_.clock.steady();
  while (!group.empty()) {
    ++attempt_;
    if (co_await attempt(group) == Step::done) break;
    absorb(group);  // who came meanwhile rides along
  }
  if (!lost_.empty()) co_await recordRaces("gave up", Version());
}

Task<Engine::Step> Engine::attempt(Group& group) {
  auto& m = Metrics::get();
  Duration begun = context_.clock.steady();
  const std::uint64_t term = context_.writer.leaseTerm;  // before the base: a lease lost since then has another term
  auto row = planted(Plant::answer_from_stale_base) && last_ && attempt_ == 1
                 ? Result<registry::RootRow>(*last_)
                 : co_await context_.roots.current(bucket_);
  if (!row) {
    answerAll(group,
              context_.roots.halted() ? Failure{Fault::unavailable, row.error().message, {}} : failureOf(row.error()));
    co_return Step::done;
  }
  registry::RootRow base = co_await awaitTurn(*row);
  for (auto& p : group) ++p->attempts;
  auto built = co_await evaluate(group, base);
  if (!built) {
    answerAll(group, failureOf(built.error()));
    co_return Step::done;
  }
  if (!*built) {  // nothing to flip: the base was current after everyone here had come
    for (auto& p : group) p->done.set(p->refusal);
    co_return Step::done;
  }
  Duration evaluated = context_.clock.steady();
  std::vector<MasterId> holders{context_.writer.master};
  Workspace::Built& next = **built;
  if (planted(Plant::ack_before_flip)) answerAll(group, std::nullopt);
  if (next.root && !planted(Plant::flip_before_pins)) {
    std::vector<Cid> content;
    for (const auto& p : group)
      if (!p->refusal) content.insert(content.end(), p->mutation.content.begin(), p->mutation.content.end());
    auto held = co_await context_.quorum.hold(*next.root, base.root, next.blocks, std::move(content));
    if (!held) {
      m.quorumFailures.Increment();
      answerAll(group, failureOf(held.error()));
      co_return Step::done;
    }
    holders = std::move(*held);
  }
  Duration held = context_.clock.steady();
  registry::FlipRequest flip = makeFlip(group, base, next.root, std::move(holders), term);
  auto result = co_await context_.registry.flip(flip);
  Duration flipped = context_.clock.steady();
  m.observe(begun, evaluated, held, flipped, group.size());
  if (next.root && planted(Plant::flip_before_pins))
    (void)co_await context_.quorum.hold(*next.root, base.root, next.blocks, {});
  if (result.status == FlipStatus::lost && !planted(Plant::rebase_onto_self)) {
    // A flip that the line to the registry repeated finds its own row and answers so. Nobody rebases onto himself.
    result.status = co_await settle(flip);
    if (result.status == FlipStatus::won) result.current = rowOf(flip);
  } else if (result.status == FlipStatus::unknown) {
    m.unknown.Increment();
    log::warning("bucket", "outcome of a flip is unknown; looking it up",
                 {{"bucket", bucket_.name.get()}, {"version", base.version.get() + 1}, {"reason", result.reason}});
    result.status = planted(Plant::unknown_means_lost)  ? FlipStatus::lost
                    : planted(Plant::unknown_means_won) ? FlipStatus::won
                                                        : co_await settle(flip);
    result.current = rowOf(flip);
    if (result.status == FlipStatus::lost)
      if (auto now = co_await context_.roots.current(bucket_)) result.current = *now;
  }
  switch (result.status) {
    case FlipStatus::won:
      won(group, result.current);
      if (!lost_.empty()) co_await recordRaces("rebased", result.current.version);
      co_return Step::done;
    case FlipStatus::lost:
      co_return co_await lost(group, base, flip, std::move(result.current));
    case FlipStatus::unknown:
      refuse(group, Fault::unknown,
             "the registry's answer to the flip was lost and cannot be recovered: " + result.reason);
      co_return Step::done;
    default:
      refuse(group, Fault::unavailable, result.reason);
      co_return Step::done;
  }
}

Task<Result<std::optional<Workspace::Built>>> Engine::evaluate(Group& group, const registry::RootRow& row) {
  std::optional<RootBlock> block;
  if (row.root) {
    auto root = co_await context_.roots.block(*row.root);
    if (!root) co_return root.error();
    block = *root;
  }
  Workspace workspace(context_.nodes, block, context_.clock.now());
  for (std::size_t i = 0; i < group.size(); ++i) {
    auto& p = group[i];
    if (planted(Plant::drop_on_rebase) && p->attempts > 1 && i + 1 == group.size()) continue;
    p->refusal = co_await p->mutation.apply(workspace);
  }
  if (!workspace.changed()) co_return std::optional<Workspace::Built>();
  auto built = co_await workspace.build();
  if (!built) co_return built.error();
  if (built->root && row.root && *built->root == *row.root) co_return std::optional<Workspace::Built>();
  co_return std::optional(std::move(*built));
}

registry::FlipRequest Engine::makeFlip(const Group& group, const registry::RootRow& row, std::optional<Cid> next,
                                       std::vector<MasterId> holders, std::uint64_t term) {
  registry::FlipRequest flip;
  flip.bucket = bucket_;
  flip.expectedRoot = row.root;
  flip.expectedVersion = row.version;
  flip.nextRoot = next;
  flip.commit = newCommitId(context_.random);
  flip.master = context_.writer.master;
  flip.epoch = context_.writer.epoch;
  flip.cas = context_.writer.cas;
  flip.leaseTerm = term;
  flip.holders = std::move(holders);
  for (const auto& p : group) {
    if (p->refusal) continue;
    flip.operations.puts += p->mutation.operations.puts;
    flip.operations.deletes += p->mutation.operations.deletes;
    flip.operations.others += p->mutation.operations.others;
  }
  flip.attempt = attempt_;
  flip.claimedAt = context_.clock.now();
  flip.receipt = context_.receipts.make(flip, row.receiptHash);
  return flip;
}

void Engine::won(Group& group, const registry::RootRow& row) {
  Metrics::get().flips.Increment();
  context_.roots.learnt(bucket_, row);
  if (planted(Plant::answer_from_stale_base)) last_ = row;
  for (auto& p : group) p->done.set(p->refusal);
  group.clear();
}

void Engine::answerAll(Group& group, const std::optional<Failure>& failure) {
  for (auto& p : group) p->done.set(failure);
}

void Engine::refuse(Group& group, Fault fault, const std::string& message) {
  answerAll(group, Failure{fault, message, {}});
}

}  // namespace cairn::bucket
