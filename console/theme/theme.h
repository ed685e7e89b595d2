// Colours, type and spacing: everything that the console's look is made of.
//
// Contract: main thread. Colours are functions of the palette in force, chosen for light or dark by its background;
// state and master colours reach WCAG AA (4.5:1) on window and base in both, and never carry meaning alone. Spacing is
// in steps of `grid` pixels; type has four sizes.
#pragma once

#include <QColor>
#include <QFont>
#include <QHash>
#include <QPalette>
#include <QStringList>

#include "console/models/column_model.h"

class QApplication;

namespace cairn::console {

inline constexpr int grid = 8;

enum class ThemeChoice { system, light, dark };
/// Palette, style and fonts of the whole application. May be called again.
void applyTheme(QApplication& app, ThemeChoice choice);

bool isDark(const QPalette& palette);
QColor stateColor(State state, const QPalette& palette);
/// Text of secondary weight; AA as well.
QColor mutedText(const QPalette& palette);
/// Hairlines between areas; decoration, no AA.
QColor hairline(const QPalette& palette);
/// A wash for banners and changed rows: the colour laid thinly over the base.
QColor wash(const QColor& color, const QPalette& palette, double strength);
double contrast(const QColor& a, const QColor& b);

enum class TextSize { small = 12, body = 14, title = 16, page = 22 };
QFont textFont(TextSize size, bool bold = false);
QFont monospace(TextSize size);

/// Which hue is whose. A master keeps its hue for the life of this object.
class Hues {
 public:
  void learn(QStringList masters);
  QColor of(const QString& master, const QPalette& palette) const;
  static constexpr int distinct = 8;
  static QColor at(int index, const QPalette& palette);

 private:
  QHash<QString, int> index_;
};

}  // namespace cairn::console
