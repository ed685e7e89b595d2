#include "console/views/timeline_view.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "console/models/format.h"

namespace cairn::console {
namespace {

constexpr int laneHeight = 4 * grid;
constexpr int slotWidth = 3 * grid;
constexpr int footer = 5 * grid;
constexpr int tail = 3 * grid;  // room for the arrow at the right
constexpr qreal radius = 5.5;
constexpr qreal hitRadius = 11;

QString describe(const Mark& mark) {
  const QString version = count(mark.version.get());
  if (mark.master.isEmpty()) return TimelineView::tr("another program made v%1 at %2").arg(version, timeOfDay(mark.at));
  switch (mark.kind) {
    case MarkKind::won:
      return TimelineView::tr("%1 made v%2 at %3").arg(mark.master, version, timeOfDay(mark.at));
    case MarkKind::lost:
      return TimelineView::tr("%1 lost against v%2 at %3; click for both sides")
          .arg(mark.master, version, timeOfDay(mark.at));
    case MarkKind::gave_up:
      break;
  }
  return TimelineView::tr("%1 gave up against v%2 at %3; click for both sides")
      .arg(mark.master, version, timeOfDay(mark.at));
}

void drawShape(QPainter& painter, MarkKind kind, QPointF at, const QColor& color, const QColor& ground) {
  QPen pen(color, 2);
  if (kind == MarkKind::gave_up) pen.setDashPattern({1.2, 1.2});
  painter.setPen(kind == MarkKind::won ? QPen(Qt::NoPen) : pen);
  painter.setBrush(kind == MarkKind::won ? color : ground);
  painter.drawEllipse(at, radius, radius);
}

}  // namespace

TimelineView::TimelineView(const Timeline& timeline, const Hues& hues, QWidget* parent)
    : QWidget(parent), timeline_(timeline), hues_(hues) {
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  setAccessibleName(tr("History of root versions by master"));
}

void TimelineView::refresh() {
  const QStringList lanes = timeline_.lanes();
  if (lanes.size() != lanes_.size()) updateGeometry();
  lanes_ = lanes;
  update();
}

void TimelineView::setChosen(std::uint64_t race) {
  chosen_ = race;
  update();
}

QSize TimelineView::sizeHint() const {
  return {60 * grid, std::max<int>(2, static_cast<int>(lanes_.size())) * laneHeight + footer + grid};
}
QSize TimelineView::minimumSizeHint() const {
  return {20 * grid, sizeHint().height()};
}

qreal TimelineView::laneY(int lane) const {
  return grid / 2 + laneHeight * (lane + 0.5);
}

int TimelineView::labelWidth() const {
  int widest = 0;
  for (const QString& lane : lanes_) widest = std::max(widest, fontMetrics().horizontalAdvance(lane));
  return std::min(widest, width() / 4) + 4 * grid;
}

std::vector<TimelineView::Placed> TimelineView::place() const {
  const std::vector<Mark> marks = timeline_.marks();
  std::vector<Version> versions;
  for (const Mark& mark : marks)
    if (versions.empty() || versions.back() != mark.version) versions.push_back(mark.version);
  const int left = labelWidth(), room = std::max(1, (width() - left - tail) / slotWidth);
  const auto shown = std::min<std::size_t>(versions.size(), static_cast<std::size_t>(room));
  std::vector<Placed> placed;
  for (const Mark& mark : marks) {
    const auto slot = std::lower_bound(versions.begin(), versions.end(), mark.version) - versions.begin() -
                      static_cast<std::ptrdiff_t>(versions.size() - shown);
    if (slot < 0) continue;
    const auto lane = lanes_.indexOf(mark.master);
    placed.push_back({mark, {left + slotWidth * (static_cast<qreal>(slot) + 0.5), laneY(static_cast<int>(lane))}});
  }
  return placed;
}

void TimelineView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  if (lanes_.isEmpty()) {
    painter.setPen(mutedText(palette()));
    painter.drawText(rect(), Qt::AlignCenter, tr("Flips of this bucket appear here as they happen."));
    return;
  }
  paintLanes(painter);
  const auto placed = place();
  // A loss is tied to the win that it lost against: same slot, other lane.
  for (const Placed& p : placed)
    if (p.mark.kind != MarkKind::won)
      for (const Placed& winner : placed)
        if (winner.mark.kind == MarkKind::won && winner.mark.version == p.mark.version) {
          painter.setPen(QPen(mutedText(palette()), 1, Qt::DotLine));
          painter.drawLine(p.at, winner.at);
        }
  for (const Placed& p : placed) paintMark(painter, p);
  paintVersions(painter, placed);
  paintLegend(painter);
}

