#include "console/views/bottom_bar.h"

#include <QHBoxLayout>
#include <QLocale>
#include <QPainter>

#include "console/client/addresses.h"
#include "console/models/format.h"

namespace cairn::console {
namespace {

QPixmap lamp(const QColor& color, bool filled, qreal ratio) {
  QPixmap pixmap(QSize(qRound(12 * ratio), qRound(12 * ratio)));
  pixmap.setDevicePixelRatio(ratio);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.setPen(QPen(color, 2));
  painter.setBrush(filled ? QBrush(color) : QBrush(Qt::NoBrush));
  painter.drawEllipse(QPointF(6, 6), 4, 4);
  return pixmap;
}

}  // namespace

BottomBar::BottomBar(Session& session, QWidget* parent)
    : QWidget(parent),
      session_(session),
      rights_(new QLabel(this)),
      link_(new QLabel(this)),
      sign_(new QLabel(this)),
      event_(new QLabel(this)),
      actions_(new QToolButton(this)) {
  setObjectName(QStringLiteral("bottomBar"));
  link_->setObjectName(QStringLiteral("linkWord"));
  event_->setObjectName(QStringLiteral("eventAge"));
  actions_->setObjectName(QStringLiteral("actionsButton"));
  rights_->setText(tr("read-only"));
  rights_->setToolTip(
      tr("Nothing in the fleet can be changed from here yet: that needs an operator's wallet, which this "
         "version does not know."));
  actions_->setText(tr("Ctrl+K  actions"));
  actions_->setAutoRaise(true);
  for (QWidget* w : std::initializer_list<QWidget*>{rights_, link_, event_, actions_})
    w->setFont(textFont(TextSize::small));
  auto* layout = new QHBoxLayout(this);
  layout->setContentsMargins(2 * grid, 0, grid, 0);
  layout->setSpacing(grid);
  layout->addWidget(rights_);
  layout->addStretch();
  layout->addWidget(sign_);
  layout->addWidget(link_);
  layout->addSpacing(grid);
  layout->addWidget(event_);
  layout->addStretch();
  layout->addWidget(actions_);
  setFixedHeight(4 * grid);
  connect(actions_, &QToolButton::clicked, this, &BottomBar::paletteRequested);
  connect(&session_, &Session::changed, this, &BottomBar::refresh);
  connect(&timer_, &QTimer::timeout, this, &BottomBar::refresh);
  timer_.start(250);
  refresh();
}

void BottomBar::refresh() {
  const LinkState& state = session_.client.state();
  const bool live = state.link == Link::live;
  const QString address = shortAddress(state.address);
  sign_->setPixmap(lamp(stateColor(live ? State::ok : State::error, palette()), live, devicePixelRatioF()));
  link_->setText(live                             ? tr("live from %1").arg(address)
                 : state.link == Link::connecting ? tr("connecting to %1").arg(address)
                                                  : tr("not live"));
  const qint64 since = session_.client.eventAgeMs();
  if (since < 0)
    event_->setText(live ? tr("no event yet") : QString());
  else if (since < 1000)
    event_->setText(tr("event %1 ms ago").arg(QLocale().toString(since)));
  else
    event_->setText(tr("event %1").arg(age(since)));
}

void BottomBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.fillRect(rect(), palette().color(QPalette::Base));
  painter.fillRect(QRect(0, 0, width(), 1), hairline(palette()));
}

}  // namespace cairn::console
