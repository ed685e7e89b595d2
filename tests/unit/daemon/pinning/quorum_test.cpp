// The quorum against holders that are slow, never satisfied, or far behind.
#include "daemon/pinning/quorum.h"

#include <gtest/gtest.h>

#include "tests/unit/daemon/bucket/masters.h"
#include "tests/unit/daemon/pinning/roots.h"

namespace cairn::pinning {
namespace {

using test::Fleet;

constexpr std::size_t kAtOnce = 4;   ///< offers that one holder is sent at a time (kOffersAtOnce)
constexpr std::size_t kBehind = 16;  ///< pushes after which a holder is too far behind (kMostBehind)

/// A holder that a test drives: it counts what it is sent, and answers when it is let.
class Fake final : public Holder {
 public:
  explicit Fake(std::string name, bool slow = false) : id_(std::move(name)), slow_(slow) {}
  MasterId id() const override { return id_; }
  Task<Result<HoldAnswer>> hold(Cid, Origin, std::vector<blocks::Block> blocks) override {
    ++holds;
    for (const auto& b : blocks) sent.push_back(b.cid);
    if (slow_) co_await pass();
    co_return answer ? answer(holds) : HoldAnswer{true, {}};
  }
  Task<Status> store(std::vector<blocks::Block> blocks) override {
    for (const auto& b : blocks) sent.push_back(b.cid);
    mostInside = std::max(mostInside, ++inside);
    if (slow_) co_await pass();
    --inside;
    co_return Status{};
  }
  Task<Result<blocks::BlockData>> fetch(Cid cid) override {
    ++fetches;
    auto found = has.find(cid);
    if (found == has.end()) co_return fail(Errc::not_found, "no such block");
    co_return found->second;
  }
  /// Lets the first that waits go on.
  void letOne() {
    waiting_.front().set(true);
    waiting_.pop_front();
  }
  std::size_t waiting() const { return waiting_.size(); }

  std::function<HoldAnswer(std::size_t call)> answer;
  std::unordered_map<Cid, blocks::BlockData> has;
  std::vector<Cid> sent;
  std::size_t holds = 0, fetches = 0, inside = 0, mostInside = 0;

