// A holder that follows: brought to the newest roots, how far behind it is, and what happens past the bounds.
#include "daemon/pinning/follower.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "tests/unit/daemon/pinning/noting.h"
#include "tests/unit/daemon/pinning/roots.h"

namespace cairn::pinning {
namespace {

using std::chrono::seconds;

class Following : public testing::Test {
 protected:
  explicit Following(FollowRule rule = {5, seconds(60), true})
      : follower_(std::make_shared<Follower>(holder_, rule, clock_, io_.get_executor())) {}
  void flip(std::uint8_t n, const BucketId& bucket = kBucket) {
    follower_->flipped(bucket, rootOf(n).cid);
    run();
  }
  void run() {
    io_.restart();
    io_.poll();  // who follows is never at its end
  }
  /// Lets those that sleep go on once.
  void pass(Duration time = std::chrono::milliseconds(250)) {
    clock_.at += time;
    clock_.release();
    run();
  }
  std::optional<Status> admitted() {
    auto out = std::make_shared<std::optional<Status>>();
    auto ask = [](std::shared_ptr<Follower> f, std::shared_ptr<std::optional<Status>> o) -> Task<void> {
      *o = co_await f->admit();
    };
    spawn(io_.get_executor(), ask(follower_, out));
    run();
    for (int i = 0; i < 100 && !*out; ++i) pass(std::chrono::milliseconds(20));
    return *out;
  }

  net::io_context io_{1};
  Held clock_;
  std::shared_ptr<Noting> holder_ = std::make_shared<Noting>("cluster");
  std::shared_ptr<Follower> follower_;
};

TEST_F(Following, SkipsToTheNewestRootFromTheOneHeldBefore) {
  flip(1);
  flip(2);
  EXPECT_EQ(follower_->lag().roots, 2U);
  pass();
  EXPECT_EQ(holder_->roots, std::vector<Cid>{rootOf(2).cid});
  EXPECT_EQ(holder_->bases, std::vector<std::optional<Cid>>{std::nullopt});
  EXPECT_EQ(follower_->lag().roots, 0U);
  pass();  // and rests
  flip(3);
  pass();
  EXPECT_EQ(holder_->roots.back(), rootOf(3).cid);
  EXPECT_EQ(holder_->bases.back(), rootOf(2).cid);
}

TEST_F(Following, CountsWhatCameWhileItWasHolding) {
  holder_->hangs = true;
  flip(1);
  pass();
  clock_.at += seconds(2);
  flip(2);
  flip(3);
  EXPECT_EQ(follower_->lag().roots, 3U);
  EXPECT_GE(follower_->lag().age, seconds(2));
  holder_->hangs = false;
  holder_->wake();
  run();
  EXPECT_EQ(follower_->lag().roots, 2U);
  pass();
  EXPECT_EQ(holder_->roots, (std::vector<Cid>{rootOf(1).cid, rootOf(3).cid}));
  EXPECT_EQ(follower_->lag().roots, 0U);
  EXPECT_EQ(follower_->lag().age, Duration());
}

TEST_F(Following, GoesOnAskingAndTellsTheTrouble) {
  holder_->fails = true;
  flip(1);
  for (int i = 0; i < 4; ++i) pass(seconds(1));
  EXPECT_EQ(holder_->roots.size(), 4U);
  EXPECT_EQ(follower_->lag().trouble, "it is down");
  EXPECT_EQ(follower_->lag().roots, 1U);
  EXPECT_GE(follower_->lag().age, seconds(4));
  holder_->fails = false;
  pass(seconds(1));
  EXPECT_EQ(follower_->lag().trouble, "");
  EXPECT_EQ(follower_->lag().roots, 0U);
}

TEST_F(Following, BringsBucketsAlongByThemselves) {
  const BucketId other{OwnerId("o"), BucketName("other")};
  flip(1);
  flip(2, other);
  pass();
  EXPECT_EQ(holder_->roots, (std::vector<Cid>{rootOf(1).cid, rootOf(2).cid}));
  EXPECT_EQ(follower_->lag().roots, 0U);
}

TEST_F(Following, RefusesPastTheBoundAndSaysWhy) {
  holder_->fails = true;
  for (std::uint8_t n = 0; n < 5; ++n) flip(n);
  EXPECT_TRUE(admitted().value()) << "five are allowed";
  flip(5);
  auto refused = admitted();
  ASSERT_TRUE(refused && !*refused);
  EXPECT_EQ(refused->error().code, Errc::unavailable);
  EXPECT_NE(refused->error().message.find("cluster is 6 roots and"), std::string::npos) << refused->error().message;
  EXPECT_NE(refused->error().message.find("it is down"), std::string::npos) << refused->error().message;
}

TEST_F(Following, RefusesWhatIsTooLateToo) {
  holder_->fails = true;
  flip(1);
  clock_.at += seconds(61);
  auto refused = admitted();
  ASSERT_TRUE(refused && !*refused);
}

TEST_F(Following, LetsACommitInAsSoonAsItHasCaughtUp) {
  holder_->fails = true;
  for (std::uint8_t n = 0; n < 6; ++n) flip(n);
  holder_->fails = false;
  EXPECT_TRUE(admitted().value());
  EXPECT_EQ(follower_->lag().roots, 0U);
}

class FollowingSlowly : public Following {
 protected:
  FollowingSlowly() : Following({5, seconds(60), false}) {}
};

TEST_F(FollowingSlowly, MakesCommitsWaitPastTheBound) {
  holder_->fails = true;
  for (std::uint8_t n = 0; n < 6; ++n) flip(n);
  const Duration begun = clock_.at;
  EXPECT_TRUE(admitted().value());
  EXPECT_GE(clock_.at - begun, seconds(1));
}

}  // namespace
}  // namespace cairn::pinning
