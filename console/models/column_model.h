// A table model described by a list of columns instead of by a long data().
//
// Contract: main thread. The model owns its rows and gives raw values under `sort_role`; proxies sort and filter. Each
// Column says how a row reads; unset functions mean "none", an unset `sort` means the display text. Changing rows is
// left to the concrete models, which tell views once per batch.
#pragma once

#include <QAbstractTableModel>
#include <functional>
#include <vector>

namespace cairn::console {

/// Roles beside Qt's own. Colours and fonts are the views' business; models only say what a value is.
enum ModelRole {
  sort_role = Qt::UserRole,
  copy_role,     ///< QString: what a click copies; such cells are identifiers
  state_role,    ///< int of console::State
  master_role,   ///< QString: the cell speaks of this master, which has a hue
  changed_role,  ///< qint64: milliseconds since the row changed by itself; absent: never
  id_role,       ///< QString: the row's identity, for keeping selections
};

enum class State { none, ok, info, warning, error };

template <class Row>
struct Column {
  QString title;
  QString tip;
  bool number = false;  ///< right-aligned, tabular
  std::function<QString(const Row&)> display;
  std::function<QVariant(const Row&)> sort;
  std::function<QString(const Row&)> toolTip;
  std::function<QString(const Row&)> copy;
  std::function<State(const Row&)> state;
  std::function<QString(const Row&)> master;
};

template <class Row>
class ColumnModel : public QAbstractTableModel {
 public:
  using QAbstractTableModel::QAbstractTableModel;

  int rowCount(const QModelIndex& parent = {}) const override {
    return parent.isValid() ? 0 : static_cast<int>(rows_.size());
  }
  int columnCount(const QModelIndex& parent = {}) const override {
    return parent.isValid() ? 0 : static_cast<int>(columns_.size());
  }
  const Row& row(int i) const { return rows_[static_cast<std::size_t>(i)]; }
  /// -1 when absent.
  int find(const QString& id) const {
    for (std::size_t i = 0; i < rows_.size(); ++i)
      if (idOf(rows_[i]) == id) return static_cast<int>(i);
    return -1;
  }

  QVariant data(const QModelIndex& index, int role) const override {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Row& row = rows_[static_cast<std::size_t>(index.row())];
    const Column<Row>& column = columns_[static_cast<std::size_t>(index.column())];
    switch (role) {
      case Qt::DisplayRole:
        return column.display(row);
      case Qt::ToolTipRole:
        return column.toolTip ? QVariant(column.toolTip(row)) : QVariant();
      case Qt::TextAlignmentRole:
        return QVariant::fromValue(alignment(column));
      case sort_role:
        return column.sort ? column.sort(row) : QVariant(column.display(row));
      case copy_role:
        return column.copy ? QVariant(column.copy(row)) : QVariant();
      case state_role:
        return column.state ? QVariant(static_cast<int>(column.state(row))) : QVariant();
      case master_role:
        return column.master ? QVariant(column.master(row)) : QVariant();
      case changed_role:
        return changedMs(row);
      case id_role:
        return idOf(row);
      default:
        return {};
    }
  }
  QVariant headerData(int section, Qt::Orientation orientation, int role) const override {
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount()) return {};
    const Column<Row>& column = columns_[static_cast<std::size_t>(section)];
    if (role == Qt::DisplayRole) return column.title;
    if (role == Qt::ToolTipRole && !column.tip.isEmpty()) return column.tip;
    if (role == Qt::TextAlignmentRole) return QVariant::fromValue(alignment(column));
    return {};
  }

 protected:
  virtual QString idOf(const Row& row) const = 0;
  virtual QVariant changedMs(const Row&) const { return {}; }

  void tellColumn(int column) {
    if (!rows_.empty()) Q_EMIT dataChanged(index(0, column), index(rowCount() - 1, column));
  }
  void tellRow(int row) { Q_EMIT dataChanged(index(row, 0), index(row, columnCount() - 1)); }

  /// Makes the rows equal `fresh` (which is sorted by id) with inserts, removals and changes, so that selections stay.
  template <class Same, class Take>
  void merge(std::vector<Row> fresh, Same same, Take take) {
    std::size_t i = 0;
    for (Row& row : fresh) {
      while (i < rows_.size() && idOf(rows_[i]) < idOf(row)) removeAt(i);
      if (i == rows_.size() || idOf(rows_[i]) != idOf(row)) {
        insertAt(i, std::move(row));
      } else if (!same(rows_[i], row)) {
        take(rows_[i], std::move(row));
        tellRow(static_cast<int>(i));
      }
      ++i;
    }
    while (i < rows_.size()) removeAt(i);
  }
  void insertAt(std::size_t i, Row row) {
    beginInsertRows({}, static_cast<int>(i), static_cast<int>(i));
    rows_.insert(rows_.begin() + static_cast<std::ptrdiff_t>(i), std::move(row));
    endInsertRows();
  }
  void removeAt(std::size_t i) {
    beginRemoveRows({}, static_cast<int>(i), static_cast<int>(i));
    rows_.erase(rows_.begin() + static_cast<std::ptrdiff_t>(i));
    endRemoveRows();
  }

  std::vector<Row> rows_;  ///< sorted by idOf
  std::vector<Column<Row>> columns_;

 private:
  static Qt::Alignment alignment(const Column<Row>& column) {
    return Qt::AlignVCenter | (column.number ? Qt::AlignRight : Qt::AlignLeft);
  }
};

}  // namespace cairn::console
