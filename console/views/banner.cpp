#include "console/views/banner.h"

#include <QHBoxLayout>
#include <QPainter>

#include "console/theme/icons.h"
#include "console/theme/theme.h"

namespace cairn::console {

Banner::Banner(QWidget* parent)
    : QWidget(parent),
      icon_(new QLabel(this)),
      headline_(new QLabel(this)),
      detail_(new QLabel(this)),
      action_(new QPushButton(this)) {
  setObjectName(QStringLiteral("banner"));
  headline_->setObjectName(QStringLiteral("bannerHeadline"));
  headline_->setFont(textFont(TextSize::body, true));
  detail_->setObjectName(QStringLiteral("bannerDetail"));
  detail_->setWordWrap(true);
  detail_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  action_->setObjectName(QStringLiteral("bannerAction"));
  auto* words = new QVBoxLayout;
  words->setSpacing(2);
  words->addWidget(headline_);
  words->addWidget(detail_);
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(2 * grid, grid, 2 * grid, grid);
  layout->setSpacing(2 * grid);
  layout->addWidget(icon_);
  layout->addLayout(words, 1);
  layout->addWidget(action_);
  connect(action_, &QPushButton::clicked, this, &Banner::actionRequested);
  hide();
}

void Banner::tell(State state, const QString& headline, const QString& detail, const QString& action) {
  state_ = state;
  icon_->setPixmap(iconPixmap(stateIconName(state), stateColor(state, palette()), 3 * grid, devicePixelRatioF()));
  headline_->setText(headline);
  detail_->setText(detail);
  detail_->setVisible(!detail.isEmpty());
  action_->setText(action);
  action_->setMinimumSize(action_->sizeHint().width() + 2 * grid, 4 * grid);
  action_->setVisible(!action.isEmpty());
  setVisible(!headline.isEmpty());
  update();
}

void Banner::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), wash(stateColor(state_, palette()), palette(), 0.12));
  painter.fillRect(QRect(0, 0, grid / 2, height()), stateColor(state_, palette()));
}

}  // namespace cairn::console
