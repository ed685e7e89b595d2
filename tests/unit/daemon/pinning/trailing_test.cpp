// Holders that trail: told of the newest root a little later, unless the quorum needs them at once.
#include <gtest/gtest.h>

#include "daemon/pinning/quorum.h"
#include "tests/unit/daemon/bucket/masters.h"

namespace cairn::pinning {
namespace {

const BucketId kBucket{OwnerId("alice"), BucketName("photos")};

/// Answers each hold with what `answer` says, or not at all while `hangs`; notes the roots it was told of.
class Noting final : public Holder {
 public:
  explicit Noting(std::string name) : id_(std::move(name)) {}
  MasterId id() const override { return id_; }
  Task<Result<HoldAnswer>> hold(Cid root, std::optional<Cid>, std::vector<blocks::Block>) override {
    roots.push_back(root);
    if (hangs) (void)co_await never_.wait();
    if (fails) co_return fail(Errc::unavailable, "it is down");
    co_return HoldAnswer{true, {}};
  }
  Task<Status> store(std::vector<blocks::Block>) override { co_return Status{}; }
  Task<Result<blocks::BlockData>> fetch(Cid) override { co_return fail(Errc::not_found, "no such block"); }
  /// Lets what hangs go on.
  void wake() { never_.set(true); }

  std::vector<Cid> roots;
  bool hangs = false, fails = false;

 private:
  MasterId id_;
  OneShot<bool> never_;
};

class Trailing : public testing::Test {
 protected:
  Quorum quorum(std::size_t needed) {
    return Quorum(fleet_[0].local, *fleet_[0].store, {peer_, storage_}, QuorumRule{needed, 1}, clock_.get());
  }
  Result<std::vector<MasterId>> hold(Quorum& quorum, std::uint8_t n, std::optional<Cid> base = std::nullopt) {
    return fleet_.run(quorum.hold(kBucket, rootOf(n).cid, base, {rootOf(n)}, {}));
  }
  static blocks::Block rootOf(std::uint8_t n) {
    Bytes data{0x18, static_cast<std::uint8_t>(100 + n)};
    return {Cid::of(Codec::dag_cbor, data), blocks::BlockData::own(std::move(data))};
  }
  template <class Condition>
  bool until(Condition done) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done() && std::chrono::steady_clock::now() < end) fleet_.io.run_one_for(std::chrono::milliseconds(50));
    return done();
  }

  test::Fleet fleet_{1, true, 0};
  std::unique_ptr<Clock> clock_ = systemClock();
  std::shared_ptr<Noting> peer_ = std::make_shared<Noting>("m2"), storage_ = std::make_shared<Noting>("s1");
};

TEST_F(Trailing, IsToldOfTheNewestRootOnly) {
  Quorum quorum = this->quorum(1);
  for (std::uint8_t n = 1; n <= 5; ++n) {
    auto held = hold(quorum, n);
    ASSERT_TRUE(held);
    EXPECT_EQ(*held, (std::vector<MasterId>{fleet_[0].local->id(), MasterId("m2")}));
  }
  EXPECT_EQ(peer_->roots.size(), 5U);
  ASSERT_TRUE(until([&] { return !storage_->roots.empty(); }));
  EXPECT_EQ(storage_->roots.back(), rootOf(5).cid);
  EXPECT_LT(storage_->roots.size(), 5U);
}

TEST_F(Trailing, IsAskedAtOnceWhereTheQuorumNeedsIt) {
  Quorum quorum = this->quorum(2);
  auto held = hold(quorum, 1);
  ASSERT_TRUE(held);
  EXPECT_EQ(held->size(), 3U);
}

TEST_F(Trailing, StandsInForAHolderThatFails) {
  Quorum quorum = this->quorum(1);
  peer_->fails = true;
  auto held = hold(quorum, 1);
  ASSERT_TRUE(held);
  EXPECT_EQ(held->back(), MasterId("s1"));
  // Known to fail, it is not waited for any more; both are asked at once.
  storage_->roots.clear();
  ASSERT_TRUE(hold(quorum, 2));
  EXPECT_EQ(storage_->roots, std::vector<Cid>{rootOf(2).cid});
}

TEST_F(Trailing, StandsInForAHolderThatTakesLong) {
  Quorum quorum = this->quorum(1);
  peer_->hangs = true;
  auto held = hold(quorum, 1);
  ASSERT_TRUE(held);
  EXPECT_EQ(held->back(), MasterId("s1"));
  peer_->wake();
}

TEST_F(Trailing, WithNobodyLeftTheReasonNamesAll) {
  Quorum quorum = this->quorum(1);
  peer_->fails = storage_->fails = true;
  auto held = hold(quorum, 1);
  ASSERT_FALSE(held);
  EXPECT_NE(held.error().message.find("m2: it is down; s1: it is down"), std::string::npos) << held.error().message;
}

TEST_F(Trailing, IsToldWhatTheLastProcessHadYetToSay) {
  Quorum quorum = this->quorum(1);
  ASSERT_TRUE(fleet_.run(fleet_[0].store->putDurably({rootOf(7)})));
  ASSERT_TRUE(fleet_.run(quorum.catchUp(kBucket, rootOf(7).cid)));
  ASSERT_TRUE(until([&] { return !storage_->roots.empty(); }));
  EXPECT_EQ(storage_->roots.back(), rootOf(7).cid);
}

}  // namespace
}  // namespace cairn::pinning
