// One connection to PostgreSQL: libpq in pipeline mode, driven by Asio, connected anew whenever it is lost.
//
// Contract: everything on the thread of the io_context given, which runs alone. run() sends its calls at once, behind
// whatever is in flight, as one implicit transaction (or as a part of one that was begun explicitly): one round trip.
// Its answer is certain when it is `done` or `refused`, and open when it is `lost`: the line broke, or the server ended
// the session, before the end of the answer came. Of several hosts the one that served last is tried first. Statements
// are prepared when first used. stop() finishes what is in flight within a few seconds and never connects again; the
// session lives until its own coroutines have ended.
#pragma once

#include <libpq-fe.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "daemon/registry/postgres/connect.h"
#include "daemon/registry/postgres/values.h"
#include "daemon/rt/async.h"
#include "daemon/rt/clock.h"

namespace cairn::registry::postgres {

struct Answer {
  enum class End {
    done,
    refused,  ///< by the server; nothing of it happened
    lost,     ///< sent, and no answer: may have happened
    unsent    ///< no connection; nothing happened
  };
  End end = End::unsent;
  std::vector<Rows> rows;  ///< one a call, when done
  std::string sqlState;    ///< when refused
  std::string message;     ///< why it is not done; for people
  bool warned = false;     ///< a WARNING came with it: if it says done, a standby may not have it
};

struct SessionOptions {
  std::vector<Keywords> hosts;
  std::map<std::string, std::string> settings;  ///< of the server's, for this session
  std::chrono::milliseconds connectWithin{5000};
  std::chrono::milliseconds answerWithin{0};      ///< 0: waits for ever; else the connection is given up
  std::function<void(const Rows&)> settled = {};  ///< gets the answer to durabilityCall() whenever it has connected
  std::function<void()> silent = {};              ///< called when it gave a connection up for want of an answer
};

class Session : public std::enable_shared_from_this<Session> {
 public:
  using Notified = std::function<void(const std::string& payload)>;
  /// `changed` is called whenever the session became ready or ceased to be, or failed to connect.
  Session(net::io_context& io, SessionOptions options, std::function<void()> changed);

  void start();
  void stop();
  bool ready() const { return ready_; }
  bool connecting() const { return running_ && !ready_; }
  std::size_t inFlight() const { return flying_.size(); }
  /// Why it is not ready.
  const std::string& why() const { return why_; }
  Task<Answer> run(std::vector<Call> calls);
  /// Gives the connection up; what is in flight is lost.
  void drop(const std::string& why);
  /// The same, and other hosts are tried first from now on.
  void leave(const std::string& why);
  void onNotify(Notified notified) { notified_ = std::move(notified); }

 private:
  struct Flight {
    OneShot<Answer> done;
    Answer answer;
    std::chrono::steady_clock::time_point until;
    const char* prepares = nullptr;  ///< the statement, when this flight only prepares it
  };
  Task<void> keep();
  Task<Status> connect();
  void tellLost();
  Task<void> introduce();
  void begin();
  Task<void> serve();
  Task<void> watch();
  OneShot<Answer> send(std::vector<Call> calls);
  bool prepare(const char* sql);
  void sent(Flight flight);
  void flush();
  void drain();
  void take(PGresult* result);
  void land();
  void loseAll();
  bool unread() const;
  static void onNotice(void* self, const PGresult* notice);

  net::io_context& io_;
  const SessionOptions options_;
  std::function<void()> changed_;
  Notified notified_;
  std::unique_ptr<Random> random_ = systemRandom();
  net::steady_timer pause_, watch_;
  Conn conn_;
  std::unique_ptr<net::posix::stream_descriptor> socket_;
  std::map<const char*, std::string> prepared_;  ///< statement to its name, in this connection
  std::deque<Flight> flying_;
  std::string why_ = "not connected yet", unprepared_;
  std::size_t names_ = 0, host_ = 0;
  bool running_ = false, ready_ = false, stopping_ = false, flushing_ = false, dropped_ = false, elsewhere_ = false;
};

}  // namespace cairn::registry::postgres
