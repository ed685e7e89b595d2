#include "daemon/registry/postgres/flip_queue.h"

#include <algorithm>
#include <set>

namespace cairn::registry::postgres {
namespace {

constexpr std::size_t kMostTogether = 64;
constexpr int kPlace = 4;  // the column with a flip's place in its statement, 0 for all that did not win

/// The row of each flip of a statement of several.
std::vector<int> rowsOf(const Rows& rows, std::size_t flips) {
  std::vector<int> out(flips, std::max(rows.size() - 1, 0));
  for (int row = 0; row < rows.size(); ++row) {
    const std::uint64_t place = rows.count(row, kPlace);
    if (place > 0 && place <= flips) out[place - 1] = row;
  }
  return out;
}

}  // namespace

Task<FlipQueue::Landed> FlipQueue::run(AskedFlip flip) {
  OneShot<Landed> done;
  waiting_.push_back({++asked_, flip, done});
  if (serving_ < most_) {
    ++serving_;
    spawn(io_.get_executor(), serve());
  }
  co_return co_await done.wait();
}

/// Whoever has a session goes on until nothing waits, so what waits is never forgotten.
Task<void> FlipQueue::serve() {
  for (bool trying = true; trying;) {
    const std::uint64_t last = asked_;
    auto lease = co_await pool_.lease();
    if (lease) {
      ++holding_;
      while (!waiting_.empty()) co_await send(**lease, take());
      --holding_;
    } else if (holding_ == 0) {
      giveUp(last, lease.error());
    }
    trying = !lease && holding_ == 0 && !waiting_.empty();
  }
  --serving_;
}

Task<void> FlipQueue::send(Session& session, std::vector<Waiting> batch) {
  std::vector<AskedFlip> flips;
  for (const Waiting& one : batch) flips.push_back(one.flip);
  const bool several = flips.size() > 1;
  std::vector<Call> calls{several ? flipsCall(flips) : flipCall(flips.front())};
  Answer answer = co_await session.run(std::move(calls));
  const bool done = answer.end == Answer::End::done;
  const bool alone = answer.end == Answer::End::unsent || (several && answer.end == Answer::End::refused);
  const std::vector<int> rows = done && several ? rowsOf(answer.rows.front(), batch.size()) : std::vector<int>();
  for (std::size_t i = 0; i < batch.size(); ++i) batch[i].done.set({answer, rows.empty() ? 0 : rows[i], alone, {}});
}

std::vector<FlipQueue::Waiting> FlipQueue::take() {
  std::vector<Waiting> batch;
  std::deque<Waiting> later;
  std::set<BucketId> buckets;
  for (Waiting& one : waiting_) {
    const FlipRequest& first = batch.empty() ? *one.flip.request : *batch.front().flip.request;
    const FlipRequest& r = *one.flip.request;
    const bool fits = batch.size() < kMostTogether && r.master == first.master && r.epoch == first.epoch &&
                      buckets.insert(r.bucket).second;
    (fits ? static_cast<void>(batch.push_back(std::move(one))) : later.push_back(std::move(one)));
  }
  waiting_ = std::move(later);
  std::ranges::sort(batch, {}, [](const Waiting& one) -> const BucketId& { return one.flip.request->bucket; });
  return batch;
}

void FlipQueue::giveUp(std::uint64_t last, const Error& why) {
  while (!waiting_.empty() && waiting_.front().number <= last) {
    waiting_.front().done.set({{}, 0, false, why});
    waiting_.pop_front();
  }
}

}  // namespace cairn::registry::postgres
