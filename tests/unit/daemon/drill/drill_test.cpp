// The drill against masters that lose, reject and fail on purpose: it must count exactly that.
#include "daemon/drill/drill.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "fake_master.h"

namespace cairn::drill {
namespace {

using test::Fault;

class DrillOnFakes : public ::testing::Test {
 protected:
  test::FakeMaster& add(test::FakeMaster::Faults fault = {}) {
    masters_.push_back(std::make_unique<test::FakeMaster>(io, bucket, std::move(fault)));
    options.masters.push_back(masters_.back()->endpoint());
    return *masters_.back();
  }

  Result<Report> run() {
    options.credentials = {"id", "secret", "us-east-1"};
    Drill drill(io, options, *clock, *random, progress);
    running = &drill;
    Result<Report> report = fail(Errc::internal, "did not end");
    auto go = [&]() -> Task<void> {
      report = co_await drill.run();
      for (auto& m : masters_) co_await m->stop();
    };
    spawn(io.get_executor(), go());
    io.run();
    return report;
  }

  net::io_context io{1};
  std::unique_ptr<Clock> clock = systemClock();
  std::unique_ptr<Random> random = systemRandom();
  test::Bucket bucket;
  Options options{.writes = 200, .workers = 8};
  std::function<void(const Progress&)> progress;
  Drill* running = nullptr;

 private:
  std::vector<std::unique_ptr<test::FakeMaster>> masters_;
};

bool endsWith(const std::string& key, const char* end) {
  return key.ends_with(end);
}

TEST_F(DrillOnFakes, FindsNothingLostWhereNothingIs) {
  add();
  add();
  const auto report = run();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->good()) << text(*report);
  EXPECT_EQ(report->acknowledged(), 185U) << "180 of their own and 1 winner for each of 5 contended keys";
  EXPECT_EQ(report->masters[0].refused + report->masters[1].refused, 15U);
  EXPECT_GT(report->masters[1].acknowledged, 0U);
  EXPECT_EQ(report->verifiedThrough(), 2U);
  EXPECT_EQ(report->attempts, (std::map<std::uint32_t, std::uint64_t>{{1, 200}}));
  EXPECT_FALSE(bucket.exists) << "cleaned up";
  EXPECT_TRUE(bucket.objects.empty());
}

TEST_F(DrillOnFakes, CountsEveryLostWrite) {
  const auto fault = [](const std::string& key, std::uint64_t) {
    if (key.find("/own/") == std::string::npos) return Fault::none;
    return endsWith(key, "7") ? Fault::forget : endsWith(key, "12") ? Fault::mangle : Fault::none;
  };
  add(fault);
  add(fault);
  const auto report = run();
  ASSERT_TRUE(report) << report.error().message;
  // ...7: 20 writes, of which 37, 77, 117, 157 and 197 are contended ones; ...12: 12 and 112.
  EXPECT_EQ(report->lost(), 17U) << text(*report);
  EXPECT_FALSE(report->good());
  EXPECT_EQ(report->examples.size(), 10U);
  EXPECT_NE(text(*report).find("not listed and not there through"), std::string::npos);
}

TEST_F(DrillOnFakes, TwoWinnersOfOneKeyAreALostWrite) {
  add([](const std::string& key, std::uint64_t before) {
    return key.find("/contended/") != std::string::npos && before == 0 ? Fault::forget : Fault::none;
  });
  const auto report = run();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->lost(), 5U) << text(*report);
}

TEST_F(DrillOnFakes, RetriesWhatWasRejectedAndWhatWasNotAnswered) {
  const auto fault = [](const std::string& key, std::uint64_t before) {
    if (key.find("/own/") == std::string::npos) return Fault::none;
    if (endsWith(key, "5") && before < 2) return Fault::reject;
    if (endsWith(key, "3") && before < 1) return Fault::fail_after;
    return Fault::none;
  };
  add(fault);
  add(fault);
  const auto report = run();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->good()) << text(*report);
  EXPECT_EQ(report->masters[0].rejected + report->masters[1].rejected, 40U);
  EXPECT_EQ(report->masters[0].unanswered + report->masters[1].unanswered, 20U);
  EXPECT_EQ(report->attempts, (std::map<std::uint32_t, std::uint64_t>{{1, 160}, {2, 20}, {3, 20}}));
}

