// Masters and storage nodes, and what is known of the one selected.
//
// Contract: main thread; borrows the session. State of splitter and columns under its object names.
#pragma once

#include <QLabel>
#include <QSettings>
#include <QSplitter>
#include <QWidget>

#include "console/views/facts.h"
#include "console/views/session.h"
#include "console/views/table.h"
#include "console/views/veil.h"

namespace cairn::console {

class FleetPage : public QWidget {
  Q_OBJECT

 public:
  explicit FleetPage(Session& session, QWidget* parent = nullptr);
  void saveTo(QSettings& settings) const;
  void restoreFrom(const QSettings& settings);

 private:
  QWidget* makeDetails();
  void refresh();
  void showNode(const api::Master& master);
  Session& session_;
  Table* table_;
  QSplitter* splitter_;
  QLabel* title_ = nullptr;
  QLabel* sign_ = nullptr;
  QLabel* word_ = nullptr;
  QLabel* reasons_ = nullptr;
  Facts* facts_ = nullptr;
  Veil* veil_ = nullptr;
};

}  // namespace cairn::console
