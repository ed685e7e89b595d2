// The line at the top that is always there: is it all right?
//
// Contract: main thread; borrows the session. The fleet's one word with its sign, its mode and numbers, and the
// standing proof: how many history rows were walked and whether the chain holds.
#pragma once

#include <QLabel>
#include <QWidget>

#include "console/views/elided_label.h"
#include "console/views/session.h"

namespace cairn::console {

class StatusLine : public QWidget {
  Q_OBJECT

 public:
  explicit StatusLine(Session& session, QWidget* parent = nullptr);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void changeEvent(QEvent* event) override;

 private:
  void refresh();
  void refreshProof();
  void paintSign(QLabel* label, State state);
  Session& session_;
  QLabel* sign_;
  QLabel* word_;
  QLabel* name_;
  ElidedLabel* numbers_;
  QLabel* proof_;
  QLabel* proofSign_;
};

}  // namespace cairn::console
