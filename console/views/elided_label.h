// A label of one line that ends in an ellipsis where its room ends, instead of in the middle of a letter.
//
// Contract: main thread. text() stays whole; plain text only. Takes any width that the layout has left.
#pragma once

#include <QLabel>

namespace cairn::console {

class ElidedLabel : public QLabel {
  Q_OBJECT

 public:
  using QLabel::QLabel;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
};

}  // namespace cairn::console
