#include "console/views/table.h"

#include <QHeaderView>
#include <QPainter>
#include <QStyle>
#include <algorithm>

#include "console/models/column_model.h"
#include "console/views/cell_delegate.h"
#include "console/views/facts.h"

namespace cairn::console {
namespace {

constexpr int fadeFrameMs = 60;
constexpr int fadeFrames = static_cast<int>(CellDelegate::fadeMs / fadeFrameMs) + 2;

/// A quiet header: the title in secondary ink, padded like the cells, with the sort's direction beside it.
class Header : public QHeaderView {
 public:
  explicit Header(QWidget* parent) : QHeaderView(Qt::Horizontal, parent) {}

 protected:
  void paintSection(QPainter* painter, const QRect& rect, int section) const override {
    painter->fillRect(rect, palette().color(QPalette::Base));
    painter->fillRect(QRect(rect.left(), rect.bottom(), rect.width(), 1), hairline(palette()));
    const int margin = grid + style()->pixelMetric(QStyle::PM_FocusFrameHMargin) + 1;  // where cells put their text
    const QRect inner = rect.adjusted(margin, 0, -margin, 0);
    const auto alignment = model()->headerData(section, orientation(), Qt::TextAlignmentRole).value<Qt::Alignment>();
    QString title = model()->headerData(section, orientation()).toString();
    if (section == sortIndicatorSection())
      title += sortIndicatorOrder() == Qt::AscendingOrder ? QStringLiteral(" \u2191") : QStringLiteral(" \u2193");
    painter->setFont(textFont(TextSize::small, true));
    painter->setPen(mutedText(palette()));
    painter->drawText(inner, static_cast<int>(alignment),
                      painter->fontMetrics().elidedText(title, Qt::ElideRight, inner.width()));
  }
  void paintEvent(QPaintEvent* event) override {
    QHeaderView::paintEvent(event);
    QPainter painter(viewport());
    painter.fillRect(QRect(length() - offset(), 0, viewport()->width(), height()), palette().color(QPalette::Base));
    painter.fillRect(QRect(0, height() - 1, viewport()->width(), 1), hairline(palette()));
  }
};

}  // namespace

Table::Table(QAbstractItemModel& model, const Hues& hues, QWidget* parent) : QTableView(parent) {
  sorted_.setSourceModel(&model);
  sorted_.setSortRole(sort_role);
  // Live rows change in place; order changes only when the user sorts.
  sorted_.setDynamicSortFilter(false);
  setHorizontalHeader(new Header(this));
  horizontalHeader()->setSectionsClickable(true);
  horizontalHeader()->setMinimumSectionSize(5 * grid);
  setModel(&sorted_);
  setItemDelegate(new CellDelegate(hues, this));
  setSelectionBehavior(SelectRows);
  setSelectionMode(SingleSelection);
  setSortingEnabled(true);
  sortByColumn(0, Qt::AscendingOrder);
  setShowGrid(false);
  setFrameShape(NoFrame);
  setWordWrap(false);
  setHorizontalScrollMode(ScrollPerPixel);
  setEditTriggers(NoEditTriggers);
  verticalHeader()->hide();
  verticalHeader()->setDefaultSectionSize(4 * grid);
  horizontalHeader()->setHighlightSections(false);
  horizontalHeader()->setFixedHeight(4 * grid);
  horizontalHeader()->setSectionsMovable(true);
  connect(this, &QTableView::clicked, this, [this](const QModelIndex& index) {
    if (const QString text = index.data(copy_role).toString(); !text.isEmpty()) copyToClipboard(text, this);
  });
  connect(selectionModel(), &QItemSelectionModel::currentRowChanged, this,
          [this] { Q_EMIT currentIdChanged(currentId()); });
  connect(&model, &QAbstractItemModel::dataChanged, this, &Table::noteChange);
  connect(&model, &QAbstractItemModel::rowsInserted, this,
          [this] { sorted_.sort(sorted_.sortColumn(), sorted_.sortOrder()); });
  connect(&sorted_, &QAbstractItemModel::rowsInserted, this, &Table::fit);
  connect(horizontalHeader(), &QHeaderView::sectionResized, this, [this](int section) {
    if (!fitting_ && section == flexible_ && isVisible()) dragged_ = true;
  });
  fade_.setInterval(fadeFrameMs);
  connect(&fade_, &QTimer::timeout, this, [this] {
    if (--fadesLeft_ <= 0) fade_.stop();
    viewport()->update();
  });
}

void Table::noteChange() {
  fadesLeft_ = fadeFrames;
  if (!fade_.isActive() && isVisible()) fade_.start();
}

void Table::setEmptyText(const QString& text) {
  emptyText_ = text;
  viewport()->update();
}

void Table::fitColumns(const std::vector<int>& widths, int flexible, std::vector<int> dispensable) {
  for (std::size_t i = 0; i < widths.size(); ++i) setColumnWidth(static_cast<int>(i), widths[i]);
  horizontalHeader()->setStretchLastSection(true);
  flexible_ = flexible;
  least_ = widths[static_cast<std::size_t>(flexible)];
  dispensable_ = std::move(dispensable);
  fit();
}

void Table::fit() {
  if (flexible_ < 0 || fitting_) return;
  fitting_ = true;
  QHeaderView* header = horizontalHeader();
  // The last section's own width is the one it has without being stretched.
  header->setStretchLastSection(false);
  for (int column : dispensable_) setColumnHidden(column, false);
  const int room = viewport()->width();
  int others = header->length() - header->sectionSize(flexible_);
  for (int column : dispensable_) {
    if (others + (dragged_ ? header->sectionSize(flexible_) : least_) <= room) break;
    others -= header->sectionSize(column);
    setColumnHidden(column, true);
  }
  if (!dragged_)
    header->resizeSection(flexible_, std::clamp(sizeHintForColumn(flexible_), least_, std::max(least_, room - others)));
  header->setStretchLastSection(true);
  fitting_ = false;
}

void Table::resizeEvent(QResizeEvent* event) {
  QTableView::resizeEvent(event);
  fit();
}

void Table::setStale(bool stale) {
  if (std::exchange(stale_, stale) != stale) viewport()->update();
}

QString Table::currentId() const {
  return currentIndex().data(id_role).toString();
}

void Table::selectId(const QString& id) {
  for (int row = 0; row < sorted_.rowCount(); ++row)
    if (sorted_.index(row, 0).data(id_role).toString() == id) return selectRow(row);
}

void Table::selectFirst() {
  if (!currentIndex().isValid() && sorted_.rowCount() > 0) selectRow(0);
}

void Table::saveTo(QSettings& settings) const {
  settings.setValue(objectName() + QStringLiteral("/header"), horizontalHeader()->saveState());
  settings.setValue(objectName() + QStringLiteral("/dragged"), dragged_);
}

void Table::restoreFrom(const QSettings& settings) {
  const auto state = settings.value(objectName() + QStringLiteral("/header")).toByteArray();
  if (state.isEmpty()) return;
  fitting_ = true;
  horizontalHeader()->restoreState(state);
  fitting_ = false;
  dragged_ = settings.value(objectName() + QStringLiteral("/dragged")).toBool();
  fit();
}

void Table::paintEvent(QPaintEvent* event) {
  QTableView::paintEvent(event);
  QPainter painter(viewport());
  if (model()->rowCount() == 0) {
    painter.setPen(mutedText(palette()));
    painter.drawText(viewport()->rect().adjusted(2 * grid, 2 * grid, -2 * grid, -2 * grid),
                     Qt::AlignCenter | Qt::TextWordWrap, emptyText_);
  } else if (stale_) {  // greyed: these are the last known data
    QColor veil = palette().color(QPalette::Base);
    veil.setAlpha(120);
    painter.fillRect(viewport()->rect(), veil);
  }
}

}  // namespace cairn::console
