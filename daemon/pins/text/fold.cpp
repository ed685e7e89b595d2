#include "daemon/pins/text/fold.h"

#include <QString>

namespace cairn::pins {

std::string folded(const std::string& text) {
  return QString::fromStdString(text).toCaseFolded().toStdString();
}

}  // namespace cairn::pins
