// One lost race, told with both sides.
//
// Contract: main thread; borrows the hues. show(nullptr) says that no race is chosen.
#pragma once

#include <QLabel>
#include <QWidget>

#include "common/api/messages.h"
#include "console/theme/theme.h"
#include "console/views/facts.h"

namespace cairn::console {

class RaceCard : public QWidget {
  Q_OBJECT

 public:
  RaceCard(const Hues& hues, QWidget* parent = nullptr);
  void tell(const api::Race* race);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  QString side(const QString& word, const std::string& master, const QString& rest) const;
  void write();
  const Hues& hues_;
  std::optional<api::Race> race_;
  QLabel* title_;
  QLabel* text_;
  QLabel* outcome_;
  Facts* roots_;
};

}  // namespace cairn::console
