// Which kubo the store agrees to use, and what it pins there.
#include "daemon/blocks/kubo/pins.h"
#include "tests/unit/daemon/blocks/kubo_rig.h"

namespace cairn::blocks {
namespace {

using test::block;
using test::KuboStoreTest;
using test::someBlocks;
using test::wait;
using testing::HasSubstr;

TEST_F(KuboStoreTest, RefusesAKuboThatMustNotBeUsed) {
  kubo_.collects = true;
  auto opened = tryOpen();
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, Errc::precondition);
  EXPECT_THAT(opened.error().message, HasSubstr("--enable-gc"));
  kubo_.collects = false;
  kubo_.durability = kubo::Durability::unknown;
  opened = tryOpen();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("kubo_repository"));
  kubo_.durability = kubo::Durability::by_pin;
  open();
  kubo_.peer = "12D3KooWother";
  opened = tryOpen();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("12D3KooWmodel"));
}

TEST_F(KuboStoreTest, AKuboThatComesBackWithGarbageCollectionIsGivenNothing) {
  open();
  kubo_.silent = true;
  const Block b = block(1, 5000);
  putDurably({b});
  until([this] { return !store_->kubo().answers; });
  kubo_.collects = true;
  kubo_.restart(dice_);
  kubo_.silent = false;
  until([this] { return store_->kubo().problem.find("--enable-gc") != std::string::npos; });
  EXPECT_FALSE(kubo_.has(b.cid));
  expectHas(b);
}

