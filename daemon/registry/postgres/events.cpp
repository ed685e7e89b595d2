#include "daemon/registry/postgres/events.h"

#include <boost/asio/redirect_error.hpp>

#include "daemon/rt/log.h"

namespace cairn::registry::postgres {
namespace {

constexpr std::chrono::milliseconds kSoon(50);

/// The cursor is locked in a statement of its own: the next one then sees all that was made before.
std::vector<Call> numberCalls() {
  return {call("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"),
          call("SELECT 1 FROM event_cursor WHERE one = 1 FOR UPDATE"), call("SELECT cairn_number_flips()"),
          call("COMMIT")};
}

}  // namespace

Task<Result<std::uint64_t>> Events::number() {
  auto lease = co_await work_.lease();
  if (!lease) co_return lease.error();
  Answer answer = co_await (*lease)->run(numberCalls());
  if (answer.end == Answer::End::done) co_return answer.rows[2].count(0, 0);
  if (answer.end == Answer::End::refused) (*lease)->drop(answer.message);  // and with it the open transaction
  co_return errorOf(answer, "number events");
}

Task<Result<std::vector<Event>>> Events::read(std::uint64_t after, std::size_t limit) {
  for (bool numbered = false;; numbered = true) {
    std::vector<Event> events;
    Answer answer;
    {
      auto lease = co_await work_.lease();
      if (!lease) co_return lease.error();
      std::vector<Call> calls{
          call("SELECT EXISTS (SELECT 1 FROM flips_to_tell)"),
          call("SELECT sequence, kind, " CAIRN_PG_MS("at") ", json FROM events WHERE sequence > $1::bigint ORDER BY"
                                                           " sequence LIMIT $2::bigint",
               atMostBigint(after), atMostBigint(limit))};
      answer = co_await (*lease)->run(std::move(calls));
    }
    if (answer.end != Answer::End::done) co_return errorOf(answer, "read events");
    const Rows& rows = answer.rows[1];
    for (int i = 0; i < rows.size(); ++i)
      events.push_back({rows.count(i, 0), rows.text(i, 1), rows.time(i, 2), rows.text(i, 3)});
    if (numbered || events.size() >= limit || !answer.rows[0].flag(0, 0)) co_return events;
    if (auto made = co_await number(); !made) co_return made.error();
  }
}

Task<Result<std::uint64_t>> Events::last() {
  return number();
}

void Events::flipped() {
  more_ = true;
  if (stopping_ || std::exchange(telling_, true)) return;
  auto go = [](Events& self) -> Task<void> { co_await self.tell(); };
  spawn(io_.get_executor(), go(*this));
}

Task<void> Events::tell() {
  while (std::exchange(more_, false) && !stopping_) {
    timer_.expires_at(toldLast_ + kSoon);  // at once after a quiet time
    boost::system::error_code ended;
    co_await timer_.async_wait(net::redirect_error(net::use_awaitable, ended));
    if (stopping_) break;
    more_ = false;
    toldLast_ = std::chrono::steady_clock::now();
    if (auto made = co_await number(); !made && !stopping_)
      log::warning("registry", "events of flips were not made; whoever reads events will",
                   {{"error", made.error().message}});
  }
  telling_ = false;
}

void Events::stop() {
  stopping_ = true;
  timer_.cancel();
}

}  // namespace cairn::registry::postgres
