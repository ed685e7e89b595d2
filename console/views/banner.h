// A band across the window that says what is wrong and offers the likely fix.
//
// Contract: main thread. Hidden unless told something. The message stays selectable so that it can be passed on.
#pragma once

#include <QLabel>
#include <QPushButton>
#include <QWidget>

#include "console/models/column_model.h"

namespace cairn::console {

class Banner : public QWidget {
  Q_OBJECT

 public:
  explicit Banner(QWidget* parent = nullptr);
  void tell(State state, const QString& headline, const QString& detail, const QString& action);

 Q_SIGNALS:
  void actionRequested();

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QLabel* icon_;
  QLabel* headline_;
  QLabel* detail_;
  QPushButton* action_;
  State state_ = State::none;
};

}  // namespace cairn::console
