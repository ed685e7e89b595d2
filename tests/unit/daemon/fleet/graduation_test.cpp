// Turning CAS on for a fleet: who holds it up, who does not, and what stands when it fails. On a registry file; masters
// beat while the graduation sleeps.
#include "daemon/fleet/graduation.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <filesystem>
#include <set>
#include <thread>

#include "daemon/registry/sqlite/sqlite.h"
#include "tests/unit/daemon/registry/conformance.h"

namespace cairn::fleet {
namespace {

using registry::testing::run;

class GraduationTest : public ::testing::Test, public Clock {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(directory_);
    std::filesystem::create_directories(directory_);
    registry::SqliteOptions options;
    options.path = directory_ / "registry.sqlite";
    auto opened = registry::openSqlite(std::move(options));
    ASSERT_TRUE(opened) << opened.error().message;
    registry_ = std::move(*opened);
  }
  void TearDown() override {
    registry_.reset();
    std::filesystem::remove_all(directory_);
  }

  Timestamp now() override { return Timestamp(at_.count() / 1000); }
  Duration steady() override { return at_; }
  Task<void> sleep(Duration d) override {
    at_ += d;
    const auto wall = systemClock();
    for (const Timestamp before = wall->now(); wall->now() <= before;)
      std::this_thread::yield();  // another beat's time
    if (onSleep) onSleep();
    for (const auto& [id, epoch] : beating_) (void)co_await registry_->heartbeat(MasterId(id), epoch);
    for (const std::string& id : std::exchange(arriving_, {})) co_await arrive(id, true);
    for (const std::string& id : std::exchange(arrivingDark_, {})) co_await arrive(id, false);
  }

  Task<void> arrive(std::string id, bool cas) {
    registry::Master m;
    m.id = MasterId(id);
    m.cas = cas;
    m.profile = "master";
    auto registered = co_await registry_->registerMaster(m);
    EXPECT_TRUE(registered);
    if (registered) beating_[id] = registered->epoch;
  }
  void start(const std::string& id, bool cas) {
    auto started = [&]() -> Task<bool> {
      co_await arrive(id, cas);
      co_return beating_.contains(id);
    };
    ASSERT_TRUE(run(started()));
  }
  void stop(const std::string& id) { beating_.erase(id); }

  Result<Graduated> graduate() {
    GraduateOptions options;
    options.wait = std::chrono::seconds(60);
    options.require = [this](registry::RequireCas change) -> Task<Status> {
      if (!change.required && refuseBack) co_return fail(Errc::unavailable, "gone");
      co_return co_await registry_->setRequireCas(change.required);
    };
    options.say = [this](const std::string& what) { said += what + "\n"; };
    options.stopped = [this] { return stopped; };
    return run(fleet::graduate(*registry_, *this, options));
  }
  bool required() { return *run(registry_->requireCas()); }

  std::function<void()> onSleep;
  bool stopped = false, refuseBack = false;
  std::string said;
  Duration at_{};
  std::map<std::string, Epoch> beating_;
  std::vector<std::string> arriving_, arrivingDark_;
  std::unique_ptr<registry::Registry> registry_;
  const std::filesystem::path directory_ =
      std::filesystem::temp_directory_path() / ("cairn-graduation-" + std::to_string(::getpid()));
};

std::set<std::string> namesOf(const std::vector<registry::Master>& masters) {
  std::set<std::string> out;
  for (const auto& m : masters) out.insert(m.id.get());
  return out;
}

TEST_F(GraduationTest, WhereAllReportCasTheRequirementStands) {
  start("m1", true);
  start("m2", true);
  auto done = graduate();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_FALSE(done->before);
  EXPECT_EQ(namesOf(done->serving), (std::set<std::string>{"m1", "m2"}));
  EXPECT_TRUE(done->silent.empty());
  EXPECT_TRUE(required());
  EXPECT_LT(at_, std::chrono::seconds(10)) << "nothing to wait for";
}

TEST_F(GraduationTest, ADarkMasterIsNamedAndTheRequirementTakenBack) {
  start("m1", true);
  start("m2", false);
  bool set = false;
  onSleep = [&] { set = set || said.find("waiting for CAS on m2") != std::string::npos; };
  auto done = graduate();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::precondition);
  EXPECT_NE(done.error().message.find("CAS is off on m2:"), std::string::npos) << done.error().message;
  EXPECT_NE(done.error().message.find("taken back"), std::string::npos) << done.error().message;
  EXPECT_FALSE(required());
  EXPECT_TRUE(set) << said;
  EXPECT_GE(at_, std::chrono::seconds(60));
}

