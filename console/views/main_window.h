// The window: status line, navigation rail, pages, bottom bar.
//
// Contract: main thread; borrows the session and, when given, the settings, in which geometry, page, splitters and
// columns are kept between runs. Pages are named "fleet", "roots", "nodes", "failover", "objects", "identity", "audit".
#pragma once

#include <QMainWindow>
#include <QSettings>
#include <QStackedWidget>

#include "console/views/banner.h"
#include "console/views/command_palette.h"
#include "console/views/fleet_page.h"
#include "console/views/rail.h"
#include "console/views/roots_page.h"
#include "console/views/session.h"

namespace cairn::console {

class MainWindow : public QMainWindow {
  Q_OBJECT

 public:
  MainWindow(Session& session, QSettings* settings, QWidget* parent = nullptr);
  static QStringList pageNames();
  void showPage(const QString& name);
  QString currentPage() const;
  /// Nothing that the current page waits for is outstanding: data are shown, or the reason why there are none.
  bool settled() const;

 Q_SIGNALS:
  void themeRequested(cairn::console::ThemeChoice choice);

 protected:
  void closeEvent(QCloseEvent* event) override;
  void timerEvent(QTimerEvent* event) override;

 private:
  void addPages();
  void addPromises();
  void addActions();
  QAction* addVerb(const QString& text, const QString& objectName, const QKeySequence& keys, std::function<void()> run);
  void addPage(const QString& iconName, const QString& title, const QString& toolTip, QWidget* page);
  void refresh();
  void refreshBanner();
  void restore();

  Session& session_;
  QSettings* settings_;
  Rail* rail_;
  Banner* banner_;
  QStackedWidget* pages_;
  FleetPage* fleetPage_;
  RootsPage* rootsPage_;
  CommandPalette* palette_;
};

}  // namespace cairn::console
