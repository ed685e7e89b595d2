#include "console/views/rail.h"

#include <QPainter>
#include <QPainterPath>

#include "console/models/format.h"
#include "console/theme/icons.h"
#include "console/theme/theme.h"

namespace cairn::console {
namespace {

constexpr int buttonHeight = 5 * grid;
constexpr int railWidth = 17 * grid;
constexpr int glyphSize = 20;

}  // namespace

RailButton::RailButton(const QString& iconName, const QString& text, QWidget* parent)
    : QAbstractButton(parent), iconName_(iconName) {
  setText(text);
  setCheckable(true);
  setFocusPolicy(Qt::TabFocus);
}

void RailButton::setAttention(int count) {
  attention_ = count;
  setAccessibleDescription(count > 0 ? tr("%n want attention", nullptr, count) : QString());
  update();
}

QSize RailButton::sizeHint() const {
  return {railWidth, buttonHeight};
}
void RailButton::enterEvent(QEnterEvent*) {
  update();
}
void RailButton::leaveEvent(QEvent*) {
  update();
}

void RailButton::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  const QColor accent = palette().color(QPalette::Highlight);
  const QRectF area = QRectF(rect()).adjusted(grid, 2, -grid, -2);
  if (isChecked() || underMouse()) {
    painter.setPen(Qt::NoPen);
    painter.setBrush(isChecked() ? wash(accent, palette(), 0.16) : wash(mutedText(palette()), palette(), 0.10));
    painter.drawRoundedRect(area, 6, 6);
  }
  if (hasFocus()) {
    painter.setPen(QPen(accent, 1.5));
    painter.setBrush(Qt::NoBrush);
    painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 6, 6);
  }
  const QColor ink = isChecked() ? palette().color(QPalette::WindowText) : mutedText(palette());
  const int y = (height() - glyphSize) / 2;
  painter.drawPixmap(2 * grid, y, iconPixmap(iconName_, ink, glyphSize, devicePixelRatioF()));
  painter.setPen(ink);
  painter.setFont(textFont(TextSize::body, isChecked()));
  painter.drawText(QRectF(2 * grid + glyphSize + 10, 0, width(), height()), Qt::AlignVCenter, text());
  if (attention_ > 0) paintCount(painter);
}

void RailButton::paintCount(QPainter& painter) const {
  painter.setFont(textFont(TextSize::small, true));
  const QString text = attention_ > 99 ? QStringLiteral("99+") : count(static_cast<std::uint64_t>(attention_));
  const qreal w = std::max<qreal>(painter.fontMetrics().horizontalAdvance(text) + grid + 2, 18);
  const QRectF pill(width() - 2 * grid - w + 2, (height() - 18) / 2.0, w, 18);
  painter.setPen(Qt::NoPen);
  painter.setBrush(stateColor(State::warning, palette()));
  painter.drawRoundedRect(pill, 9, 9);
  painter.setPen(palette().color(QPalette::Base));
  painter.drawText(pill, Qt::AlignCenter, text);
}

Rail::Rail(QWidget* parent) : QWidget(parent), layout_(new QVBoxLayout(this)), group_(new QButtonGroup(this)) {
  setObjectName(QStringLiteral("rail"));
  layout_->setContentsMargins(0, grid, 0, grid);
  layout_->setSpacing(0);
  layout_->addStretch();
  setFixedWidth(railWidth);
  connect(group_, &QButtonGroup::idClicked, this, &Rail::chosen);
}

void Rail::add(const QString& iconName, const QString& text, const QString& objectName, const QString& toolTip) {
  auto* button = new RailButton(iconName, text, this);
  button->setObjectName(objectName);
  button->setToolTip(toolTip);
  const int page = static_cast<int>(group_->buttons().size());
  group_->addButton(button, page);
  layout_->insertWidget(page, button);
}

void Rail::setCurrent(int page) {
  group_->button(page)->setChecked(true);
}

void Rail::setAttention(int page, int count) {
  static_cast<RailButton*>(group_->button(page))->setAttention(count);
}

void Rail::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(QRect(width() - 1, 0, 1, height()), hairline(palette()));
}

}  // namespace cairn::console
