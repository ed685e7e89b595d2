// The console's table: sorted, selected by row, quiet. Every page uses this one.
//
// Contract: main thread; borrows model and hues. Shows `emptyText` where rows would be while there are none. Clicking a
// cell that is an identifier copies it. currentId() is the model's id_role of the selected row; selection follows the
// row when rows come, go or are sorted. Column widths are remembered under the object name by saveTo/restoreFrom.
// fitColumns() says how columns share what room there is: one is as wide as its contents, within that room, until the
// user drags it, and some disappear, in the order given, rather than be cut off.
#pragma once

#include <QSettings>
#include <QSortFilterProxyModel>
#include <QTableView>
#include <QTimer>
#include <vector>

#include "console/theme/theme.h"

namespace cairn::console {

class Table : public QTableView {
  Q_OBJECT

 public:
  Table(QAbstractItemModel& model, const Hues& hues, QWidget* parent = nullptr);
  void setEmptyText(const QString& text);
  void setStale(bool stale);
  /// `widths` of all columns; `flexible` has at least its width.
  void fitColumns(const std::vector<int>& widths, int flexible, std::vector<int> dispensable);
  QString currentId() const;
  void selectId(const QString& id);
  void selectFirst();
  void saveTo(QSettings& settings) const;
  void restoreFrom(const QSettings& settings);

 Q_SIGNALS:
  void currentIdChanged(const QString& id);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void noteChange();
  void fit();
  QSortFilterProxyModel sorted_;
  QTimer fade_;
  int fadesLeft_ = 0;
  QString emptyText_;
  bool stale_ = false;
  int flexible_ = -1, least_ = 0;
  std::vector<int> dispensable_;
  bool fitting_ = false;  ///< sections are resized by fit(), not by the user
  bool dragged_ = false;  ///< the user has set the flexible column's width
};

}  // namespace cairn::console
