// The drill against real masters in a scratch directory: nothing is lost with CAS, and the control loses some without.
#include "daemon/drill/scratch.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>

#include "daemon/drill/control.h"

namespace cairn::drill {
namespace {

struct Ran {
  Result<Report> report = fail(Errc::internal, "did not end");
  std::string directory;
};

/// `during` is asked at each sign of progress and may kill a master.
Ran runOn(bool cas, Options options, std::function<void(Scratch&, const Progress&)> during = {}) {
  Ran ran;
  auto clock = systemClock();
  auto random = systemRandom();
  net::io_context io(1);
  auto made = Scratch::make(io, cas);
  if (!made) return ran.report = made.error(), ran;
  Scratch& scratch = **made;
  ran.directory = scratch.directory();
  auto go = [&]() -> Task<void> {
    if (auto s = co_await scratch.start(); !s) {
      ran.report = s.error();
      co_return;
    }
    options.masters = scratch.endpoints();
    options.credentials = scratch.credentials();
    std::function<void(const Progress&)> progress;
    if (during) progress = [&](const Progress& p) { during(scratch, p); };
    Drill drill(io, options, *clock, *random, progress);
    ran.report = co_await drill.run();
    co_await scratch.stop();
  };
  spawn(io.get_executor(), go());
  io.run();
  return ran;
}

TEST(DrillOnMasters, NothingIsLostWithCas) {
  const Ran ran = runOn(true, {.writes = 400, .workers = 16});
  ASSERT_TRUE(ran.report) << ran.report.error().message;
  EXPECT_TRUE(ran.report->good()) << text(*ran.report);
  EXPECT_EQ(ran.report->acknowledged(), 370U);
  EXPECT_EQ(ran.report->verifiedThrough(), 2U);
  EXPECT_TRUE(ran.report->notes.empty()) << text(*ran.report);
  EXPECT_FALSE(std::filesystem::exists(ran.directory));
}

TEST(DrillOnMasters, NothingIsLostByAnUnfencedFailover) {
  const Ran ran = runOn(true, {.kind = Kind::unfenced_failover, .writes = 400, .workers = 16});
  ASSERT_TRUE(ran.report) << ran.report.error().message;
  EXPECT_TRUE(ran.report->good()) << text(*ran.report);
  EXPECT_EQ(ran.report->notes[0].find("whose 0 writes"), std::string::npos) << ran.report->notes[0];
}

TEST(DrillOnMasters, NothingIsLostWhenADoorClosesInTheMiddle) {
  bool killed = false;
  const Ran ran = runOn(true, {.writes = 400, .workers = 16}, [&](Scratch& scratch, const Progress& p) {
    if (!p.verifying && p.done > 50 && !std::exchange(killed, true)) scratch.kill(0);
  });
  ASSERT_TRUE(ran.report) << ran.report.error().message;
  EXPECT_TRUE(ran.report->good()) << text(*ran.report);
  EXPECT_EQ(ran.report->verifiedThrough(), killed ? 1U : 2U);
}

TEST(DrillOnMasters, WrongCredentialsAreSaid) {
  net::io_context io(1);
  auto scratch = Scratch::make(io, true, 1);
  ASSERT_TRUE(scratch) << scratch.error().message;
  auto clock = systemClock();
  auto random = systemRandom();
  Result<Report> report = fail(Errc::internal, "did not end");
  auto go = [&]() -> Task<void> {
    (void)co_await (*scratch)->start();
    Options options{.masters = (*scratch)->endpoints(), .credentials = {"CAIRNDRILL", "wrong", "us-east-1"}};
    Drill drill(io, options, *clock, *random);
    report = co_await drill.run();
    co_await (*scratch)->stop();
  };
  spawn(io.get_executor(), go());
  io.run();
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().message.find("403"), std::string::npos) << report.error().message;
}

void expectLosses(Kind kind) {
  const auto report = runCommand({.kind = kind, .writes = 400, .workers = 16}, true, {});
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->control);
  EXPECT_GT(report->lost(), 0U) << text(*report);
  EXPECT_TRUE(report->good());
}

TEST(DrillControl, LosesSomeInACasRace) {
  expectLosses(Kind::cas_race);
}
TEST(DrillControl, LosesSomeInAnUnfencedFailover) {
  expectLosses(Kind::unfenced_failover);
}

}  // namespace
}  // namespace cairn::drill
