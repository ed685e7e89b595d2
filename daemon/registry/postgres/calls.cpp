#include "daemon/registry/postgres/calls.h"

namespace cairn::registry::postgres {
namespace {

constexpr const char* kBegin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

}  // namespace

Task<Result<Rows>> Transaction::send(std::string doing, Call one) {
  std::vector<Call> calls;
  if (!begun_) calls.push_back(call(kBegin));
  calls.push_back(std::move(one));
  Answer answer = co_await session_.run(std::move(calls));
  if (answer.end != Answer::End::unsent) begun_ = true;
  if (answer.end == Answer::End::done) co_return std::move(answer.rows.back());
  sqlState_ = answer.sqlState;
  co_return errorOf(answer, doing);
}

Task<Status> Transaction::end(bool good) {
  if (!begun_) co_return Status();
  Answer answer = co_await session_.run({call(good ? "COMMIT" : "ROLLBACK")});
  if (!good) {
    if (answer.end == Answer::End::refused) session_.drop("a transaction could not be undone: " + answer.message);
    co_return Status();
  }
  if (answer.end == Answer::End::lost)
    co_return fail(Errc::unknown_outcome, "the registry's answer to a change was lost: " + answer.message);
  if (answer.end != Answer::End::done) {
    sqlState_ = answer.sqlState;
    co_return errorOf(answer, "commit a change");
  }
  if (answer.rows.back().command() != "COMMIT")
    co_return fail(Errc::unavailable, "the registry undid a change instead of committing it");
  if (answer.warned) co_return fail(Errc::unknown_outcome, "a change was committed, but a standby may not have it");
  co_return Status();
}

Task<Result<std::vector<Rows>>> Calls::alone(Pool& pool, std::string doing, std::vector<Call> calls) {
  auto lease = co_await pool.lease();
  if (!lease) co_return lease.error();
  const bool transaction = calls.size() > 1;
  Answer answer = co_await (*lease)->run(std::move(calls));
  if (answer.end == Answer::End::done && answer.warned)
    co_return fail(Errc::unavailable, "the registry could not " + doing + ": a standby did not confirm it");
  if (answer.end == Answer::End::done) co_return std::move(answer.rows);
  if (transaction && answer.end == Answer::End::refused) (*lease)->drop(answer.message);  // it may still be open
  co_return errorOf(answer, doing);
}

Task<void> Calls::pause(int attempt) {
  net::steady_timer timer(io_, std::chrono::microseconds(random_->below(1000U << attempt) + 100));
  co_await timer.async_wait(net::use_awaitable);
}

}  // namespace cairn::registry::postgres
