// Buckets with their roots; below, the selected bucket's history and the races lost in it.
//
// Contract: main thread; borrows the session. The history of the selected bucket is asked for when it is selected and
// when the link comes back, and grows with the flips that the stream tells.
#pragma once

#include <QLabel>
#include <QSettings>
#include <QSplitter>
#include <QWidget>

#include "console/models/timeline.h"
#include "console/views/race_card.h"
#include "console/views/session.h"
#include "console/views/table.h"
#include "console/views/timeline_view.h"
#include "console/views/veil.h"

namespace cairn::console {

class RootsPage : public QWidget {
  Q_OBJECT

 public:
  explicit RootsPage(Session& session, QWidget* parent = nullptr);
  void saveTo(QSettings& settings) const;
  void restoreFrom(const QSettings& settings);
  /// The selected bucket's history has arrived, or there is no bucket to ask for.
  bool settled() const { return settled_; }

 private:
  QWidget* makeDetails();
  void connectSession();
  void refresh();
  void refreshHeader();
  void select(const QString& bucket);
  void askAgain();
  void takeHistory(const api::History& history);
  void takeFlips(const QList<api::Flip>& flips);
  void takeRaces();
  void showRace(const QString& id);

  Session& session_;
  Timeline history_;
  QString selected_;
  bool settled_ = false;
  Table* table_;
  QSplitter* splitter_;
  QSplitter* racesSplitter_ = nullptr;
  QLabel* title_ = nullptr;
  QLabel* numbers_ = nullptr;
  TimelineView* timeline_ = nullptr;
  Table* races_ = nullptr;
  RaceCard* card_ = nullptr;
  Veil* veil_ = nullptr;
};

}  // namespace cairn::console
