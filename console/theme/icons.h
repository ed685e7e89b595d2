// The one way to an icon: SVG from resources/icons, drawn in the palette's colour of the moment.
//
// Contract: main thread, after QApplication. icon() follows the application's palette whenever it is painted (light,
// dark, disabled, selected), so that nobody makes icons anew when the theme changes. stateIcon() is in the state's
// colour. An unknown name is a broken invariant.
#pragma once

#include <QColor>
#include <QIcon>
#include <QPixmap>

#include "console/models/column_model.h"

namespace cairn::console {

QIcon icon(const QString& name);
QIcon stateIcon(State state);
QPixmap iconPixmap(const QString& name, const QColor& color, int size, qreal devicePixelRatio);
/// "ok", "warning" ... as in resources/icons.
QString stateIconName(State state);
QIcon applicationIcon();

}  // namespace cairn::console
