// The bar at the foot: what one may do here, and how fresh what one sees is.
//
// Contract: main thread; borrows the session. Refreshes itself four times a second while visible.
#pragma once

#include <QLabel>
#include <QTimer>
#include <QToolButton>
#include <QWidget>

#include "console/views/session.h"

namespace cairn::console {

class BottomBar : public QWidget {
  Q_OBJECT

 public:
  explicit BottomBar(Session& session, QWidget* parent = nullptr);

 Q_SIGNALS:
  void paletteRequested();

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  void refresh();
  Session& session_;
  QLabel* rights_;
  QLabel* link_;
  QLabel* sign_;
  QLabel* event_;
  QToolButton* actions_;
  QTimer timer_;
};

}  // namespace cairn::console
