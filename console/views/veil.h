// What is laid over a panel whose data are no longer fresh: they stay readable, and grey.
//
// Contract: main thread. Covers its parent, whatever its size, while visible; the mouse goes through. Begins hidden.
#pragma once

#include <QWidget>

namespace cairn::console {

class Veil : public QWidget {
  Q_OBJECT

 public:
  explicit Veil(QWidget* covered);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void paintEvent(QPaintEvent* event) override;
};

}  // namespace cairn::console
