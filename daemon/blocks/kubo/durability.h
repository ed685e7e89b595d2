// How kubo's blocks get from an answer to its disk, concluded from kubo's own configuration.
//
// Contract: pure. What is not known for certain is `unknown`. What each rests on: docs/decisions/0023-kubo.md.
#pragma once

#include <string>

#include "common/base/json.h"

namespace cairn::blocks::kubo {

enum class Durability {
  unknown,         ///< nothing that can be asked of this kubo makes blocks durable
  at_answer,       ///< an import is durable when it is answered
  by_pin,          ///< blocks and pins share one write-ahead log, which each change of a pin syncs
  by_file_system,  ///< files that are whole in the page cache at the answer: a sync of the file system holds them
};

struct Datastore {
  Durability durability = Durability::unknown;
  std::string words;  ///< for people, e.g. "flatfs with sync off"
};

/// From `Datastore.Spec` of kubo's configuration; `local` says that kubo's files are on this machine and known.
Datastore durabilityOf(const Json& spec, bool local);

}  // namespace cairn::blocks::kubo
