#include "console/views/facts.h"

#include <QClipboard>
#include <QCursor>
#include <QGridLayout>
#include <QGuiApplication>
#include <QMouseEvent>
#include <QToolTip>

#include "console/theme/theme.h"

namespace cairn::console {

void copyToClipboard(const QString& text, QWidget* at) {
  QGuiApplication::clipboard()->setText(text);
  QToolTip::showText(QCursor::pos(), CopyLabel::tr("Copied"), at);
}

CopyLabel::CopyLabel(QWidget* parent) : QLabel(parent) {
  setCursor(Qt::PointingHandCursor);
  setFont(monospace(TextSize::small));
}

void CopyLabel::setFull(const QString& text) {
  full_ = text;
  setToolTip(text.isEmpty() ? QString() : tr("%1\nClick to copy").arg(text));
  elide();
}

QSize CopyLabel::minimumSizeHint() const {
  return {8 * grid, QLabel::minimumSizeHint().height()};
}

void CopyLabel::elide() {
  setText(fontMetrics().elidedText(full_, Qt::ElideMiddle, width()));
}

void CopyLabel::resizeEvent(QResizeEvent* event) {
  QLabel::resizeEvent(event);
  elide();
}

void CopyLabel::mouseReleaseEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton && !full_.isEmpty()) copyToClipboard(full_, this);
}

Facts::Facts(QWidget* parent) : QWidget(parent), layout_(new QGridLayout(this)) {
  layout_->setContentsMargins(0, 0, 0, 0);
  layout_->setHorizontalSpacing(2 * grid);
  layout_->setVerticalSpacing(grid);
  layout_->setColumnStretch(1, 1);
}

void Facts::set(const QList<Fact>& facts) {
  bool same = facts.size() == names_.size();
  for (qsizetype i = 0; same && i < facts.size(); ++i)
    same = names_[i]->text() == facts[i].name && facts[i].copy == (qobject_cast<CopyLabel*>(values_[i]) != nullptr);
  if (!same) rebuild(facts);
  for (qsizetype i = 0; i < facts.size(); ++i) {
    if (auto* label = qobject_cast<CopyLabel*>(values_[i])) {
      label->setFull(facts[i].value);
    } else {
      values_[i]->setText(facts[i].value);
      values_[i]->setToolTip(facts[i].toolTip);
    }
  }
}

void Facts::rebuild(const QList<Fact>& facts) {
  qDeleteAll(names_);
  qDeleteAll(values_);
  names_.clear();
  values_.clear();
  for (const Fact& fact : facts) {
    auto* name = new QLabel(fact.name, this);
    QPalette palette = name->palette();
    palette.setColor(QPalette::WindowText, mutedText(palette));
    name->setPalette(palette);
    QLabel* value = fact.copy ? new CopyLabel(this) : new QLabel(this);
    value->setWordWrap(!fact.copy);
    if (!fact.copy) value->setTextInteractionFlags(Qt::TextSelectableByMouse);
    const int row = static_cast<int>(names_.size());
    layout_->addWidget(name, row, 0, Qt::AlignTop);
    layout_->addWidget(value, row, 1);
    names_.append(name);
    values_.append(value);
  }
}

}  // namespace cairn::console
