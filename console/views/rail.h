// The navigation rail: a button for each page, with a count of what wants attention.
//
// Contract: main thread. Pages are numbered from 0 in the order added. setAttention(page, 0) shows no count.
#pragma once

#include <QAbstractButton>
#include <QButtonGroup>
#include <QVBoxLayout>
#include <QWidget>

namespace cairn::console {

class RailButton : public QAbstractButton {
  Q_OBJECT

 public:
  RailButton(const QString& iconName, const QString& text, QWidget* parent);
  void setAttention(int count);
  QSize sizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;
  void enterEvent(QEnterEvent* event) override;
  void leaveEvent(QEvent* event) override;

 private:
  void paintCount(class QPainter& painter) const;
  QString iconName_;
  int attention_ = 0;
};

class Rail : public QWidget {
  Q_OBJECT

 public:
  explicit Rail(QWidget* parent = nullptr);
  void add(const QString& iconName, const QString& text, const QString& objectName, const QString& toolTip);
  void setCurrent(int page);
  void setAttention(int page, int count);

 Q_SIGNALS:
  void chosen(int page);

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QVBoxLayout* layout_;
  QButtonGroup* group_;
};

}  // namespace cairn::console
