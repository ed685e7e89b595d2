// A titled list of facts: name on the left, value on the right.
//
// Contract: main thread. set() replaces the facts; values keep their widgets when the names stay, so that nothing
// flickers and a selection of text survives. `copy` facts are identifiers: monospace, middle-elided, a click copies.
#pragma once

#include <QLabel>
#include <QVBoxLayout>
#include <QWidget>

#include "console/models/column_model.h"

class QGridLayout;

namespace cairn::console {

struct Fact {
  QString name;
  QString value;
  bool copy = false;
  QString toolTip;
};

/// A label that elides its text in the middle and copies all of it when clicked.
class CopyLabel : public QLabel {
  Q_OBJECT

 public:
  explicit CopyLabel(QWidget* parent = nullptr);
  void setFull(const QString& text);
  QSize minimumSizeHint() const override;

 protected:
  void mouseReleaseEvent(QMouseEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  void elide();
  QString full_;
};

class Facts : public QWidget {
  Q_OBJECT

 public:
  explicit Facts(QWidget* parent = nullptr);
  void set(const QList<Fact>& facts);

 private:
  void rebuild(const QList<Fact>& facts);
  QGridLayout* layout_;
  QList<QLabel*> names_, values_;
};

/// Puts `text` on the clipboard and says so at the mouse.
void copyToClipboard(const QString& text, QWidget* at);

}  // namespace cairn::console
