#include <gtest/gtest.h>

#include <QApplication>
#include <QClipboard>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QScrollBar>
#include <QTest>

#include "console/views/main_window.h"
#include "imposter.h"

#define EXPECT_SOON(condition) EXPECT_TRUE(QTest::qWaitFor([&] { return condition; }, 10000)) << #condition

namespace cairn::console {
namespace {

class Window : public ::testing::Test {
 protected:
  Window() {
    Timing t;
    t.pollMs = 50;
    t.backoffFirstMs = t.backoffMostMs = 10;
    t.batchMs = 5;
    session = std::make_unique<Session>(QList<QUrl>{master.url()}, t);
    window = std::make_unique<MainWindow>(*session, nullptr);
    window->resize(1000, 640);
    window->show();
  }
  void connectToMaster() {
    session->client.start();
    EXPECT_SOON(window->settled() && session->races.rowCount() == 1);
  }
  template <class W>
  W* get(const char* name) {
    W* found = window->findChild<W*>(QString::fromLatin1(name));
    EXPECT_NE(found, nullptr) << name;
    return found;
  }
  QString text(const char* name) { return get<QLabel>(name)->text(); }

  Imposter master;
  std::unique_ptr<Session> session;
  std::unique_ptr<MainWindow> window;
};

TEST_F(Window, TellsAtAGlanceThatAllIsRight) {
  connectToMaster();
  EXPECT_EQ(text("fleetWord"), QStringLiteral("healthy"));
  EXPECT_TRUE(text("fleetProof").contains(QStringLiteral("chain unbroken")));
  EXPECT_SOON(text("linkWord").startsWith(QStringLiteral("live")));
  EXPECT_FALSE(get<QWidget>("banner")->isVisible());
}

TEST_F(Window, ShowsALostRaceAsItHappens) {
  connectToMaster();
  window->showPage(QStringLiteral("roots"));
  EXPECT_SOON(text("bucketTitle") == QStringLiteral("alice/photos"));
  master.tellFlip(11, 4, "m1");
  master.tellRace(12, exampleRace(2, 4, "gave up"));
  auto* races = get<Table>("racesTable");
  EXPECT_SOON(races->model()->rowCount() == 2);
  EXPECT_EQ(races->model()->index(0, RacesModel::outcome_column).data().toString(), QStringLiteral("gave up"));
  races->selectRow(0);
  EXPECT_SOON(text("raceTitle").contains(QStringLiteral("on base v3")));
  EXPECT_TRUE(text("raceText").contains(QStringLiteral("img/7.jpg")));
}

TEST_F(Window, RowsChangeInPlaceWithFlips) {
  connectToMaster();
  window->showPage(QStringLiteral("roots"));
  auto* buckets = get<Table>("bucketsTable");
  for (std::uint64_t i = 1; i <= 20; ++i) master.tellFlip(10 + i, 3 + i, "m2");
  EXPECT_SOON(buckets->model()->index(0, BucketsModel::version_column).data().toString() == QStringLiteral("23"));
  EXPECT_EQ(buckets->currentId(), QStringLiteral("alice/photos"));
}

TEST_F(Window, AClickOnTheRootCopiesIt) {
  connectToMaster();
  window->showPage(QStringLiteral("roots"));
  auto* buckets = get<Table>("bucketsTable");
  const QRect cell = buckets->visualRect(buckets->model()->index(0, BucketsModel::root_column));
  QTest::mouseClick(buckets->viewport(), Qt::LeftButton, {}, cell.center());
  EXPECT_EQ(QApplication::clipboard()->text(), QStringLiteral("bafyroot3"));
}

TEST_F(Window, OfflineIsABannerThatKeepsTheData) {
  connectToMaster();
  master.deaf();
  EXPECT_SOON(get<QWidget>("banner")->isVisible());
  EXPECT_TRUE(text("bannerHeadline").contains(QStringLiteral("Shown is what was known")))
      << qPrintable(text("bannerHeadline"));
  EXPECT_EQ(text("fleetWord"), QStringLiteral("offline"));
  EXPECT_EQ(session->buckets.rowCount(), 1);
  EXPECT_TRUE(get<QPushButton>("bannerAction")->isVisible());
  window->showPage(QStringLiteral("roots"));
  EXPECT_TRUE(get<QWidget>("rootsPage")->findChild<QWidget*>(QStringLiteral("veil"))->isVisible());
}

TEST_F(Window, NothingIsCutOffInASmallWindow) {
  connectToMaster();
  for (const QSize& size : {QSize(1600, 1000), QSize(900, 600)}) {
    window->resize(size);
    for (const char* page : {"fleet", "roots"}) {
      window->showPage(QString::fromLatin1(page));
      EXPECT_SOON(window->settled());
      for (auto* table : window->findChildren<Table*>()) {
        if (!table->isVisible()) continue;
        EXPECT_EQ(table->horizontalScrollBar()->maximum(), 0) << qPrintable(table->objectName()) << size.width();
        EXPECT_FALSE(table->isColumnHidden(0)) << qPrintable(table->objectName());
      }
    }
  }
  get<Table>("racesTable")->selectFirst();
  auto* card = get<QWidget>("raceCard");
  EXPECT_SOON(card->width() <= card->parentWidget()->width());
}

TEST_F(Window, AColumnThatTheUserDraggedStaysAsItIs) {
  connectToMaster();
  auto* masters = get<Table>("mastersTable");
  masters->setColumnWidth(MastersModel::name_column, 210);
  window->resize(1400, 800);
  window->resize(1100, 700);
  EXPECT_EQ(masters->columnWidth(MastersModel::name_column), 210);
}

TEST_F(Window, WhatIsNoMasterIsExplained) {
  master.answers[QStringLiteral("/admin/v1/fleet")] = "SSH-2.0-x";
  session->client.start();
  EXPECT_SOON(get<QWidget>("banner")->isVisible());
  EXPECT_TRUE(text("bannerDetail").contains(QStringLiteral("port 9001")));
}

TEST_F(Window, AFencedMasterIsCountedNamedAndExplained) {
  auto masters = api::fromJson<api::Masters>(master.answers[QStringLiteral("/admin/v1/masters")].toStdString());
  masters->masters[1].fenced = true;
  masters->masters[1].reasons = {"fenced by m1"};
  master.answers[QStringLiteral("/admin/v1/masters")] = QByteArray::fromStdString(api::toJson(*masters));
  connectToMaster();
  EXPECT_EQ(text("fleetWord"), QStringLiteral("degraded"));
  get<Table>("mastersTable")->selectId(QStringLiteral("m2"));
  EXPECT_SOON(text("nodeTitle") == QStringLiteral("m2"));
  EXPECT_EQ(text("nodeWord"), QStringLiteral("fenced"));
  EXPECT_EQ(text("nodeReasons"), QStringLiteral("fenced by m1"));
}

TEST_F(Window, EveryPageIsReachedByItsKey) {
  const QStringList names = MainWindow::pageNames();
  for (int i = 0; i < names.size(); ++i) {
    auto* action = window->findChild<QAction*>(QStringLiteral("show_") + names[i]);
    ASSERT_NE(action, nullptr);
    EXPECT_EQ(action->shortcut(), QKeySequence(QStringLiteral("Ctrl+%1").arg(i + 1)));
    action->trigger();
    EXPECT_EQ(window->currentPage(), names[i]);
  }
}

TEST_F(Window, ThePaletteFindsAndRunsAnAction) {
  get<QAction>("palette")->trigger();
  auto* input = get<QLineEdit>("commandInput");
  QTest::keyClicks(input, QStringLiteral("audit show"));
  EXPECT_EQ(get<QListWidget>("commandList")->count(), 1);
  QTest::keyClick(input, Qt::Key_Return);
  EXPECT_EQ(window->currentPage(), QStringLiteral("audit"));
}

TEST_F(Window, StateIsKeptBetweenRuns) {
  QSettings settings;
  {
    MainWindow first(*session, &settings);
    first.showPage(QStringLiteral("roots"));
    first.close();
  }
  MainWindow second(*session, &settings);
  EXPECT_EQ(second.currentPage(), QStringLiteral("roots"));
}

}  // namespace
}  // namespace cairn::console
