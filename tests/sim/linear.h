// Whether a history of one object can be explained by some order of its operations that respects real time.
//
// Contract: linearizable() is exact (Wing and Gong's search with Lowe's memory of states seen). An operation takes
// effect once, at some moment between `invoked` and `returned`. One of unknown outcome takes effect at most once, at
// any moment after `invoked`, or never, and its conditions decide then. Operations that certainly changed nothing and
// learnt nothing do not belong in a history. At most kMostOperations. State 0 is "absent". Pure, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace cairn::sim {

inline constexpr std::size_t kMostOperations = 256;
inline constexpr std::uint64_t kNever = UINT64_MAX;

struct Operation {
  enum Kind {
    read,     ///< saw `value`
    put,      ///< of `value`
    putNew,   ///< of `value`, only where absent
    putOver,  ///< of `value`, only over `expected`
    erase,
    complete,  ///< of an upload, which is gone then; who repeats it hears that it is done
  };
  enum Outcome {
    done,     ///< put happened; erase found something; read saw `value`
    refused,  ///< putNew found something (412); putOver found another value (412)
    absent,   ///< putOver found nothing (404); erase found nothing
    unknown,
  };
  static constexpr const char* kKinds[] = {"read", "put", "put if absent", "put over", "delete", "complete"};
  static constexpr const char* kOutcomes[] = {"done", "refused", "absent", "unknown"};
  Kind kind = read;
  Outcome outcome = done;
  int value = 0, expected = 0;
  std::uint64_t invoked = 0, returned = kNever;
  std::string who;  ///< for people
};

bool linearizable(const std::vector<Operation>& operations, int initial);

std::string describe(const std::vector<Operation>& operations);

}  // namespace cairn::sim
