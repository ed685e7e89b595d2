// Bugs that the simulator plants to prove that its checkers see them.
//
// Contract: in the daemon planted() is the constant false and leaves no code. tests/sim compiles its own copy of
// daemon/bucket and daemon/pinning with CAIRN_PLANT defined, where one bug at a time can be switched on.
#pragma once

namespace cairn {

enum class Plant {
  none,
  ack_before_flip,
  flip_before_pins,
  drop_on_rebase,
  unknown_means_lost,
  unknown_means_won,
  rebase_onto_self,
  delta_counts_as_complete,
  answer_from_stale_base,
};

#ifdef CAIRN_PLANT
inline Plant activePlant = Plant::none;
inline bool planted(Plant p) {
  return activePlant == p;
}
#else
constexpr bool planted(Plant) {
  return false;
}
#endif

}  // namespace cairn
