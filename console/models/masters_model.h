// Masters and storage nodes, a row each.
//
// Contract: see column_model.h. update() takes a whole answer; nothing else changes rows. Health is judged here once,
// for the table, the rail's count and the status line alike.
#pragma once

#include "common/api/messages.h"
#include "console/models/column_model.h"

namespace cairn::console {

struct Verdict {
  State state = State::none;
  QString word;  ///< one word for the row: "healthy", "fenced" ...
};
Verdict judge(const api::Master& master);

class MastersModel : public ColumnModel<api::Master> {
  Q_OBJECT

 public:
  enum ColumnIndex {
    name_column,
    state_column,
    role_column,
    heartbeat_column,
    epoch_column,
    cas_column,
    s3_column,
    version_column
  };
  explicit MastersModel(QObject* parent = nullptr);
  void update(const api::Masters& masters);
  /// How many want attention.
  int troubled() const;

 protected:
  QString idOf(const api::Master& row) const override;
};

}  // namespace cairn::console
