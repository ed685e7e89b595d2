// Every action by its verb, found by typing.
//
// Contract: main thread. offer() lists the actions given that are enabled now; Enter or a click triggers the chosen one
// after the palette has closed, Escape closes it. Words typed match in any order, anywhere, in any case.
#pragma once

#include <QAction>
#include <QDialog>
#include <QLineEdit>
#include <QListWidget>

namespace cairn::console {

class CommandPalette : public QDialog {
  Q_OBJECT

 public:
  explicit CommandPalette(QWidget* parent);
  void offer(const QList<QAction*>& actions);

 protected:
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  void filter(const QString& text);
  void run();
  QList<QAction*> actions_;
  QLineEdit* input_;
  QListWidget* list_;
};

}  // namespace cairn::console
