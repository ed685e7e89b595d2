#include "daemon/registry/postgres/session.h"

#include <openssl/ssl.h>
#include <unistd.h>

#include <boost/asio/redirect_error.hpp>

#include "daemon/registry/postgres/durability.h"
#include "daemon/rt/log.h"
#include "daemon/rt/metrics.h"

namespace cairn::registry::postgres {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::uint64_t kLeastPause = 20, kMostPause = 1000;  // milliseconds
constexpr std::chrono::seconds kStopWithin(5), kWatch(1);
constexpr std::string_view kNoSuchStatement = "26000", kReadOnly = "25006";

}  // namespace

Session::Session(net::io_context& io, SessionOptions options, std::function<void()> changed)
    : io_(io), options_(std::move(options)), changed_(std::move(changed)), pause_(io), watch_(io) {}

void Session::start() {
  running_ = true;
  auto go = [](std::shared_ptr<Session> self) -> Task<void> { co_await self->keep(); };
  spawn(io_.get_executor(), go(shared_from_this()));
}

void Session::stop() {
  stopping_ = true;
  pause_.cancel();
  if (flying_.empty()) return drop("this master is stopping");
  const auto until = Clock::now() + kStopWithin;
  for (Flight& flight : flying_) flight.until = std::min(flight.until, until);
}

Task<void> Session::keep() {
  for (std::uint64_t most = kLeastPause; !stopping_;) {
    auto connected = co_await connect();
    if (connected && !stopping_) {
      begin();
      auto introduction = [](std::shared_ptr<Session> self) -> Task<void> { co_await self->introduce(); };
      spawn(io_.get_executor(), introduction(shared_from_this()));
      co_await serve();
      if (!stopping_) tellLost();
      if (std::exchange(elsewhere_, false)) host_ = (host_ + 1) % options_.hosts.size();
      if (std::exchange(ready_, false)) most = kLeastPause;
    } else if (!connected) {
      why_ = connected.error().message;
    }
    loseAll();
    conn_.reset();
    changed_();
    if (stopping_) break;
    pause_.expires_after(std::chrono::milliseconds(random_->below(most) + most / 2));
    most = std::min(2 * most, kMostPause);
    boost::system::error_code ignored;
    co_await pause_.async_wait(net::redirect_error(net::use_awaitable, ignored));
  }
  running_ = false;
}

void Session::tellLost() {
  static auto& lost =
      metrics::counter("cairn_registry_connections_lost_total",
                       "Connections to the database that broke, or were given up for want of an answer");
  lost.Increment();
  log::warning("registry", "a connection to the database was lost",
               {{"host", describe(options_.hosts[host_])}, {"why", why_}, {"in_flight", flying_.size()}});
}

Task<Status> Session::connect() {
  Status last;
  const std::size_t first = host_, many = options_.hosts.size();
  for (std::size_t i = 0; i < many; ++i) {
    host_ = (first + i) % many;
    const Keywords& host = options_.hosts[host_];
    auto connected = co_await connectTo(io_, host, options_.connectWithin);
    if (connected) {
      conn_ = std::move(*connected);
      co_return Status();
    }
    last = fail(Errc::unavailable, describe(host) + ": " + connected.error().message);
    if (stopping_) break;
  }
  host_ = first;
  co_return last;
}

/// Settings first; only then may anybody use it.
Task<void> Session::introduce() {
  std::vector<std::string> names, values;
  for (const auto& [name, value] : options_.settings) {
    names.push_back(name);
    values.push_back(value);
  }
  std::vector<Call> calls{
      call("SELECT set_config(s.name, s.value, false)"
           " FROM unnest(($1::text)::text[], ($2::text)::text[]) AS s(name, value)",
           textArray(names), textArray(values))};
  if (options_.settled) calls.push_back(durabilityCall());
  Answer answer = co_await run(std::move(calls));
  if (answer.end != Answer::End::done) {
    if (answer.end == Answer::End::refused) drop("the session's settings were refused: " + answer.message);
    co_return;
  }
  if (options_.settled) options_.settled(answer.rows.back());
  ready_ = true;
  changed_();
}

void Session::begin() {
  dropped_ = flushing_ = false;
  prepared_.clear();
  PQsetNoticeReceiver(conn_.get(), &Session::onNotice, this);
  socket_ = std::make_unique<net::posix::stream_descriptor>(io_, ::dup(PQsocket(conn_.get())));
  auto go = [](std::shared_ptr<Session> self) -> Task<void> { co_await self->watch(); };
  spawn(io_.get_executor(), go(shared_from_this()));
}

Task<void> Session::serve() {
  while (!dropped_) {
    boost::system::error_code failed;
    co_await socket_->async_wait(net::posix::stream_descriptor::wait_read,
                                 net::redirect_error(net::use_awaitable, failed));
    if (dropped_) break;
    if (failed) drop(failed.message());
    do {
      if (!dropped_ && PQconsumeInput(conn_.get()) == 0) drop(lineOf(PQerrorMessage(conn_.get())));
      if (!dropped_) drain();
    } while (!dropped_ && unread());
    if (!dropped_) flush();
    if (stopping_ && flying_.empty()) drop("this master is stopping");
  }
  watch_.cancel();
  boost::system::error_code ignored;
  if (socket_) socket_->close(ignored);
}

/// OpenSSL may have decrypted more than libpq had room for, of which the socket knows nothing.
bool Session::unread() const {
  auto* tls = static_cast<SSL*>(PQgetssl(conn_.get()));
  return tls != nullptr && SSL_pending(tls) > 0;
}

