// A bucket's history, painted: a lane for each master, a slot for each version, the newest at the right.
//
// Contract: main thread; borrows timeline and hues, which must outlive it. refresh() after the timeline changed. A
// filled mark won, a ring lost and was rebased or refused, a dashed ring gave up; shape tells, hue only repeats whose
// lane it is. Clicking a lost mark emits raceChosen with the record's id. As many of the newest versions as fit are
// shown.
#pragma once

#include <QWidget>

#include "console/models/timeline.h"
#include "console/theme/theme.h"

namespace cairn::console {

class TimelineView : public QWidget {
  Q_OBJECT

 public:
  TimelineView(const Timeline& timeline, const Hues& hues, QWidget* parent = nullptr);
  void refresh();
  void setChosen(std::uint64_t race);
  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 Q_SIGNALS:
  void raceChosen(quint64 race);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  bool event(QEvent* event) override;

 private:
  struct Placed {
    Mark mark;
    QPointF at;
  };
  std::vector<Placed> place() const;
  const Placed* hit(const std::vector<Placed>& placed, QPointF at) const;
  void paintLanes(QPainter& painter) const;
  void paintMark(QPainter& painter, const Placed& placed) const;
  void paintVersions(QPainter& painter, const std::vector<Placed>& placed) const;
  void paintLegend(QPainter& painter) const;
  int labelWidth() const;
  qreal laneY(int lane) const;

  const Timeline& timeline_;
  const Hues& hues_;
  QStringList lanes_;
  std::uint64_t chosen_ = 0;
};

}  // namespace cairn::console