TEST_F(DrillOnFakes, StopsAtAnAnswerThatItCannotGoOnWith) {
  add([](const std::string&, std::uint64_t) { return Fault::deny; });
  const auto report = run();
  ASSERT_FALSE(report);
  EXPECT_NE(report.error().message.find("403 Planted: as asked"), std::string::npos) << report.error().message;
}

TEST_F(DrillOnFakes, SaysWhenNoMasterAnswers) {
  options.masters.push_back({"127.0.0.1", 1, false, {}});
  const auto report = run();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::unavailable);
}

TEST_F(DrillOnFakes, MovesAwayFromAMasterThatDoesNotAnswer) {
  add();
  options.masters.push_back({"127.0.0.1", 1, false, {}});
  options.writes = 40;
  const auto report = run();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->good()) << text(*report);
  EXPECT_GT(report->masters[1].unanswered, 0U);
  EXPECT_EQ(report->masters[1].acknowledged, 0U);
  EXPECT_EQ(report->verifiedThrough(), 1U);
  EXPECT_EQ(report->notes.size(), 1U);
}

TEST_F(DrillOnFakes, FailoverMovesTheWritersButForZombies) {
  add();
  add();
  options.kind = Kind::unfenced_failover;
  const auto report = run();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->good()) << text(*report);
  ASSERT_EQ(report->notes.size(), 1U);
  EXPECT_NE(report->notes[0].find("but for 2 whose "), std::string::npos) << report->notes[0];
  EXPECT_EQ(report->notes[0].find("whose 0 writes"), std::string::npos) << report->notes[0];
  EXPECT_GT(report->masters[1].acknowledged, report->masters[0].acknowledged);
}

TEST_F(DrillOnFakes, InterruptedItVerifiesWhatWasMeasured) {
  add([this](const std::string& key, std::uint64_t) {
    if (endsWith(key, "/own/00000050")) running->interrupt();
    return Fault::none;
  });
  const auto report = run();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->interrupted);
  EXPECT_LT(report->begun, 70U);
  EXPECT_TRUE(report->good()) << text(*report);
  EXPECT_TRUE(bucket.objects.empty());
}

TEST_F(DrillOnFakes, InterruptedTwiceItClaimsNothing) {
  add([this](const std::string& key, std::uint64_t) {
    if (endsWith(key, "/own/00000050")) running->interrupt(), running->interrupt();
    return Fault::none;
  });
  const auto report = run();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_FALSE(report->good());
  EXPECT_EQ(report->verifiedThrough(), 0U);
}

TEST_F(DrillOnFakes, LeavesOthersThingsAlone) {
  add();
  bucket.exists = true;
  bucket.objects["somebody's"] = "thing";
  options.bucket = "theirs";
  const auto report = run();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->good());
  EXPECT_TRUE(bucket.exists);
  EXPECT_EQ(bucket.objects.size(), 1U);
}

TEST_F(DrillOnFakes, KeepsWhenAskedTo) {
  add();
  options.keep = true;
  const auto report = run();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(bucket.objects.size(), 185U);
}

TEST_F(DrillOnFakes, ReadsTheMastersCounters) {
  auto& master = add();
  options.apis = {master.endpoint(), {"127.0.0.1", 1, false, {}}};
  master.metrics = "cairn_flips_total 5\n";
  progress = [&](const Progress& p) {
    if (p.verifying) master.metrics = "cairn_flips_total 9\ncairn_rebases_total 2\n";
  };
  const auto report = run();
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->counters.size(), 1U);
  EXPECT_EQ(report->counters[0].flips, 4U);
  EXPECT_EQ(report->counters[0].rebases, 2U);
  ASSERT_EQ(report->notes.size(), 1U);
  EXPECT_NE(report->notes[0].find("no counters from 127.0.0.1:1"), std::string::npos);
}

}  // namespace
}  // namespace cairn::drill
