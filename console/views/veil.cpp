#include "console/views/veil.h"

#include <QEvent>
#include <QPainter>

namespace cairn::console {

Veil::Veil(QWidget* covered) : QWidget(covered) {
  setObjectName(QStringLiteral("veil"));
  setAttribute(Qt::WA_TransparentForMouseEvents);
  covered->installEventFilter(this);
  hide();
}

bool Veil::eventFilter(QObject*, QEvent* event) {
  if (event->type() == QEvent::Resize) resize(parentWidget()->size());
  return false;
}

void Veil::showEvent(QShowEvent*) {
  resize(parentWidget()->size());
  raise();
}

void Veil::paintEvent(QPaintEvent*) {
  QColor color = palette().color(QPalette::Window);
  color.setAlpha(120);
  QPainter(this).fillRect(rect(), color);
}

}  // namespace cairn::console
