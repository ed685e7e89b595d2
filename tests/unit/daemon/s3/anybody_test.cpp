// Look-ups without credentials: so many at a time, in turn, and no more than can wait.
#include "daemon/s3/anybody.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

namespace cairn::s3 {
namespace {

class Lookups : public ::testing::Test {
 protected:
  /// The nth asks for a place, and keeps it until leave(n).
  void ask(int n) {
    auto go = [](Lookups* self, int which) -> Task<void> {
      auto place = co_await self->anybody.enter();
      self->told.emplace_back(which, place != nullptr);
      if (place) self->inside.emplace(which, std::move(place));
    };
    spawn(io.get_executor(), go(this, n));
    settle();
  }
  void leave(int n) {
    inside.erase(n);
    settle();
  }
  void settle() {
    io.restart();
    io.poll();
  }

  net::io_context io;
  Anybody anybody;
  std::vector<std::pair<int, bool>> told;
  std::map<int, Anybody::Place> inside;
};

TEST_F(Lookups, AreSoManyAtATimeInTurn) {
  constexpr int kPlaces = static_cast<int>(Anybody::kMostAtOnce), kQueue = static_cast<int>(Anybody::kMostWaiting);
  for (int n = 0; n < kPlaces + kQueue; ++n) ask(n);
  EXPECT_EQ(inside.size(), Anybody::kMostAtOnce);
  EXPECT_EQ(told.size(), Anybody::kMostAtOnce) << "the others wait";
  ask(-1);
  EXPECT_EQ(told.back(), std::pair(-1, false)) << "there is no room to wait";
  leave(7);
  EXPECT_EQ(told.back(), std::pair(kPlaces, true)) << "the first of those who wait";
  leave(0);
  leave(1);
  EXPECT_EQ(told.back(), std::pair(kPlaces + 2, true));
  EXPECT_EQ(inside.size(), Anybody::kMostAtOnce);
  while (!inside.empty()) leave(inside.begin()->first);
  EXPECT_EQ(told.size(), static_cast<std::size_t>(kPlaces + kQueue + 1)) << "everybody had his turn";
  ask(-2);
  EXPECT_EQ(told.back(), std::pair(-2, true));
}

TEST_F(Lookups, RememberWhetherAnythingWasOpened) {
  EXPECT_FALSE(anybody.opened());
  anybody.saw("");
  EXPECT_FALSE(anybody.opened());
  anybody.saw("{}");
  EXPECT_TRUE(anybody.opened());
}

}  // namespace
}  // namespace cairn::s3
