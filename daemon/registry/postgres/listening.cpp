#include "daemon/registry/postgres/listening.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>

#include "daemon/registry/news.h"

namespace cairn::registry::postgres {

Task<std::uint64_t> Listening::heard(std::uint64_t before, std::chrono::milliseconds within) {
  if (stopping_) co_return words_;
  if (!session_) open();
  if (words_ != before) co_return words_;
  auto timer = std::make_shared<net::steady_timer>(io_, listens_ ? within : std::min(within, News::kAsk));
  waiting_.push_back(timer);
  boost::system::error_code ignored;
  co_await timer->async_wait(net::redirect_error(net::use_awaitable, ignored));
  std::erase(waiting_, timer);
  co_return words_;
}

void Listening::open() {
  session_ = std::make_shared<Session>(io_, options_, [this] { changed(); });
  session_->onNotify([this](const std::string&) { word(); });
  session_->start();
}

/// What happened before it listened, or after it did, nobody told: both count as word.
void Listening::changed() {
  if (std::exchange(wasReady_, session_->ready()) == session_->ready()) return;
  listens_ = false;
  word();
  if (stopping_ || !wasReady_) return;
  spawn(io_.get_executor(), listen(session_));
}

Task<void> Listening::listen(std::shared_ptr<Session> session) {
  std::vector<Call> calls{call("LISTEN cairn_events")};
  Answer answer = co_await session->run(std::move(calls));
  if (answer.end == Answer::End::refused) session->drop("it cannot listen: " + answer.message);
  if (answer.end != Answer::End::done || !session->ready()) co_return;
  listens_ = true;
  word();
}

void Listening::word() {
  ++words_;
  for (const auto& timer : waiting_) timer->cancel();
}

void Listening::leave(const std::string& why) {
  if (session_) session_->leave(why);
}

void Listening::stop() {
  stopping_ = true;
  word();
  if (session_) session_->stop();
}

}  // namespace cairn::registry::postgres
