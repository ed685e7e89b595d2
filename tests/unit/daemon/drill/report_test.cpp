// The table, the histogram and the JSON.
#include "daemon/drill/report/report.h"

#include <gtest/gtest.h>

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace cairn::drill {
namespace {

Report sample() {
  Report r;
  r.bucket = "drill-1";
  r.prefix = "cairn-drill-1/";
  r.writes = r.begun = 100;
  r.workers = 8;
  r.seconds = 1.26;
  r.masters = {{"127.0.0.1:9000", 50, 3, 4, 0, 1, true}, {"127.0.0.1:9010", 42, 0, 3, 2, 0, false}};
  r.attempts = {{1, 90}, {2, 4}, {3, 2}, {4, 1}, {5, 1}, {17, 1}};
  r.gaveUp = 1;
  r.counters = {{"127.0.0.1:9001", 30, 1, 5}};
  r.notes = {"not verified through 127.0.0.1:9010: connection refused"};
  r.examples = {
      "cairn-drill-1/own/00000007, write 7, acknowledged by 127.0.0.1:9000: not listed through 127.0.0.1:9000"};
  return r;
}

TEST(Report, TellsPeopleByMaster) {
  EXPECT_EQ(
      text(sample()),
      "drill cas-race: 100 writes by 8 workers through 2 masters into bucket drill-1 in 1.3 s\n"
      "master          acknowledged  rejected and retried  refused   no answer  lost\n"
      "127.0.0.1:9000            50                     3        4           0     1\n"
      "127.0.0.1:9010            42                     0        3           2     0\n"
      "total                     92                     3        7           2     1\n"
      "1 write was given up, none of them acknowledged\n"
      "tries a write\n"
      "  1              90  ########################################\n"
      "  2               4  #\n"
      "  3-4             3  #\n"
      "  5-8             1  #\n"
      "  17-32           1  #\n"
      "127.0.0.1:9001 counted 30 flips, 1 lost race, 5 rebases\n"
      "not verified through 127.0.0.1:9010: connection refused\n"
      "every acknowledged write was looked for, in the listing and by its bytes, through 127.0.0.1:9000\n"
      "lost: cairn-drill-1/own/00000007, write 7, acknowledged by 127.0.0.1:9000: not listed through 127.0.0.1:9000\n"
      "lost=1\n");
}

TEST(Report, TellsScripts) {
  const std::string line = json(sample());
  const auto object = QJsonDocument::fromJson(QByteArray::fromStdString(line)).object();
  EXPECT_EQ(object[QLatin1String("drill")].toString(), QStringLiteral("cas-race"));
  EXPECT_EQ(object[QLatin1String("lost")].toInt(), 1);
  EXPECT_EQ(object[QLatin1String("acknowledged")].toInt(), 92);
  EXPECT_EQ(object[QLatin1String("attempts")].toObject()[QLatin1String("17")].toInt(), 1);
  EXPECT_EQ(object[QLatin1String("masters")].toArray().size(), 2);
  EXPECT_EQ(object[QLatin1String("counters")].toArray()[0].toObject()[QLatin1String("rebases")].toInt(), 5);
  EXPECT_EQ(line.back(), '\n');
}

TEST(Report, IsGoodOnlyWhenSomethingWasProved) {
  Report r = sample();
  EXPECT_FALSE(r.good());
  r.masters[0].lost = 0;
  EXPECT_TRUE(r.good());
  r.masters[0].verified = false;
  EXPECT_FALSE(r.good()) << "nobody was asked";
  EXPECT_NE(text(r).find("not verified:"), std::string::npos);
  r = sample();
  for (Tally& t : r.masters) t.acknowledged = t.lost = 0;
  EXPECT_FALSE(r.good()) << "nothing was acknowledged";
}

TEST(Report, ControlSaysWhatItProves) {
  Report r = sample();
  r.control = true;
  EXPECT_TRUE(r.good());
  EXPECT_TRUE(text(r).ends_with("the control lost 1 of 92 acknowledged writes: the drill can see them\nlost=1\n"))
      << text(r);
  r.masters[0].lost = 0;
  EXPECT_FALSE(r.good());
  EXPECT_NE(text(r).find("proves nothing"), std::string::npos);
}

TEST(Histogram, OfNothingAndOfOne) {
  EXPECT_EQ(histogram({}), "");
  EXPECT_EQ(histogram({{1, 1}}), "  1               1  " + std::string(40, '#') + "\n");
  EXPECT_EQ(histogram({{64, 7}}), "  33-64           7  " + std::string(40, '#') + "\n");
}

}  // namespace
}  // namespace cairn::drill