 private:
  Task<void> pass() {
    waiting_.emplace_back();
    auto mine = waiting_.back();
    co_await mine.wait();
  }
  MasterId id_;
  bool slow_;
  std::deque<OneShot<bool>> waiting_;
};

struct Rig {
  Rig() : fleet(1, true, 0) {}
  /// Blocks of 1 MiB in the local store: one fills an offer's batch.
  std::vector<Cid> large(std::size_t n) {
    std::vector<blocks::Block> made;
    std::vector<Cid> cids;
    for (std::size_t i = 0; i < n; ++i) {
      Bytes data(1U << 20, static_cast<std::uint8_t>(i));
      cids.push_back(Cid::of(Codec::raw, data));
      made.push_back({cids.back(), blocks::BlockData::own(std::move(data))});
    }
    CAIRN_ASSERT(fleet.run(fleet[0].store->put(std::move(made))).has_value());
    return cids;
  }
  Quorum quorum(std::vector<std::shared_ptr<Holder>> others, std::size_t needed, std::shared_ptr<Holder> local = {}) {
    return Quorum(local ? local : fleet[0].local, *fleet[0].store, std::move(others), QuorumRule{needed});
  }
  /// Offers each block by itself; `ended` counts those that are through.
  void offerAll(Quorum& quorum, const std::vector<Cid>& cids, std::size_t& ended) {
    auto offer = [](Quorum& to, Cid cid, std::size_t& count) -> Task<void> {
      co_await to.offer(std::vector<Cid>(1, cid));
      ++count;
    };
    for (const Cid& cid : cids) spawn(fleet.io.get_executor(), offer(quorum, cid, ended));
  }
  Fleet fleet;
};

TEST(Offers, ASlowHolderDoesNotHoldUpAnother) {
  Rig rig;
  auto slow = std::make_shared<Fake>("slow", true), quick = std::make_shared<Fake>("quick");
  Quorum quorum = rig.quorum({slow, quick}, 1);
  const auto cids = rig.large(10);
  std::size_t ended = 0;
  rig.offerAll(quorum, cids, ended);
  EXPECT_TRUE(rig.fleet.until([&] { return ended == cids.size(); }))
      << ended << " of " << cids.size() << " offers ended";
  EXPECT_EQ(std::set<Cid>(quick->sent.begin(), quick->sent.end()), std::set<Cid>(cids.begin(), cids.end()));
  EXPECT_TRUE(rig.fleet.until([&] { return slow->waiting() == kAtOnce; }));
  EXPECT_EQ(slow->sent.size(), kAtOnce);
  for (std::size_t i = 0; i < cids.size(); ++i) {
    ASSERT_TRUE(rig.fleet.until([&] { return slow->waiting() > 0; }));
    slow->letOne();
  }
  EXPECT_TRUE(rig.fleet.until([&] { return slow->inside == 0; }));
}

TEST(Offers, AHolderIsSentFewAtATimeAndTheRestWait) {
  Rig rig;
  auto slow = std::make_shared<Fake>("slow", true);
  Quorum quorum = rig.quorum({slow}, 1);
  const auto cids = rig.large(10);
  std::size_t ended = 0;
  rig.offerAll(quorum, cids, ended);
  ASSERT_TRUE(rig.fleet.until([&] { return slow->waiting() == kAtOnce; }));
  for (std::size_t let = 1; let <= cids.size(); ++let) {
    slow->letOne();
    ASSERT_TRUE(rig.fleet.until([&] {
      return ended == let && slow->waiting() == std::min(kAtOnce, cids.size() - let);
    })) << ended
        << " ended, " << slow->waiting() << " wait";
  }
  EXPECT_EQ(slow->mostInside, kAtOnce);
  EXPECT_EQ(std::set<Cid>(slow->sent.begin(), slow->sent.end()), std::set<Cid>(cids.begin(), cids.end()));
}

TEST(Pushes, AHolderThatGoesOnMissingWhatItWasSentIsGivenUp) {
  Rig rig;
  auto stubborn = std::make_shared<Fake>("s1");
  const auto root = rootOf();
  stubborn->answer = [&](std::size_t call) {
    // A bound of the test's own, so that it fails rather than goes on for ever.
    return call > 20 ? HoldAnswer{true, {}} : HoldAnswer{false, {root.cid}};
  };
  CAIRN_ASSERT(rig.fleet.run(rig.fleet[0].store->put({root})).has_value());
  Quorum quorum = rig.quorum({stubborn}, 1);
  auto held = rig.fleet.run(quorum.hold(kBucket, root.cid, {}, {root}, {}));
  ASSERT_FALSE(held.has_value());
  EXPECT_EQ(held.error().code, Errc::unavailable);
  EXPECT_NE(held.error().message.find("s1: it goes on missing what was sent"), std::string::npos)
      << held.error().message;
  EXPECT_EQ(stubborn->holds, 2U) << "once with the commit, once with what it missed";
}

TEST(Pushes, AHolderThatMissesMoreEachTimeIsServed) {
  Rig rig;
  const auto cids = rig.large(3);
  const auto root = rootOf();
  auto behind = std::make_shared<Fake>("s1");
  behind->answer = [&](std::size_t call) {
    return call <= cids.size() ? HoldAnswer{false, {cids[call - 1]}} : HoldAnswer{true, {}};
  };
  Quorum quorum = rig.quorum({behind}, 1);
  auto held = rig.fleet.run(quorum.hold(kBucket, root.cid, {}, {root}, {}));
  ASSERT_TRUE(held.has_value()) << held.error().message;
  EXPECT_EQ(held->size(), 2U);
  EXPECT_EQ(behind->sent, (std::vector<Cid>{root.cid, cids[0], cids[1], cids[2]}));
}

TEST(Pushes, AHolderFarBehindIsLeftOutByName) {
  Rig rig;
  auto slow = std::make_shared<Fake>("slow", true), quick = std::make_shared<Fake>("quick");
  Quorum one = rig.quorum({slow, quick}, 1);
  for (std::uint8_t n = 0; n < kBehind + 5; ++n) {
    const auto root = rootOf(n);
    auto held = rig.fleet.run(one.hold(kBucket, root.cid, {}, {root}, {}));
    ASSERT_TRUE(held.has_value()) << held.error().message;
    EXPECT_EQ(held->back(), quick->id());
  }
  ASSERT_TRUE(rig.fleet.until([&] { return slow->waiting() == kBehind; }));
  EXPECT_EQ(slow->holds, kBehind);
  for (std::size_t i = 0; i < kBehind; ++i) slow->letOne();
  const auto root = rootOf(99);
  ASSERT_TRUE(rig.fleet.until([&] { return slow->waiting() == 0; }));
  auto again = rig.fleet.run(one.hold(kBucket, root.cid, {}, {root}, {}));
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(rig.fleet.until([&] { return slow->waiting() == 1; })) << "it has caught up and is sent commits again";
  slow->letOne();
}

/// A node that lacks `n` blocks, which `other` has.
std::shared_ptr<Fake> lacking(std::size_t n, Fake& other) {
  auto local = std::make_shared<Fake>("m1");
  std::vector<Cid> missing;
  for (std::size_t i = 0; i < n; ++i) {
    const std::string text = std::to_string(i);
    missing.push_back(Cid::of(Codec::raw, asBytes(text)));
    other.has[missing.back()] = blocks::BlockData::copy(asBytes(text));
  }
  local->answer = [missing](std::size_t call) {
    return call == 1 && !missing.empty() ? HoldAnswer{false, missing} : HoldAnswer{true, {}};
  };
  return local;
}

TEST(CatchingUp, ACommitFetchesALittleAndIsRefusedWhereMuchIsMissing) {
  for (const std::size_t n : {kMostMissing - 1, kMostMissing}) {
    Rig rig;
    auto other = std::make_shared<Fake>("m2");
    auto local = lacking(n, *other);
    Quorum quorum = rig.quorum({other}, 1, local);
    const auto root = rootOf();
    auto held = rig.fleet.run(quorum.hold(kBucket, root.cid, {}, {root}, {}));
    if (n < kMostMissing) {
      ASSERT_TRUE(held.has_value()) << held.error().message;
      EXPECT_EQ(other->fetches, n);
      continue;
    }
    ASSERT_FALSE(held.has_value());
    EXPECT_EQ(held.error().code, Errc::unavailable);
    EXPECT_EQ(held.error().message, "m1 (this node): it is still catching up with the bucket; try again later");
    EXPECT_EQ(other->fetches, 0U) << "a client waits: it is told at once";
  }
}

TEST(CatchingUp, AtStartUpNothingIsTooMuch) {
  Rig rig;
  auto other = std::make_shared<Fake>("m2");
  Quorum quorum = rig.quorum({other}, 1, lacking(kMostMissing, *other));
  auto status = rig.fleet.run(quorum.catchUp(kBucket, rootOf().cid));
  EXPECT_TRUE(status.has_value()) << status.error().message;
  EXPECT_EQ(other->fetches, kMostMissing);
}

}  // namespace
}  // namespace cairn::pinning
