// Which rows of a history go, and what stands in their place.
#include "daemon/app/thinner.h"

#include <gtest/gtest.h>

namespace cairn::app {
namespace {

constexpr std::int64_t kMinute = 60'000, kHour = 60 * kMinute, kDay = 24 * kHour;
constexpr std::int64_t kNow = 20'000 * kDay + 12 * kHour + 30 * kMinute;

std::vector<registry::HistoryRow> rowsAt(const std::vector<std::int64_t>& ages) {
  std::vector<registry::HistoryRow> rows;
  for (const std::int64_t age : ages) {
    auto& row = rows.emplace_back();
    row.version = Version(rows.size());
    row.at = Timestamp(kNow - age);
  }
  return rows;
}

using Ranges = std::vector<std::pair<std::size_t, std::size_t>>;

TEST(Thinner, KeepsAllForAnHourThenTheLastOfEachHourThenOfEachDay) {
  const Thinning rule{true, std::chrono::hours(1), std::chrono::hours(48)};
  const auto thinned = [&](const std::vector<std::int64_t>& ages) {
    return rangesOf(rowsAt(ages), rule, Timestamp(kNow));
  };
  EXPECT_EQ(thinned({}), Ranges());
  EXPECT_EQ(thinned({50 * kMinute, 40 * kMinute, 1, 0}), Ranges()) << "younger than an hour";
  // 12:30 is now: 11:05, 11:10 and 11:20 are one hour's.
  EXPECT_EQ(thinned({85 * kMinute, 80 * kMinute, 70 * kMinute}), (Ranges{{0, 1}}));
  EXPECT_EQ(thinned({85 * kMinute, 80 * kMinute, 55 * kMinute}), (Ranges{{0, 0}}))
      << "the last before the young ones stays";
  EXPECT_EQ(thinned({100 * kMinute, 85 * kMinute, 80 * kMinute}), (Ranges{{1, 1}})) << "10:50 is another hour";
  EXPECT_EQ(thinned({5 * kHour, 4 * kHour, 3 * kHour}), Ranges());
  EXPECT_EQ(thinned({5 * kDay, 5 * kDay - kHour, 5 * kDay - 2 * kHour, 3 * kDay}), (Ranges{{0, 1}})) << "one a day";
  EXPECT_EQ(thinned({85 * kMinute}), Ranges()) << "the newest";
}

TEST(Thinner, RangesFollowOneAnotherAndEnd) {
  auto rows = rowsAt(std::vector<std::int64_t>(2500, 80 * kMinute));
  const Thinning rule;
  EXPECT_EQ(rangesOf(rows, rule, Timestamp(kNow)), (Ranges{{0, 999}, {1000, 1999}, {2000, 2498}}));
  for (std::size_t i = 10; i < rows.size(); ++i) rows[i].version = Version(i + 100);
  EXPECT_EQ(rangesOf(rows, rule, Timestamp(kNow))[0], (std::pair<std::size_t, std::size_t>{0, 9})) << "a gap";
}

}  // namespace
}  // namespace cairn::app
