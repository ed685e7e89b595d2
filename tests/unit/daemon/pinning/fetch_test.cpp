// Fetching a block from holders of which some hang, lie, or do not have it.
#include "daemon/pinning/fetch.h"

#include <gtest/gtest.h>

#include "tests/unit/daemon/bucket/masters.h"

namespace cairn::pinning {
namespace {

const Bytes kBytes{1, 2, 3};

/// A holder that gives what it is told to; one that hangs gives it once let go.
class Giver final : public Holder {
 public:
  explicit Giver(Result<blocks::BlockData> answer, bool hangs = false) : answer_(std::move(answer)), hangs_(hangs) {}
  MasterId id() const override { return MasterId("giver"); }
  Task<Result<HoldAnswer>> hold(Cid, Origin, std::vector<blocks::Block>) override { co_return HoldAnswer{}; }
  Task<Status> store(std::vector<blocks::Block>) override { co_return Status{}; }
  Task<Result<blocks::BlockData>> fetch(Cid) override {
    ++asked;
    if (hangs_) co_await let.wait();
    co_return answer_;
  }
  int asked = 0;
  OneShot<bool> let;

 private:
  Result<blocks::BlockData> answer_;
  bool hangs_;
};

/// A store that cannot read for now.
class Away final : public blocks::Store {
 public:
  explicit Away(blocks::Store& store) : store_(store) {}
  Task<Status> put(std::vector<blocks::Block> blocks) override { return store_.put(std::move(blocks)); }
  Task<Status> sync() override { return store_.sync(); }
  Task<Result<blocks::BlockData>> get(Cid) override { co_return fail(Errc::unavailable, "its disk is away"); }
  Task<Result<std::vector<Cid>>> missing(std::vector<Cid> cids) override { return store_.missing(std::move(cids)); }
  std::vector<bool> complete(std::span<const Cid> cids) override { return store_.complete(cids); }
  void markComplete(std::span<const Cid> cids) override { store_.markComplete(cids); }
  blocks::Stats stats() override { return store_.stats(); }

 private:
  blocks::Store& store_;
};

class Fetch : public ::testing::Test {
 protected:
  std::shared_ptr<Giver> add(Result<blocks::BlockData> answer, bool hangs = false) {
    givers.push_back(std::make_shared<Giver>(std::move(answer), hangs));
    return givers.back();
  }
  /// The answer, or nothing when it takes too long.
  std::optional<Result<blocks::BlockData>> get(Fetcher& fetcher) {
    auto into = std::make_shared<std::optional<Result<blocks::BlockData>>>();
    auto ask = [](Fetcher& from, Cid cid, decltype(into) out) -> Task<void> { *out = co_await from.get(cid); };
    spawn(fleet.io.get_executor(), ask(fetcher, cid, into));
    fleet.until([into] { return into->has_value(); });
    return *into;
  }
  Fetcher fetcher() { return Fetcher(*fleet[0].store, {givers.begin(), givers.end()}, fleet.clock.get()); }

  const Cid cid = Cid::of(Codec::raw, kBytes);
  const blocks::BlockData good = blocks::BlockData::copy(kBytes);
  const Error absent = fail(Errc::not_found, "no such block");
  test::Fleet fleet{1, true, 0};
  std::vector<std::shared_ptr<Giver>> givers;
};

TEST_F(Fetch, AHolderThatHangsHoldsNobodyUp) {
  auto hanging = add(good, true), other = add(good);
  Fetcher from = fetcher();
  auto got = get(from);
  ASSERT_TRUE(got && *got) << "it waits for who hangs";
  EXPECT_EQ(from.fetched(), 1U);
  hanging->let.set(true);
  EXPECT_TRUE(fleet.until([&] { return hanging.use_count() == 3; })) << "the one late answer is dropped";
}

TEST_F(Fetch, AsksOneAfterTheOtherWhereTheyAnswer) {
  auto first = add(absent), second = add(good), third = add(good);
  Fetcher from = fetcher();
  auto got = get(from);
  ASSERT_TRUE(got && *got);
  EXPECT_EQ(third->asked, 0);
  EXPECT_EQ(first->asked, 1);
}

TEST_F(Fetch, TellsNobodyHasItFromSomebodyCouldNotBeAsked) {
  add(absent);
  add(absent);
  Fetcher none = fetcher();
  EXPECT_EQ(get(none)->error().code, Errc::not_found);
  add(blocks::BlockData::copy(Bytes{9}));
  Fetcher lying = fetcher();
  EXPECT_EQ(get(lying)->error().code, Errc::unavailable);
  auto hanging = add(fail(Errc::timeout, "no answer"), true);
  hanging->let.set(true);
  Fetcher down = fetcher();
  EXPECT_EQ(get(down)->error().code, Errc::unavailable);
}

TEST_F(Fetch, AsksOthersForWhatTheLocalStoreCannotGiveNow) {
  Away away(*fleet[0].store);
  add(good);
  Fetcher from(away, {givers.begin(), givers.end()}, fleet.clock.get());
  auto got = get(from);
  ASSERT_TRUE(got && *got);
  givers.clear();
  add(absent);
  Fetcher alone(away, {givers.begin(), givers.end()}, fleet.clock.get());
  got = get(alone);
  ASSERT_TRUE(got && !*got);
  EXPECT_EQ(got->error().code, Errc::unavailable) << "not_found would say that nobody has it";
  EXPECT_EQ(got->error().message, "its disk is away");
}

}  // namespace
}  // namespace cairn::pinning
