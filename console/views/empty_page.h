// A page that this version does not fill: says what will be here, and where to find what there is already.
//
// Contract: main thread. No data are shown, none are invented.
#pragma once

#include <QLabel>
#include <QWidget>

namespace cairn::console {

struct Promise {
  QString iconName;
  QString title;
  QString what;     ///< what the page will show
  QString instead;  ///< what one can do until then
  QString action;   ///< the button's text; empty: no button
};

class EmptyPage : public QWidget {
  Q_OBJECT

 public:
  explicit EmptyPage(Promise promise, QWidget* parent = nullptr);

 Q_SIGNALS:
  void actionRequested();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void paintInks();
  Promise promise_;
  QLabel* icon_;
  QLabel* what_;
  QLabel* instead_;
};

}  // namespace cairn::console