// What was there is four times the journal's bound, and new blocks stand behind it.
TEST_F(KuboStoreTest, AnEmbeddedStoreIsMovedWithoutABoundWhileItLasts) {
  const auto old = someBlocks(1, 40, 100'000);
  {
    EmbeddedOptions embedded;
    embedded.directory = dir_.path();
    embedded.reserveBytes = 0;
    embedded.segmentBytes = 1 << 20;
    auto store = openEmbedded(embedded);
    ASSERT_TRUE(store) << store.error().message;
    ASSERT_TRUE(wait((*store)->putDurably(old)));
    (*store)->markComplete(std::vector{old[7].cid});
  }
  kubo_.full = true;
  open();
  EXPECT_GT(store_->kubo().movingBytes, 3U << 20);
  const auto fresh = someBlocks(100, 20, 100'000);
  putDurably(fresh);
  open();
  putDurably(someBlocks(200, 1, 5000));
  expectHas(old[39]);
  kubo_.full = false;
  untilReleased();
  EXPECT_EQ(store_->kubo().movingBytes, 0U);
  for (const auto& blocks : {old, fresh})
    for (const Block& b : blocks) {
      EXPECT_TRUE(kubo_.has(b.cid));
      expectHas(b);
    }
  EXPECT_TRUE(store_->complete(std::vector{old[7].cid}).front()) << "marks stay";

  kubo_.full = true;
  open();
  until([this] { return !wait(store_->putDurably(someBlocks(300 + dice_() % 1'000'000, 5, 100'000))); });
  EXPECT_EQ(store_->kubo().movingBytes, 0U);
}

TEST_F(KuboStoreTest, PinsTheNewestCompleteRootOfEachNameFromTheOneBefore) {
  open();
  const auto roots = someBlocks(1, 4, 500);
  putDurably(roots);
  store_->pinLater("demo/a", roots[0].cid);
  store_->pinLater("demo/a", roots[1].cid);
  store_->pinLater("demo/b", roots[2].cid);
  store_->markComplete(std::vector{roots[0].cid, roots[1].cid, roots[3].cid});
  until([this] { return !kubo_.pins().empty(); });
  store_->pinLater("demo/a", roots[3].cid);
  until([this] { return kubo_.pins().size() == 2; });
  const auto pins = kubo_.pins();
  EXPECT_EQ(pins[0].root, roots[1].cid);
  EXPECT_EQ(pins[0].from, std::nullopt);
  EXPECT_EQ(pins[1].root, roots[3].cid);
  EXPECT_EQ(pins[1].from, roots[1].cid);
  EXPECT_EQ(pins[1].name, "demo/a");
  open();
  store_->pinLater("demo/a", roots[0].cid);  // after a restart, too, it knows the one before
  until([this] { return kubo_.pins().size() == 3; });
  EXPECT_EQ(kubo_.pins()[2].from, roots[3].cid);
}

TEST_F(KuboStoreTest, TriesAPinThatFailedAgain) {
  open();
  const auto roots = someBlocks(1, 2, 500);
  putDurably(roots);
  store_->markComplete(std::vector{roots[0].cid, roots[1].cid});
  kubo_.pinsToRefuse = 3;
  store_->pinLater("demo/a", roots[0].cid);
  store_->pinLater("demo/b", roots[1].cid);
  until([this] { return kubo_.pins().size() == 2; });
  EXPECT_EQ(kubo_.pinsToRefuse, 0);
}

TEST(KuboPins, WaitLongerAndLongerUntilTheyAreTriedAgainUnlessTheRootIsNewer) {
  using std::chrono::seconds;
  test::TemporaryDirectory directory;
  const auto files = embedded::systemFiles();
  kubo::Pins pins(*files, directory.path(), seconds(0));
  const auto roots = someBlocks(1, 2, 10);
  kubo::Pins::Time now;
  pins.want("demo/a", roots[0].cid, now);
  for (seconds pause{10}; pause < kubo::Pins::kMostPause; pause *= 2) {
    ASSERT_EQ(pins.wanted(now).size(), 1U);
    pins.failed(pins.wanted(now).front(), now, seconds(10));
    pins.want("demo/a", roots[0].cid, now);  // which is nothing new
    EXPECT_TRUE(pins.wanted(now + pause - seconds(1)).empty());
    now += pause;
  }
  for (int i = 0; i < 5; ++i, now += kubo::Pins::kMostPause) pins.failed(pins.wanted(now).at(0), now, seconds(10));
  pins.failed(pins.wanted(now).at(0), now, seconds(10));
  EXPECT_TRUE(pins.wanted(now).empty());
  pins.want("demo/a", roots[1].cid, now);
  ASSERT_EQ(pins.wanted(now).size(), 1U);
  EXPECT_EQ(pins.wanted(now).front().root, roots[1].cid);
}

TEST(KuboPins, AreDueOnceTheBucketIsQuietOrHasWaitedLong) {
  using std::chrono::seconds;
  test::TemporaryDirectory directory;
  const auto files = embedded::systemFiles();
  kubo::Pins pins(*files, directory.path(), seconds(10));
  const auto roots = someBlocks(1, 301, 10);
  const kubo::Pins::Time start;
  pins.want("demo/quiet", roots[0].cid, start);
  for (int second = 0; second < 300; ++second) {
    const auto now = start + seconds(second);
    pins.want("demo/busy", roots[static_cast<std::size_t>(second)].cid, now);
    const auto due = pins.wanted(now);
    ASSERT_EQ(due.size(), second < 10 ? 0U : 1U) << second;
    if (second >= 10) ASSERT_EQ(due.front().name, "demo/quiet");
  }
  const auto due = pins.wanted(start + seconds(300));
  ASSERT_EQ(due.size(), 2U);
  EXPECT_EQ(due[0].root, roots[299].cid) << "the newest of the busy one";
  pins.want("demo/busy", roots[300].cid, start + seconds(301));  // while the one before is being pinned
  pins.pinned(due[0], start + seconds(302));
  EXPECT_EQ(pins.wanted(start + seconds(303)).size(), 1U) << "its wait begins anew";
  EXPECT_EQ(pins.wanted(start + seconds(312)).front().from, roots[299].cid);
}

kubo::Durability durability(const char* spec, bool local = false) {
  return kubo::durabilityOf(*readJson(spec), local).durability;
}

TEST(KuboDurability, IsConcludedFromTheDatastoresSpec) {
  using enum kubo::Durability;
  EXPECT_EQ(durability(R"({"type":"measure","child":{"type":"pebbleds","path":"pebbleds"}})"), by_pin);
  EXPECT_EQ(durability(R"({"type":"pebbleds","path":"pebbleds","disableWAL":true})"), unknown);
  const std::string flatfs = R"({"type":"mount","mounts":[)"
                             R"({"mountpoint":"/","type":"measure","child":{"type":"levelds","path":"datastore"}},)"
                             R"({"mountpoint":"/blocks","type":"measure","child":{"type":"flatfs","sync":)";
  EXPECT_EQ(durability((flatfs + "true}}]}").c_str()), at_answer);
  EXPECT_EQ(durability((flatfs + "false}}]}").c_str()), unknown);
  EXPECT_EQ(durability((flatfs + "false}}]}").c_str(), true), by_file_system);
  EXPECT_EQ(durability(R"({"type":"mount","mounts":[{"mountpoint":"/","type":"levelds"},)"
                       R"({"mountpoint":"/blocks","type":"pebbleds","path":"p"}]})"),
            unknown);
  EXPECT_EQ(durability(R"({"type":"badgerds"})", true), unknown);
  EXPECT_EQ(durability("{}", true), unknown);
  EXPECT_EQ(durability("null"), unknown);
}

}  // namespace
}  // namespace cairn::blocks
