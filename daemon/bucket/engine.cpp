#include "daemon/bucket/engine.h"

#include "daemon/pinning/plant.h"

namespace cairn::bucket {

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
    if (enough_ && queue_.size() >= wanted_) std::exchange(enough_, std::nullopt)->set(true);
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

std::size_t Engine::waiting() {
  std::lock_guard lock(mutex_);
  return queue_.size();
}

/// To the front: these came first.
void Engine::giveBack(Group group) {
  std::lock_guard lock(mutex_);
  queue_.insert(queue_.begin(), std::make_move_iterator(group.begin()), std::make_move_iterator(group.end()));
}

Task<void> Engine::commit(Group group) {
  lost_.clear();
  lostKeys_.clear();
  attempt_ = 0;
  startedAt_ = context_.clock.steady();
  while (!group.empty()) {
    ++attempt_;
    co_await attempt(group);
    if (!group.empty()) absorb(group);  // who came meanwhile rides along
  }
  if (std::exchange(hasTurn_, false)) (void)co_await context_.registry.takeTurn(bucket_, context_.writer.master, 0);
  if (!lost_.empty()) co_await recordRaces("gave up", Version());
}

Task<void> Engine::attempt(Group& group) {
  auto flying = std::make_shared<Flight>();
  Flight& flight = *flying;
  flight.begun = context_.clock.steady();
  flight.term = context_.writer.leaseTerm;  // before the base: a lease lost since then has another term
  flight.group.swap(group);
  auto row = planted(Plant::answer_from_stale_base) && last_ && attempt_ == 1 ? Result<registry::RootRow>(*last_)
                                                                              : co_await base(flight.group);
  if (!row) {
    answerAll(flight.group,
              context_.roots.halted() ? Failure{Fault::unavailable, row.error().message, {}} : failureOf(row.error()));
    co_return;
  }
  if (planted(Plant::answer_from_stale_base)) last_ = *row;
  flight.base = std::move(*row);
  for (auto& p : flight.group) ++p->attempts;
  auto built = co_await evaluate(flight.group, flight.base, std::nullopt);
  if (!built) co_return answerAll(flight.group, failureOf(built.error()));
  flight.evaluated = context_.clock.steady();
  if (*built) {
    flight.next = std::move(**built);
    co_return co_await fly(std::move(flying), group);
  }
  // Nothing to flip: the base was current after everyone here had come.
  for (auto& p : flight.group) p->done.set(p->refusal);
}

Task<Engine::Evaluated> Engine::evaluate(Group& group, const registry::RootRow& row, std::optional<RootBlock> block) {
  if (row.root && !block) {
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

registry::FlipRequest Engine::makeFlip(const Flight& flight) {
  registry::FlipRequest flip;
  flip.bucket = bucket_;
  flip.expectedRoot = flight.base.root;
  flip.expectedVersion = flight.base.version;
  flip.nextRoot = flight.next.root;
  flip.commit = newCommitId(context_.random);
  flip.master = context_.writer.master;
  flip.epoch = context_.writer.epoch;
  flip.cas = context_.writer.cas;
  flip.leaseTerm = flight.term;
  flip.holders = flight.holders;
  for (const auto& p : flight.group) {
    if (p->refusal) continue;
    flip.operations.puts += p->mutation.operations.puts;
    flip.operations.deletes += p->mutation.operations.deletes;
    flip.operations.others += p->mutation.operations.others;
  }
  flip.attempt = attempt_;
  flip.claimedAt = context_.clock.now();
  flip.receipt = context_.receipts.make(flip, flight.base.receiptHash);
  return flip;
}

void Engine::answerAll(Group& group, const std::optional<Failure>& failure) {
  for (auto& p : group) p->done.set(failure);
}

void Engine::refuse(Group& group, Fault fault, const std::string& message) {
  answerAll(group, Failure{fault, message, {}});
}

}  // namespace cairn::bucket
