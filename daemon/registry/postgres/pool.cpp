#include "daemon/registry/postgres/pool.h"

#include <algorithm>

namespace cairn::registry::postgres {

Lease::~Lease() {
  if (session_) pool_->release(session_);
}

Pool::Pool(net::io_context& io, SessionOptions options, std::size_t most, std::chrono::milliseconds patience)
    : io_(io), options_(std::move(options)), most_(most), patience_(patience) {}

Task<Answer> Pool::shared(std::vector<Call> calls) {
  Answer answer{Answer::End::unsent, {}, {}, {}, false};
  for (int tries = 0; tries < 3; ++tries) {  // one that was chosen may be lost before it is used
    Chosen session = co_await choose(false);
    if (!session) {
      answer.message = why();
      break;
    }
    answer = co_await session->run(calls);
    if (answer.end != Answer::End::unsent) break;
  }
  co_return answer;
}

Task<Result<Lease>> Pool::lease() {
  Chosen session = co_await choose(true);
  if (!session) co_return fail(Errc::unavailable, "the registry cannot be reached: " + why());
  co_return Lease(*this, std::move(session));
}

Task<Pool::Chosen> Pool::choose(bool alone) {
  if (stopping_) co_return nullptr;
  Chosen session = waiters_.empty() ? available(alone) : nullptr;
  if (!session || session->inFlight() > 0) open();
  if (!session) {
    OneShot<Chosen> done;
    const std::uint64_t number = ++asked_;
    waiters_.push_back({number, done, alone});
    auto timer = std::make_shared<net::steady_timer>(io_, patience_);
    timer->async_wait([this, number, timer](const boost::system::error_code& cancelled) {
      if (!cancelled) giveUp(number);
    });
    session = co_await done.wait();
    timer->cancel();
    co_return session;
  }
  if (alone) leased_.push_back(session);
  co_return session;
}

Pool::Chosen Pool::available(bool alone) const {
  Chosen best;
  for (const Chosen& one : sessions_) {
    if (!one->ready() || (alone && std::ranges::find(leased_, one) != leased_.end())) continue;
    if (!best || one->inFlight() < best->inFlight()) best = one;
  }
  return best;
}

/// One more, unless one is on its way or there are enough.
void Pool::open() {
  if (sessions_.size() >= most_ || std::ranges::any_of(sessions_, [](const Chosen& s) { return s->connecting(); }))
    return;
  sessions_.push_back(std::make_shared<Session>(io_, options_, [this] { serveWaiters(); }));
  sessions_.back()->start();
}

void Pool::serveWaiters() {
  while (!waiters_.empty()) {
    Waiter& first = waiters_.front();
    Chosen session = available(first.alone);
    if (!session) break;
    if (first.alone) leased_.push_back(session);
    OneShot<Chosen> done = first.done;
    waiters_.pop_front();
    done.set(std::move(session));
  }
  if (!waiters_.empty() && !stopping_) open();
}

void Pool::release(const Chosen& session) {
  std::erase(leased_, session);
  serveWaiters();
}

void Pool::giveUp(std::uint64_t number) {
  auto found = std::ranges::find(waiters_, number, &Waiter::number);
  if (found == waiters_.end()) return;
  OneShot<Chosen> done = found->done;
  waiters_.erase(found);
  done.set(nullptr);
}

void Pool::stop() {
  stopping_ = true;
  for (Waiter& waiter : waiters_) waiter.done.set(nullptr);
  waiters_.clear();
  for (const Chosen& session : sessions_) session->stop();
}

void Pool::leave(const std::string& why) {
  for (const Chosen& session : sessions_) session->leave(why);
}

std::string Pool::why() const {
  if (stopping_) return "this master is stopping";
  for (const Chosen& one : sessions_)
    if (!one->ready()) return one->why();
  return "all its connections are busy";
}

}  // namespace cairn::registry::postgres
