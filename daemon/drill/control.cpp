#include "daemon/drill/control.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>

#include "daemon/drill/scratch.h"

namespace cairn::drill {
namespace {

Task<void> listen(net::signal_set& signals, Drill& drill) {
  for (;;) {
    auto [error, number] = co_await signals.async_wait(net::as_tuple(net::use_awaitable));
    if (error) co_return;
    drill.interrupt();
  }
}

Task<Result<Report>> drillOnce(net::io_context& io, Options options, std::function<void(const Progress&)> progress) {
  auto clock = systemClock();
  auto random = systemRandom();
  net::signal_set signals(io, SIGINT, SIGTERM);
  Drill drill(io, std::move(options), *clock, *random, std::move(progress));
  OneShot<bool> deaf;
  auto listening = [](net::signal_set& s, Drill& d, OneShot<bool> done) -> Task<void> {
    co_await listen(s, d);
    done.set(true);
  };
  spawn(io.get_executor(), listening(signals, drill, deaf));
  auto report = co_await drill.run();
  signals.cancel();
  co_await deaf.wait();
  co_return report;
}

Task<Result<Report>> controlOnce(net::io_context& io, Scratch& scratch, Options options,
                                 std::function<void(const Progress&)> progress) {
  if (auto s = co_await scratch.start(); !s) co_return s.error();
  options.masters = scratch.endpoints();
  options.credentials = scratch.credentials();
  options.apis.clear();
  options.bucket.clear();
  options.keep = true;  // it goes with the directory
  auto report = co_await drillOnce(io, std::move(options), std::move(progress));
  co_await scratch.stop();
  if (report) report->control = true;
  co_return report;
}

}  // namespace

Result<Report> runCommand(Options options, bool control, std::function<void(const Progress&)> progress) {
  net::io_context io(1);  // outlives the scratch registry, whose threads answer into it
  std::unique_ptr<Scratch> scratch;
  if (control) {
    auto made = Scratch::make(io, false);
    if (!made) return made.error();
    scratch = std::move(*made);
  }
  Result<Report> report = fail(Errc::internal, "the drill did not end");
  auto go = [&]() -> Task<void> {
    report = scratch ? co_await controlOnce(io, *scratch, std::move(options), std::move(progress))
                     : co_await drillOnce(io, std::move(options), std::move(progress));
  };
  spawn(io.get_executor(), go());
  io.run();
  return report;
}

}  // namespace cairn::drill
