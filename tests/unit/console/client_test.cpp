#include <gtest/gtest.h>

#include <QSignalSpy>
#include <QTemporaryFile>
#include <QTest>

#include "console/client/addresses.h"
#include "console/client/fleet_client.h"
#include "imposter.h"

// QTRY_ macros return void and report through QTest; here a failure must be GoogleTest's.
#define EXPECT_SOON(condition) EXPECT_TRUE(QTest::qWaitFor([&] { return condition; }, 10000)) << #condition

namespace cairn::console {
namespace {

Timing quick() {
  Timing t;
  t.pollMs = 50;
  t.requestMs = 2000;
  t.silenceMs = 60000;
  t.backoffFirstMs = 10;
  t.backoffMostMs = 40;
  t.batchMs = 5;
  return t;
}

TEST(FleetClient, LoadsEverythingThenFollows) {
  Imposter master;
  FleetClient client({master.url()}, quick());
  QSignalSpy loaded(&client, &FleetClient::loaded);
  int buckets = 0;
  std::vector<std::uint64_t> versions;
  QObject::connect(&client, &FleetClient::bucketsChanged, &client,
                   [&](const api::Buckets& b) { buckets = static_cast<int>(b.buckets.size()); });
  QObject::connect(&client, &FleetClient::flipped, &client, [&](const QList<api::Flip>& flips) {
    for (const auto& f : flips) versions.push_back(f.data.version.get());
  });
  client.start();
  EXPECT_SOON(loaded.count() == 1 && client.state().link == Link::live);
  EXPECT_EQ(buckets, 1);
  EXPECT_EQ(master.resumedAfter, QList<QByteArray>{"10"});
  master.tellFlip(11, 4, "m2");
  master.tellFlip(12, 5, "m1");
  EXPECT_SOON((versions == std::vector<std::uint64_t>{4, 5}));
  EXPECT_GE(client.eventAgeMs(), 0);
}

TEST(FleetClient, AfterACutItResumesWithoutTellingTwice) {
  Imposter master;
  FleetClient client({master.url()}, quick());
  std::vector<std::uint64_t> versions;
  QObject::connect(&client, &FleetClient::flipped, &client, [&](const QList<api::Flip>& flips) {
    for (const auto& f : flips) versions.push_back(f.data.version.get());
  });
  client.start();
  EXPECT_SOON(client.state().link == Link::live);
  master.tellFlip(11, 4, "m1");
  EXPECT_SOON(versions.size() == 1);
  master.drop();
  EXPECT_SOON(master.streams() == 1 && client.state().link == Link::live);
  // The registry says 10 is the last event, fewer than were seen: so the stream starts there, and 11 comes again.
  master.tellFlip(11, 4, "m1");
  master.tellFlip(12, 5, "m1");
  EXPECT_SOON(!versions.empty() && versions.back() == 5);
}

TEST(FleetClient, ResumesAtAnotherMasterWhereItWas) {
  Imposter first, second;
  auto fleet = api::fromJson<api::Fleet>(second.answers[QStringLiteral("/admin/v1/fleet")].toStdString());
  fleet->lastEvent = 50;
  second.answers[QStringLiteral("/admin/v1/fleet")] = QByteArray::fromStdString(api::toJson(*fleet));
  FleetClient client({first.url(), second.url()}, quick());
  client.start();
  EXPECT_SOON(client.state().link == Link::live);
  first.tellFlip(11, 4, "m1");
  EXPECT_SOON(client.eventAgeMs() >= 0);
  first.deaf();
  EXPECT_SOON(client.state().link == Link::live && client.state().address == second.url());
  EXPECT_EQ(second.resumedAfter, QList<QByteArray>{"11"});
}

TEST(FleetClient, OfflineIsToldWithTheReasonAndEndsByItself) {
  auto master = std::make_unique<Imposter>();
  FleetClient client({master->url()}, quick());
  client.start();
  EXPECT_SOON(client.state().link == Link::live);
  master->deaf();
  EXPECT_SOON(client.state().link == Link::offline);
  EXPECT_FALSE(client.state().problem.isEmpty());
  EXPECT_TRUE(client.state().lastData.isValid());
}

TEST(FleetClient, WhatIsNoMasterIsSaidToBeNone) {
  Imposter other;
  other.answers[QStringLiteral("/admin/v1/fleet")] = "<html>hello</html>";
  FleetClient client({other.url()}, quick());
  client.start();
  EXPECT_SOON(client.state().link == Link::not_a_master);
  EXPECT_TRUE(client.state().problem.contains(QStringLiteral("not as a Cairn master")))
      << qPrintable(client.state().problem);
}

TEST(FleetClient, AMasterOfAnotherFleetIsNotMixedIn) {
  Imposter ours("ours"), theirs("theirs");
  FleetClient client({ours.url(), theirs.url()}, quick());
  client.start();
  EXPECT_SOON(client.state().link == Link::live);
  ours.deaf();
  EXPECT_SOON(client.state().problem.contains(QStringLiteral("another fleet")));
  EXPECT_NE(client.state().link, Link::live);
}

TEST(FleetClient, AnErrorOfTheMasterIsPassedOn) {
  Imposter master;
  master.status = 503;
  master.answers[QStringLiteral("/admin/v1/fleet")] =
      R"({"error":{"code":"unavailable","message":"the registry is gone"}})";
  FleetClient client({master.url()}, quick());
  client.start();
  EXPECT_SOON(client.state().link == Link::offline);
  EXPECT_TRUE(client.state().problem.contains(QStringLiteral("the registry is gone")));
  master.status = 200;
  master.answers = Imposter().answers;
  EXPECT_SOON(client.state().link == Link::live);
}

TEST(FleetClient, AnOperatorsTokenIsReadAnewForEveryRequest) {
  Imposter master;
  master.token = "right";
  QTemporaryFile file;
  ASSERT_TRUE(file.open());
  file.write("wrong\n");
  file.flush();
  FleetClient client({master.url()}, quick());
  client.setTokenFile(file.fileName());
  client.start();
  EXPECT_SOON(client.state().problem.contains(QStringLiteral("operator's token")));
  file.seek(0);
  file.write("right\n");
  file.flush();
  EXPECT_SOON(client.state().link == Link::live);
  EXPECT_EQ(master.streams(), 1);
}

TEST(FleetClient, EveryPageOfBucketsIsRead) {
  Imposter master;
  auto page = api::fromJson<api::Buckets>(master.answers[QStringLiteral("/admin/v1/buckets")].toStdString());
  page->next = "alice/photos";
  master.answers[QStringLiteral("/admin/v1/buckets")] = QByteArray::fromStdString(api::toJson(*page));
  FleetClient client({master.url()}, quick());
  client.start();
  // The imposter would give that page for ever: the second request is what counts.
  EXPECT_SOON(!master.requests.filter(QStringLiteral("after=alice%2Fphotos")).isEmpty());
  client.stop();
}

TEST(FleetClient, ASilentStreamCountsAsLost) {
  Imposter master;
  Timing timing = quick();
  timing.silenceMs = 30;
  FleetClient client({master.url()}, timing);
  client.start();
  EXPECT_SOON(master.resumedAfter.size() >= 2);
}

TEST(Addresses, AreReadAsTyped) {
  auto two = parseAddresses(QStringLiteral(" m1:9101, https://[::1]/ "));
  ASSERT_TRUE(two) << two.error().message;
  EXPECT_EQ(two->at(0), QUrl(QStringLiteral("http://m1:9101")));
  EXPECT_EQ(two->at(1), QUrl(QStringLiteral("https://[::1]:9001")));
  for (const char* bad :
       {"", ",", "ftp://m1", "http://", "http://u:p@m1", "http://m1/x", "m1:0", "m1:99999", "http://m1?x"})
    EXPECT_FALSE(parseAddresses(QString::fromLatin1(bad))) << bad;
}

}  // namespace
}  // namespace cairn::console
