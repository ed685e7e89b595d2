#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QSignalSpy>

#include "console/models/buckets_model.h"
#include "console/models/format.h"
#include "console/models/masters_model.h"
#include "console/models/races_model.h"
#include "console/models/timeline.h"
#include "imposter.h"

namespace cairn::console {
namespace {

using Tester = QAbstractItemModelTester;
constexpr auto fatal = Tester::FailureReportingMode::Fatal;

api::Bucket bucket(const std::string& name, std::uint64_t version) {
  api::Bucket b;
  b.owner = OwnerId("alice");
  b.name = BucketName(name);
  b.version = Version(version);
  b.root = "bafy" + name + std::to_string(version);
  return b;
}

QString cell(const QAbstractItemModel& model, int row, int column) {
  return model.index(row, column).data().toString();
}

TEST(BucketsModel, MergesAWholeAnswerRowByRow) {
  BucketsModel model;
  Tester tester(&model, fatal);
  model.update(api::Buckets{{bucket("b", 1), bucket("d", 1)}, std::nullopt});
  QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted), removed(&model, &QAbstractItemModel::rowsRemoved);
  QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
  model.update(api::Buckets{{bucket("c", 1), bucket("d", 2), bucket("a", 1)}, std::nullopt});
  EXPECT_EQ(model.rowCount(), 3);
  EXPECT_EQ(cell(model, 0, BucketsModel::name_column), QStringLiteral("alice/a"));
  EXPECT_EQ(cell(model, 2, BucketsModel::version_column), QStringLiteral("2"));
  EXPECT_EQ(inserted.count(), 2);
  EXPECT_EQ(removed.count(), 1);
  EXPECT_EQ(reset.count(), 0);
}

TEST(BucketsModel, TellsABatchOfFlipsOncePerRow) {
  BucketsModel model;
  Tester tester(&model, fatal);
  model.update(api::Buckets{{bucket("photos", 3)}, std::nullopt});
  QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
  QList<api::Flip> flips;
  for (std::uint64_t v = 4; v < 504; ++v) flips.append(exampleFlip(v, v % 2 ? "m1" : "m2"));
  model.apply(flips);
  EXPECT_EQ(changed.count(), 1);
  EXPECT_EQ(cell(model, 0, BucketsModel::version_column), QStringLiteral("503"));
  EXPECT_EQ(cell(model, 0, BucketsModel::rate_column), QStringLiteral("500"));
  EXPECT_EQ(model.index(0, BucketsModel::last_column).data(master_role).toString(), QStringLiteral("m1"));
  EXPECT_TRUE(model.index(0, 0).data(changed_role).isValid());
}

TEST(BucketsModel, AnOlderFlipChangesNothing) {
  BucketsModel model;
  model.update(api::Buckets{{bucket("photos", 9)}, std::nullopt});
  model.apply({exampleFlip(8, "m1")});
  EXPECT_EQ(cell(model, 0, BucketsModel::version_column), QStringLiteral("9"));
}

TEST(BucketsModel, BucketsComeAndGoWithTheirFlips) {
  BucketsModel model;
  Tester tester(&model, fatal);
  model.apply({exampleFlip(1, "m1")});
  ASSERT_EQ(model.rowCount(), 1);
  api::Flip gone = exampleFlip(2, "m1");
  gone.data.root.reset();
  model.apply({gone});
  EXPECT_EQ(model.rowCount(), 0);
}

TEST(BucketsModel, TheRootIsCopiedWhole) {
  BucketsModel model;
  model.update(api::Buckets{{bucket("photos", 3)}, std::nullopt});
  EXPECT_EQ(model.index(0, BucketsModel::root_column).data(copy_role).toString(), QStringLiteral("bafyphotos3"));
}

TEST(MinuteRate, ForgetsAfterAMinute) {
  MinuteRate rate;
  rate.add(1000, 5);
  rate.add(1030, 2);
  EXPECT_EQ(rate.perMinute(1030), 7u);
  EXPECT_EQ(rate.perMinute(1059), 7u);
  EXPECT_EQ(rate.perMinute(1060), 2u);
  EXPECT_EQ(rate.perMinute(1090), 0u);
  rate.add(5000);
  EXPECT_EQ(rate.perMinute(5000), 1u);
  rate.add(4000);  // long past
  EXPECT_EQ(rate.perMinute(5000), 1u);
}

TEST(MastersModel, JudgesHealth) {
  api::Master m;
  m.live = true;
  EXPECT_EQ(judge(m).state, State::ok);
  m.readyToWrite = false;
  EXPECT_EQ(judge(m).state, State::warning);
  m.live = false;
  EXPECT_EQ(judge(m).state, State::error);
  m.fenced = true;
  EXPECT_EQ(judge(m).word, QStringLiteral("fenced"));
}

TEST(MastersModel, UpdatesInPlace) {
  MastersModel model;
  Tester tester(&model, fatal);
  api::Master m1, m2;
  m1.id = MasterId("m1");
  m2.id = MasterId("m2");
  m1.live = m2.live = true;
  model.update({{m2, m1}});
  EXPECT_EQ(cell(model, 0, MastersModel::name_column), QStringLiteral("m1"));
  m2.fenced = true;
  model.update({{m2}});
  EXPECT_EQ(model.rowCount(), 1);
  EXPECT_EQ(model.troubled(), 1);
}

TEST(RacesModel, NarrowsToOneBucketNewestFirst) {
  RacesModel model;
  Tester tester(&model, fatal);
  api::Race other = exampleRace(3, 5, "rebased");
  other.bucket = BucketName("other");
  model.update({{other, exampleRace(2, 4, "gave up"), exampleRace(1, 3, "rebased")}});
  EXPECT_EQ(model.rowCount(), 3);
  model.showOnly(QStringLiteral("alice/photos"));
  ASSERT_EQ(model.rowCount(), 2);
  EXPECT_EQ(model.row(0).id, 2u);
  EXPECT_EQ(model.find(model.index(1, 0).data(id_role).toString()), 1);
}

TEST(Timeline, MarksStandAtTheVersionTheyWereAbout) {
  Timeline timeline(3);
  for (std::uint64_t v = 1; v <= 5; ++v) timeline.addFlip(exampleFlip(v, v % 2 ? "m1" : "m2").data, Timestamp(1));
  timeline.setRaces({exampleRace(1, 4, "rebased"), exampleRace(2, 5, "gave up"), exampleRace(3, 1, "rebased")});
  const auto marks = timeline.marks();
  ASSERT_EQ(marks.size(), 5u);  // v3 v4 v5 and the two losses whose winners are still shown
  EXPECT_EQ(marks[2].kind, MarkKind::lost);
  EXPECT_EQ(marks[2].version, Version(4));
  EXPECT_EQ(marks[4].kind, MarkKind::gave_up);
  EXPECT_EQ(timeline.lanes(), (QStringList{QStringLiteral("m1"), QStringLiteral("m2")}));
  EXPECT_EQ(timeline.newest(), Version(5));
}

TEST(Format, SpeaksInUnitsThatFit) {
  EXPECT_EQ(age(3), QStringLiteral("now"));
  EXPECT_EQ(age(-50000), QStringLiteral("now"));
  EXPECT_EQ(age(240), QStringLiteral("0.2 s ago"));
  EXPECT_EQ(age(90000), QStringLiteral("90 s ago"));
  EXPECT_EQ(age(3 * 3600 * 1000), QStringLiteral("3 h ago"));
  EXPECT_EQ(duration(18000), QStringLiteral("18 ms"));
  EXPECT_EQ(count(18204551), QStringLiteral("18,204,551"));
  EXPECT_EQ(middleElided(QStringLiteral("bafyreiabcdefk3q"), 4, 3), QStringLiteral("bafy…k3q"));
}

}  // namespace
}  // namespace cairn::console