void TimelineView::paintLanes(QPainter& painter) const {
  const int left = labelWidth();
  for (int lane = 0; lane < lanes_.size(); ++lane) {
    const QColor hue = hues_.of(lanes_[lane], palette());
    const qreal y = laneY(lane), right = width() - grid;
    painter.setPen(palette().color(QPalette::WindowText));
    painter.drawText(
        QRectF(grid * 2, y - grid, left - 3 * grid, 2 * grid), Qt::AlignVCenter | Qt::AlignLeft,
        fontMetrics().elidedText(lanes_[lane].isEmpty() ? tr("other") : lanes_[lane], Qt::ElideRight, left - 3 * grid));
    painter.setPen(QPen(wash(hue, palette(), 0.55), 2, Qt::SolidLine, Qt::RoundCap));
    painter.drawLine(QPointF(left, y), QPointF(right, y));
    painter.drawLine(QPointF(right - 5, y - 4), QPointF(right, y));
    painter.drawLine(QPointF(right - 5, y + 4), QPointF(right, y));
  }
}

void TimelineView::paintMark(QPainter& painter, const Placed& placed) const {
  const QColor hue = hues_.of(placed.mark.master, palette());
  if (placed.mark.race != 0 && placed.mark.race == chosen_) {
    painter.setPen(QPen(palette().color(QPalette::Highlight), 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawEllipse(placed.at, radius + 4, radius + 4);
  }
  drawShape(painter, placed.mark.kind, placed.at, hue, palette().color(QPalette::Window));
}

void TimelineView::paintVersions(QPainter& painter, const std::vector<Placed>& placed) const {
  painter.setFont(textFont(TextSize::small));
  painter.setPen(mutedText(palette()));
  const QFontMetrics metrics(painter.font());
  const qreal y = laneY(static_cast<int>(lanes_.size())) - laneHeight / 2.0 + grid / 2.0;
  qreal freeFrom = width();  // labels are set from the newest backwards, where they fit
  for (auto p = placed.rbegin(); p != placed.rend(); ++p) {
    const QString label = QStringLiteral("v") + count(p->mark.version.get());
    const qreal half = metrics.horizontalAdvance(label) / 2.0;
    if (p->at.x() + half > freeFrom || p->at.x() - half < labelWidth() - grid) continue;
    painter.drawText(QRectF(p->at.x() - half, y, 2 * half + 1, 2 * grid), Qt::AlignCenter, label);
    freeFrom = p->at.x() - half - 4 * grid;
  }
}

void TimelineView::paintLegend(QPainter& painter) const {
  painter.setFont(textFont(TextSize::small));
  const QFontMetrics metrics(painter.font());
  const qreal y = height() - grid - 2;
  qreal x = labelWidth();
  const std::pair<MarkKind, QString> entries[] = {{MarkKind::won, tr("won")},
                                                  {MarkKind::lost, tr("lost, rebased or refused")},
                                                  {MarkKind::gave_up, tr("gave up, kept")}};
  for (const auto& [kind, text] : entries) {
    drawShape(painter, kind, {x + radius, y}, mutedText(palette()), palette().color(QPalette::Window));
    painter.setPen(mutedText(palette()));
    const int advance = metrics.horizontalAdvance(text);
    painter.drawText(QRectF(x + 2 * grid, y - grid, advance + 2, 2 * grid), Qt::AlignVCenter, text);
    x += advance + 5 * grid;
  }
}

const TimelineView::Placed* TimelineView::hit(const std::vector<Placed>& placed, QPointF at) const {
  const Placed* best = nullptr;
  qreal nearest = hitRadius;
  for (const Placed& p : placed) {
    const qreal distance = std::hypot(p.at.x() - at.x(), p.at.y() - at.y());
    if (distance < nearest) {
      nearest = distance;
      best = &p;
    }
  }
  return best;
}

void TimelineView::mousePressEvent(QMouseEvent* event) {
  const auto placed = place();
  const Placed* p = hit(placed, event->position());
  if (p && p->mark.race != 0) Q_EMIT raceChosen(p->mark.race);
}

void TimelineView::mouseMoveEvent(QMouseEvent* event) {
  const auto placed = place();
  const Placed* p = hit(placed, event->position());
  setCursor(p && p->mark.race != 0 ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

bool TimelineView::event(QEvent* event) {
  if (event->type() != QEvent::ToolTip) return QWidget::event(event);
  const auto* help = static_cast<QHelpEvent*>(event);
  const auto placed = place();
  const Placed* p = hit(placed, help->pos());
  if (p)
    QToolTip::showText(help->globalPos(), describe(p->mark), this);
  else
    QToolTip::hideText();
  return true;
}

}  // namespace cairn::console
