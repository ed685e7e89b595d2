#include "console/views/cell_delegate.h"

#include <QPainter>
#include <QPixmap>

#include "console/theme/icons.h"

namespace cairn::console {
namespace {

constexpr int iconSize = 16;
constexpr int dotSize = 10;

QPixmap dot(const QColor& color, qreal ratio) {
  QPixmap pixmap(QSize(qRound(iconSize * ratio), qRound(iconSize * ratio)));
  pixmap.setDevicePixelRatio(ratio);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(Qt::NoPen);
  painter.setBrush(color);
  constexpr int inset = (iconSize - dotSize) / 2;
  painter.drawEllipse(inset, inset, dotSize, dotSize);
  return pixmap;
}

}  // namespace

void CellDelegate::initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const {
  QStyledItemDelegate::initStyleOption(option, index);
  // The row is what is selected, not the cell, and a wash shows it: hues and state colours stay as they are.
  option->state &= ~(QStyle::State_HasFocus | QStyle::State_Selected);
  const qreal ratio = option->widget ? option->widget->devicePixelRatioF() : 1.0;
  if (const QVariant state = index.data(state_role); state.isValid()) {
    const auto which = static_cast<State>(state.toInt());
    option->icon = QIcon(iconPixmap(stateIconName(which), stateColor(which, option->palette), iconSize, ratio));
    option->features |= QStyleOptionViewItem::HasDecoration;
    option->decorationSize = {iconSize, iconSize};
  }
  if (const QVariant master = index.data(master_role); !master.toString().isEmpty()) {
    option->icon = QIcon(dot(hues_.of(master.toString(), option->palette), ratio));
    option->features |= QStyleOptionViewItem::HasDecoration;
    option->decorationSize = {iconSize, iconSize};
  }
  if (index.data(copy_role).isValid()) {
    option->font = monospace(TextSize::small);
    option->fontMetrics = QFontMetrics(option->font);
    option->textElideMode = Qt::ElideMiddle;
  }
}

void CellDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const {
  const QColor accent = option.palette.color(QPalette::Highlight);
  const bool selected = option.state & QStyle::State_Selected;
  double strength = selected ? 0.18 : 0;
  const QVariant changed = index.data(changed_role);
  if (changed.isValid() && changed.toLongLong() < fadeMs)
    strength += 0.16 * (1.0 - static_cast<double>(changed.toLongLong()) / static_cast<double>(fadeMs));
  if (strength > 0) painter->fillRect(option.rect, wash(accent, option.palette, strength));
  if (selected && option.rect.left() <= 0)
    painter->fillRect(QRect(0, option.rect.top(), 3, option.rect.height()), accent);
  QStyleOptionViewItem padded = option;
  padded.rect.adjust(grid, 0, -grid, 0);
  QStyledItemDelegate::paint(painter, padded, index);
}

QSize CellDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
  QSize size = QStyledItemDelegate::sizeHint(option, index);
  return {size.width() + 3 * grid, std::max(size.height(), 4 * grid)};
}

}  // namespace cairn::console
