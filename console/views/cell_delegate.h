// Paints a table's cells by what the model says they are: states with their icon, masters with their hue, identifiers
// in monospace and elided in the middle, rows that just changed with a wash that fades.
//
// Contract: main thread; borrows the hues. `fadeMs` is how long a change shows.
#pragma once

#include <QStyledItemDelegate>

#include "console/theme/theme.h"

namespace cairn::console {

class CellDelegate : public QStyledItemDelegate {
  Q_OBJECT

 public:
  static constexpr qint64 fadeMs = 900;
  CellDelegate(const Hues& hues, QObject* parent) : QStyledItemDelegate(parent), hues_(hues) {}
  void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
  QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

 protected:
  void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override;

 private:
  const Hues& hues_;
};

}  // namespace cairn::console
