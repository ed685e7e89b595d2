#include "console/theme/theme.h"

#include <QApplication>
#include <QFontDatabase>
#include <QStyleFactory>
#include <cmath>

namespace cairn::console {
namespace {

struct Pair {
  QRgb light, dark;
};
QColor pick(const Pair& pair, const QPalette& palette) {
  return QColor(isDark(palette) ? pair.dark : pair.light);
}

constexpr Pair hues[Hues::distinct] = {{0x1660b8, 0x74b0ff}, {0xb03a06, 0xffa066}, {0x0b6b5d, 0x4fd1b5},
                                       {0x8b2fae, 0xd69bff}, {0xa81f5f, 0xff8fbf}, {0x5a6300, 0xc9d14b},
                                       {0x744517, 0xd9ab7c}, {0x3d45c4, 0xa3a9ff}};

QPalette makePalette(bool dark) {
  const QColor window(dark ? 0x1b1e23 : 0xf3f4f6), base(dark ? 0x22262c : 0xffffff), text(dark ? 0xe6e9ed : 0x1b2027);
  const QColor button(dark ? 0x2c3138 : 0xffffff), accent(dark ? 0x3d7bd9 : 0x1f66c7),
      faint(dark ? 0x7c8590 : 0x8a929c);
  QPalette p(button, window);
  for (auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::ToolTipText})
    p.setColor(role, text);
  for (auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
    p.setColor(QPalette::Disabled, role, faint);
  p.setColor(QPalette::Base, base);
  p.setColor(QPalette::AlternateBase, dark ? QColor(0x262a31) : QColor(0xf8f9fa));
  p.setColor(QPalette::ToolTipBase, button);
  p.setColor(QPalette::Highlight, accent);
  p.setColor(QPalette::HighlightedText, Qt::white);
  p.setColor(QPalette::PlaceholderText, dark ? QColor(0x99a2ad) : QColor(0x626b76));
  p.setColor(QPalette::Link, QColor(hues[0].light));
  if (dark) p.setColor(QPalette::Link, QColor(hues[0].dark));
  p.setColor(QPalette::Mid, dark ? QColor(0x3a4049) : QColor(0xd5d9de));
  return p;
}

double luminance(const QColor& c) {
  const auto linear = [](double v) { return v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4); };
  return 0.2126 * linear(c.redF()) + 0.7152 * linear(c.greenF()) + 0.0722 * linear(c.blueF());
}

}  // namespace

void applyTheme(QApplication& app, ThemeChoice choice) {
  if (choice != ThemeChoice::system) {
    app.setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    app.setPalette(makePalette(choice == ThemeChoice::dark));
  }
  app.setFont(textFont(TextSize::body));
}

bool isDark(const QPalette& palette) {
  return luminance(palette.color(QPalette::Window)) < 0.18;
}

QColor stateColor(State state, const QPalette& palette) {
  switch (state) {
    case State::ok:
      return pick({0x17692c, 0x56c872}, palette);
    case State::info:
      return pick({0x0a5cab, 0x79b8ff}, palette);
    case State::warning:
      return pick({0x7d5200, 0xe8b44c}, palette);
    case State::error:
      return pick({0xb3202c, 0xff8a80}, palette);
    case State::none:
      break;
  }
  return mutedText(palette);
}

QColor mutedText(const QPalette& palette) {
  return pick({0x56606b, 0xa3acb7}, palette);
}

QColor hairline(const QPalette& palette) {
  return pick({0xd9dde2, 0x363c45}, palette);
}

QColor wash(const QColor& color, const QPalette& palette, double strength) {
  const QColor base = palette.color(QPalette::Base);
  const auto mix = [strength](int a, int b) { return static_cast<int>(std::lround(a + (b - a) * strength)); };
  return QColor(mix(base.red(), color.red()), mix(base.green(), color.green()), mix(base.blue(), color.blue()));
}

double contrast(const QColor& a, const QColor& b) {
  const double la = luminance(a), lb = luminance(b);
  return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

QFont textFont(TextSize size, bool bold) {
  QFont font = QFontDatabase::systemFont(QFontDatabase::GeneralFont);
  font.setPixelSize(static_cast<int>(size));
  font.setBold(bold);
  return font;
}

QFont monospace(TextSize size) {
  QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
  font.setPixelSize(static_cast<int>(size));
  return font;
}

void Hues::learn(QStringList masters) {
  masters.sort();
  for (const QString& master : std::as_const(masters))
    if (!index_.contains(master)) index_.insert(master, static_cast<int>(index_.size()));
}

QColor Hues::at(int index, const QPalette& palette) {
  return pick(hues[index % distinct], palette);
}

QColor Hues::of(const QString& master, const QPalette& palette) const {
  const auto found = index_.find(master);
  return found == index_.end() ? mutedText(palette) : at(*found, palette);
}

}  // namespace cairn::console