Task<void> Session::watch() {
  while (!dropped_) {
    watch_.expires_after(kWatch);
    boost::system::error_code ended;
    co_await watch_.async_wait(net::redirect_error(net::use_awaitable, ended));
    if (ended || dropped_) co_return;
    if (flying_.empty() || Clock::now() <= flying_.front().until) continue;
    leave("no answer in time");
    if (options_.silent) options_.silent();
  }
}

void Session::drop(const std::string& why) {
  if (dropped_ || !conn_) return;
  dropped_ = true;
  ready_ = false;
  why_ = why.empty() ? "the connection was lost" : why;
  boost::system::error_code ignored;
  if (socket_) socket_->cancel(ignored);
}

void Session::leave(const std::string& why) {
  elsewhere_ = elsewhere_ || (!dropped_ && conn_);
  drop(why);
}

Task<Answer> Session::run(std::vector<Call> calls) {
  OneShot<Answer> done = send(std::move(calls));
  co_return co_await done.wait();
}

OneShot<Answer> Session::send(std::vector<Call> calls) {
  OneShot<Answer> done;
  bool good = conn_ && !dropped_ && !stopping_;
  if (!good) {
    done.set({Answer::End::unsent, {}, {}, why_, false});
    return done;
  }
  for (const Call& c : calls) good = good && prepare(c.sql);
  for (const Call& c : calls)
    good =
        good && PQsendQueryPrepared(conn_.get(), prepared_[c.sql].c_str(), static_cast<int>(c.params.size()),
                                    c.params.pointers().data(), c.params.lengths().data(), c.params.formats(), 0) == 1;
  good = good && PQpipelineSync(conn_.get()) == 1;
  sent({done, {}, {}, nullptr});
  if (!good) drop(lineOf(PQerrorMessage(conn_.get())));
  flush();
  return done;
}

/// In a transaction of its own, so that it stays prepared whatever becomes of what is sent behind it.
bool Session::prepare(const char* sql) {
  auto [at, fresh] = prepared_.try_emplace(sql);
  if (!fresh) return true;
  at->second = "c" + std::to_string(++names_);
  if (PQsendPrepare(conn_.get(), at->second.c_str(), sql, 0, nullptr) != 1 || PQpipelineSync(conn_.get()) != 1)
    return false;
  sent({{}, {}, {}, sql});
  return true;
}

void Session::sent(Flight flight) {
  flight.until = options_.answerWithin.count() > 0 ? Clock::now() + options_.answerWithin : Clock::time_point::max();
  flying_.push_back(std::move(flight));
}

void Session::flush() {
  if (dropped_ || flushing_) return;
  const int more = PQflush(conn_.get());
  if (more < 0) return drop(lineOf(PQerrorMessage(conn_.get())));
  if (more == 0) return;
  flushing_ = true;
  socket_->async_wait(net::posix::stream_descriptor::wait_write,
                      [self = shared_from_this()](const boost::system::error_code& failed) {
                        self->flushing_ = false;
                        if (!failed && self->conn_) self->flush();
                      });
}

void Session::drain() {
  for (int empty = 0; !flying_.empty() && empty < 3;) {
    if (PQisBusy(conn_.get()) != 0) break;
    PGresult* result = PQgetResult(conn_.get());
    empty = result ? 0 : empty + 1;
    if (result) take(result);
    if (dropped_) return;
  }
  while (PGnotify* note = PQnotifies(conn_.get())) {
    if (notified_) notified_(note->extra);
    PQfreemem(note);
  }
}

void Session::take(PGresult* result) {
  Flight& flight = flying_.front();
  Rows rows(result);
  switch (PQresultStatus(result)) {
    case PGRES_PIPELINE_SYNC:
      return land();
    case PGRES_PIPELINE_ABORTED:
      return;
    case PGRES_FATAL_ERROR: {
      const char* severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
      const char* state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
      const char* text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
      // A FATAL ends the session, and may come after the commit and before its answer.
      if (!severity || !state || std::string_view(severity) != "ERROR")
        return drop(text ? text : lineOf(PQresultErrorMessage(result)));
      if (!flight.answer.sqlState.empty()) return;
      flight.answer.sqlState = state;
      flight.answer.message = text ? text : "";
      return;
    }
    default:
      flight.answer.rows.push_back(std::move(rows));
  }
}

void Session::land() {
  Flight flight = std::move(flying_.front());
  flying_.pop_front();
  Answer& answer = flight.answer;
  answer.end = answer.sqlState.empty() ? Answer::End::done : Answer::End::refused;
  if (flight.prepares) {
    if (answer.end == Answer::End::done) return;
    prepared_.erase(flight.prepares);
    unprepared_ = answer.message;  // what is behind it is refused for want of it: this is why
    return;
  }
  if (answer.sqlState == kNoSuchStatement && !unprepared_.empty()) answer.message = std::exchange(unprepared_, {});
  const bool standby = answer.sqlState == kReadOnly;
  flight.done.set(std::move(answer));
  if (standby) drop("the server is a standby now");  // the next connection looks for the primary
  changed_();
}

void Session::loseAll() {
  std::deque<Flight> lost;
  lost.swap(flying_);
  for (Flight& flight : lost) flight.done.set({Answer::End::lost, {}, {}, why_, false});
}

void Session::onNotice(void* self, const PGresult* notice) {
  auto& session = *static_cast<Session*>(self);
  const char* severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
  const bool warning = severity != nullptr && std::string_view(severity) == "WARNING";
  if (!warning) return;
  if (!session.flying_.empty()) session.flying_.front().answer.warned = true;
  log::warning("registry", "PostgreSQL warns",
               {{"warning", lineOf(PQresultErrorField(notice, PG_DIAG_MESSAGE_PRIMARY))}});
}

}  // namespace cairn::registry::postgres
