#include "console/theme/icons.h"

#include <QApplication>
#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QSvgRenderer>
#include <functional>

#include "common/base/result.h"
#include "console/theme/theme.h"

static void initResources() {
  Q_INIT_RESOURCE(console);
}  // Qt wants this outside of any namespace

namespace cairn::console {
namespace {

QByteArray source(const QString& name) {
  static const bool ready = (initResources(), true);
  CAIRN_ASSERT(ready);
  QFile file(QStringLiteral(":/icons/%1.svg").arg(name));
  CAIRN_ASSERT(file.open(QIODevice::ReadOnly));
  return file.readAll();
}

/// Paints with the colour that `ink` gives at that moment.
class InkEngine : public QIconEngine {
 public:
  using Ink = std::function<QColor(QIcon::Mode)>;
  InkEngine(QString name, Ink ink) : name_(std::move(name)), ink_(std::move(ink)) {}

  void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
    QByteArray svg = source(name_);
    svg.replace("currentColor", ink_(mode).name().toLatin1());
    QSvgRenderer(svg).render(painter, rect);
  }
  QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State state) override {
    QPixmap pixmap(size);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    paint(&painter, QRect({}, size), mode, state);
    return pixmap;
  }
  QIconEngine* clone() const override { return new InkEngine(name_, ink_); }

 private:
  QString name_;
  Ink ink_;
};

}  // namespace

QIcon icon(const QString& name) {
  return QIcon(new InkEngine(name, [](QIcon::Mode mode) {
    const QPalette palette = QApplication::palette();
    if (mode == QIcon::Disabled) return palette.color(QPalette::Disabled, QPalette::WindowText);
    if (mode == QIcon::Selected) return palette.color(QPalette::HighlightedText);
    return palette.color(QPalette::WindowText);
  }));
}

QString stateIconName(State state) {
  switch (state) {
    case State::ok:
      return QStringLiteral("ok");
    case State::info:
      return QStringLiteral("info");
    case State::warning:
      return QStringLiteral("warning");
    case State::error:
      return QStringLiteral("error");
    case State::none:
      break;
  }
  return QStringLiteral("none");
}

QIcon stateIcon(State state) {
  return QIcon(
      new InkEngine(stateIconName(state), [state](QIcon::Mode) { return stateColor(state, QApplication::palette()); }));
}

QPixmap iconPixmap(const QString& name, const QColor& color, int size, qreal devicePixelRatio) {
  const int pixels = qRound(size * devicePixelRatio);
  QPixmap pixmap =
      InkEngine(name, [color](QIcon::Mode) { return color; }).pixmap({pixels, pixels}, QIcon::Normal, QIcon::On);
  pixmap.setDevicePixelRatio(devicePixelRatio);
  return pixmap;
}

QIcon applicationIcon() {
  QIcon icon;
  for (int size : {16, 32, 48, 128}) icon.addPixmap(iconPixmap(QStringLiteral("cairn"), {}, size, 1));
  return icon;
}

}  // namespace cairn::console
