#include "console/views/empty_page.h"

#include <QEvent>
#include <QPushButton>
#include <QVBoxLayout>

#include "console/theme/icons.h"
#include "console/theme/theme.h"

namespace cairn::console {

EmptyPage::EmptyPage(Promise promise, QWidget* parent)
    : QWidget(parent),
      promise_(std::move(promise)),
      icon_(new QLabel(this)),
      what_(new QLabel(promise_.what, this)),
      instead_(new QLabel(tr("Not available in version %1. %2").arg(QStringLiteral(CAIRN_VERSION), promise_.instead),
                          this)) {
  auto* title = new QLabel(promise_.title, this);
  title->setFont(textFont(TextSize::page, true));
  auto* column = new QVBoxLayout;
  column->setSpacing(2 * grid);
  for (QLabel* label : {icon_, title, what_, instead_}) {
    label->setAlignment(Qt::AlignHCenter);
    label->setWordWrap(label == what_ || label == instead_);
    column->addWidget(label);
  }
  for (QLabel* label : {what_, instead_}) {
    label->setFixedWidth(60 * grid);
    label->setMinimumHeight(label->heightForWidth(60 * grid));
  }
  if (!promise_.action.isEmpty()) {
    auto* button = new QPushButton(promise_.action, this);
    button->setMinimumSize(button->sizeHint().width() + 3 * grid, 4 * grid);
    connect(button, &QPushButton::clicked, this, &EmptyPage::actionRequested);
    column->addWidget(button, 0, Qt::AlignHCenter);
  }
  auto* outer = new QVBoxLayout(this);
  outer->addStretch(2);
  outer->addLayout(column);
  outer->setAlignment(column, Qt::AlignHCenter);
  outer->addStretch(3);
  paintInks();
}

void EmptyPage::paintInks() {
  icon_->setPixmap(iconPixmap(promise_.iconName, mutedText(palette()), 6 * grid, devicePixelRatioF()));
  QPalette muted = palette();
  muted.setColor(QPalette::WindowText, mutedText(palette()));
  instead_->setPalette(muted);
}

void EmptyPage::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::ApplicationPaletteChange) paintInks();
}

}  // namespace cairn::console