TEST_F(GraduationTest, ItWaitsForAMasterThatIsRestartedWithCasOn) {
  start("m1", true);
  start("m2", false);
  onSleep = [&] {
    if (at_ >= std::chrono::seconds(30) && at_ < std::chrono::seconds(31)) arriving_ = {"m2"};
  };
  auto done = graduate();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(namesOf(done->serving), (std::set<std::string>{"m1", "m2"}));
  EXPECT_GE(at_, std::chrono::seconds(30));
  EXPECT_TRUE(required());
}

TEST_F(GraduationTest, WhoDoesNotBeatHoldsNothingUpAndIsListed) {
  start("m1", true);
  start("gone", false);
  stop("gone");
  start("stops", false);
  onSleep = [&] {
    if (at_ >= std::chrono::seconds(20)) stop("stops");
  };
  auto done = graduate();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(namesOf(done->silent), (std::set<std::string>{"gone", "stops"}));
  EXPECT_GE(at_, std::chrono::seconds(25)) << "it beat until then";
}

TEST_F(GraduationTest, ADarkMasterThatComesMeanwhileCounts) {
  start("m1", true);
  onSleep = [&] {
    if (at_ == std::chrono::seconds(2)) arrivingDark_ = {"late"};
  };
  auto done = graduate();
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message.find("CAS is off on late:"), std::string::npos) << done.error().message;
}

TEST_F(GraduationTest, StoppedItTakesBackWhatItSet) {
  start("m1", false);
  onSleep = [&] { stopped = at_ >= std::chrono::seconds(3); };
  auto done = graduate();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::cancelled);
  EXPECT_FALSE(required());
}

TEST_F(GraduationTest, ARequirementThatWasThereStays) {
  ASSERT_TRUE(run(registry_->setRequireCas(true)));
  start("m1", false);
  auto failed = graduate();
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().message.find("stays"), std::string::npos) << failed.error().message;
  EXPECT_TRUE(required());
  stop("m1");
  auto done = graduate();
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_TRUE(done->before);
}

TEST_F(GraduationTest, WhatCannotBeTakenBackIsSaid) {
  start("m1", false);
  refuseBack = true;
  auto done = graduate();
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().message.find("stands: gone"), std::string::npos) << done.error().message;
  EXPECT_TRUE(required());
}

TEST_F(GraduationTest, AFencedDarkMasterHoldsNothingUp) {
  start("m1", true);
  start("m2", false);
  ASSERT_TRUE(run(registry_->fence(MasterId("m2"))));
  EXPECT_TRUE(graduate());
}

TEST(WhoMayWrite, SaysItInOneSentence) {
  registry::Master cas, dark;
  cas.id = MasterId("c1");
  cas.cas = true;
  cas.profile = dark.profile = "master";
  dark.id = MasterId("d1");
  registry::WriterLease none, held{MasterId("d1"), 1, {}, true};
  EXPECT_EQ(whoMayWrite(true, held, {cas, dark}).find("any master with CAS on"), 0U);
  EXPECT_EQ(whoMayWrite(false, held, {cas, dark}).find("only d1"), 0U);
  EXPECT_EQ(whoMayWrite(false, none, {cas, dark}).find("c1, with CAS on"), 0U);
  EXPECT_EQ(whoMayWrite(false, none, {dark}).find("nobody now"), 0U);
}

}  // namespace
}  // namespace cairn::fleet
