#include "daemon/rt/metrics.h"
#include "fakes.h"

namespace cairn::admin::test {
namespace {

TEST(Routes, MatchSegmentBySegment) {
  auto found = match("/admin/v1/buckets/a%2Fb%20c/photos/history");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->page, Page::history);
  EXPECT_EQ(found->parameters, (std::vector<std::string>{"a/b c", "photos"}));
  for (const char* bad : {"", "/", "/admin/v1", "/admin/v1/fleet/", "/admin/v1/fleets", "/admin/v1/buckets//photos",
                          "/admin/v1/buckets/alice", "/admin/v1/buckets/a/b/c", "health"}) {
    auto none = match(bad);
    ASSERT_FALSE(none) << bad;
    EXPECT_EQ(none.error().code, Errc::not_found) << bad;
  }
  EXPECT_EQ(match("/admin/v1/buckets/a%zz/photos").error().code, Errc::invalid);
}

TEST(Door, HealthAnswersAsLongAsTheProcessLives) {
  Rig rig;
  rig.registry.down = true;
  const auto health = rig.read<api::Health>("/health");
  EXPECT_EQ(health.node, MasterId("m1"));
  EXPECT_EQ(health.status, "ok");
}

TEST(Door, ReadinessIsSplitAndGivesReasons) {
  Rig rig;
  rig.local.toWrite = {false, {"below quorum: s1 does not answer"}};
  EXPECT_EQ(rig.get("/healthz/ready").status, 200);
  Recorder write = rig.get("/healthz/ready?write=1");
  EXPECT_EQ(write.status, 503);
  auto said = api::fromJson<api::Readiness>(write.body);
  ASSERT_TRUE(said);
  EXPECT_EQ(said->asked, "write");
  EXPECT_EQ(said->reasons, rig.local.toWrite.reasons);
  EXPECT_EQ(rig.get("/healthz/ready?write=maybe").status, 400);
}

TEST(Door, FleetAndMasters) {
  Rig rig;
  rig.registry.flipTo(bucketId("photos"), 1, "m1");
  rig.registry.flipTo(bucketId("photos"), 2, "m2");
  registry::Master m1, m2, s1;
  m1.id = MasterId("m1"), m2.id = MasterId("m2"), s1.id = MasterId("s1");
  s1.profile = "storage";
  m1.heartbeatAt = rig.clock->now();
  m2.heartbeatAt = Timestamp(rig.clock->now().get() - 60'000);
  m2.fenced = true;
  rig.registry.nodes = {m1, m2, s1};
  rig.local.toWrite = {false, {"disk is full"}};
  const auto fleet = rig.read<api::Fleet>("/admin/v1/fleet");
  EXPECT_EQ(fleet.id, "f1");
  EXPECT_EQ(fleet.masters, 2u);
  EXPECT_EQ(fleet.storageNodes, 1u);
  EXPECT_EQ(fleet.flips, 2u);
  EXPECT_EQ(fleet.lastEvent, 2u);
  const auto masters = rig.read<api::Masters>("/admin/v1/masters").masters;
  ASSERT_EQ(masters.size(), 3u);
  EXPECT_TRUE(masters[0].live);
  EXPECT_EQ(masters[0].readyToWrite, false);
  EXPECT_EQ(masters[0].reasons, std::vector<std::string>{"disk is full"});
  EXPECT_FALSE(masters[1].live);
  EXPECT_FALSE(masters[1].readyToWrite);
  EXPECT_EQ(masters[1].reasons.size(), 2u);
}

TEST(Door, BucketsArePaged) {
  Rig rig;
  for (int i = 0; i < 5; ++i) rig.registry.flipTo(bucketId("b" + std::to_string(i), "o/x"), i, "m1");
  std::vector<std::string> names;
  std::string after;
  for (int page = 0; page < 3; ++page) {
    const auto got = rig.read<api::Buckets>("/admin/v1/buckets?limit=2" + after);
    for (const auto& b : got.buckets) names.push_back(b.name.get());
    EXPECT_EQ(got.next.has_value(), page < 2);
    if (got.next) after = "&after=" + *got.next;
  }
  EXPECT_EQ(names, (std::vector<std::string>{"b0", "b1", "b2", "b3", "b4"}));
}

TEST(Door, ABucketTellsLastFlipRacesAndStatistics) {
  Rig rig;
  rig.registry.flipTo(bucketId("photos"), 1, "m2");
  registry::Race race;
  race.bucket = bucketId("photos");
  rig.registry.raceRows = {race, race};
  auto bucket = rig.read<api::Bucket>("/admin/v1/buckets/alice/photos");
  EXPECT_EQ(bucket.lastFlipBy, MasterId("m2"));
  EXPECT_EQ(bucket.root, cidOf(1).str());
  EXPECT_EQ(bucket.races, 2u);
  EXPECT_EQ(bucket.keys, 7u);
  rig.buckets.readable = false;
  bucket = rig.read<api::Bucket>("/admin/v1/buckets/alice/photos");
  EXPECT_FALSE(bucket.keys) << "statistics that cannot be had are left out";
}

TEST(Door, HistoryGoesOnWhereItEnded) {
  Rig rig;
  for (int i = 1; i <= 5; ++i) rig.registry.flipTo(bucketId("photos"), i, "m1");
  auto page = rig.read<api::History>("/admin/v1/buckets/alice/photos/history?from=2&to=5&limit=2");
  ASSERT_EQ(page.rows.size(), 2u);
  EXPECT_EQ(page.rows[0].version, Version(2));
  EXPECT_EQ(page.rows[0].previousRoot, cidOf(1).str());
  ASSERT_TRUE(page.next);
  EXPECT_EQ(*page.next, Version(4));
  page = rig.read<api::History>("/admin/v1/buckets/alice/photos/history?from=4&to=5&limit=2");
  EXPECT_FALSE(page.next);
}

TEST(Door, RacesOfOneBucketOrAll) {
  Rig rig;
  registry::Race one, two;
  one.bucket = bucketId("a");
  two.bucket = bucketId("b");
  rig.registry.raceRows = {one, two};
  EXPECT_EQ(rig.read<api::Races>("/admin/v1/races").races.size(), 2u);
  EXPECT_EQ(rig.read<api::Races>("/admin/v1/races?bucket=alice/b").races.size(), 1u);
  EXPECT_EQ(rig.read<api::Races>("/admin/v1/races?limit=1").races.size(), 1u);
}

TEST(Door, MetricsAreTextForPrometheus) {
  Rig rig;
  metrics::counter("cairn_admin_test_total", "Of this test.").Increment();
  Recorder got = rig.get("/metrics");
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.headers.find("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_NE(got.body.find("cairn_admin_test_total 1"), std::string::npos);
}

TEST(Door, RefusalsAreJsonThatNamesWhatIsWrong) {
  Rig rig;
  const auto expect = [&rig](int status, const std::string& code, const std::string& words, const std::string& target,
                             http::Headers headers = {}, const std::string& method = "GET") {
    Recorder got = rig.get(target, std::move(headers), method);
    auto problem = api::fromJson<api::Problem>(got.body);
    ASSERT_TRUE(problem) << target << ": " << got.body;
    EXPECT_EQ(got.status, status) << target;
    EXPECT_EQ(problem->code, code) << target;
    EXPECT_NE(problem->message.find(words), std::string::npos) << target << ": " << problem->message;
  };
  expect(404, "not_found", "/admin/v1/nothing", "/admin/v1/nothing");
  expect(404, "not_found", "alice/none", "/admin/v1/buckets/alice/none");
  expect(404, "not_found", "alice/none", "/admin/v1/buckets/alice/none/history");
  expect(405, "unsupported", "GET", "/admin/v1/fleet", {}, "POST");
  expect(400, "invalid", "limit", "/admin/v1/buckets?limit=0");
  expect(400, "invalid", "limit", "/admin/v1/races?limit=-1");
  expect(400, "invalid", "after", "/admin/v1/buckets?after=photos");
  expect(400, "invalid", "from", "/admin/v1/buckets/a/b/history?from=99999999999999999999");
  expect(400, "invalid", "", "/admin/v1/races?bucket=%zz");
  expect(403, "denied", "web pages", "/admin/v1/fleet", {{"Origin", "https://example.org"}});
  EXPECT_EQ(rig.get("/admin/v1/fleet", {}, "DELETE").headers.find("Allow"), "GET, HEAD");
  rig.registry.down = true;
  expect(503, "unavailable", "registry", "/admin/v1/fleet");
  expect(503, "unavailable", "registry", "/admin/v1/chain");
}

}  // namespace
}  // namespace cairn::admin::test
