#include "tests/sim/linear.h"

#include <algorithm>
#include <bitset>
#include <cstdio>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace cairn::sim {
namespace {

using Set = std::bitset<kMostOperations>;

/// The state after `op` in `state`; nullopt when it could not have had this outcome there.
std::optional<int> apply(const Operation& op, int state) {
  auto only = [&](bool legal, int next) { return legal ? std::optional(next) : std::nullopt; };
  switch (op.kind) {
    case Operation::read:
      return only(state == op.value, state);
    case Operation::put:
      return op.value;
    case Operation::putNew:
      if (op.outcome == Operation::unknown) return state == 0 ? op.value : state;
      return op.outcome == Operation::done ? only(state == 0, op.value) : only(state != 0, state);
    case Operation::putOver:
      if (op.outcome == Operation::unknown) return state == op.expected ? op.value : state;
      if (op.outcome == Operation::done) return only(state == op.expected, op.value);
      return only(op.outcome == Operation::absent ? state == 0 : state != 0 && state != op.expected, state);
    case Operation::erase:
      if (op.outcome == Operation::unknown) return 0;
      return op.outcome == Operation::done ? only(state != 0, 0) : only(state == 0, 0);
    case Operation::complete:
      return only(op.outcome != Operation::absent || state == 0, 0);
  }
  return std::nullopt;
}

/// Never changes anything, so that the first moment at which it fits is as good as any.
bool pure(const Operation& op) {
  return op.kind == Operation::read || op.outcome == Operation::refused || op.outcome == Operation::absent;
}

class Search {
 public:
  explicit Search(std::vector<Operation> operations) : ops_(std::move(operations)) {
    std::sort(ops_.begin(), ops_.end(), [](const auto& a, const auto& b) { return a.invoked < b.invoked; });
    std::unordered_set<int> named;
    for (const Operation& op : ops_) named.insert(op.kind == Operation::read ? op.value : op.expected);
    for (Operation& op : ops_)
      if (!named.contains(op.value)) op.value = kUnnamed;
  }

  bool from(Set done, int state) {
    std::uint64_t bound = kNever;
    for (bool moved = true; moved;) {
      moved = false;
      bound = kNever;
      for (std::size_t i = 0; i < ops_.size(); ++i)
        if (!done[i]) bound = std::min(bound, ops_[i].returned);
      if (bound == kNever) return true;  // what is left may never have happened
      for (std::size_t i = 0; i < ops_.size() && ops_[i].invoked < bound; ++i)
        if (!done[i] && pure(ops_[i]) && apply(ops_[i], state)) {
          done.set(i);
          moved = true;
        }
    }
    if (!seen_[state].insert(done).second) return false;
    for (std::size_t i : candidates(done, bound)) {
      auto next = apply(ops_[i], state);
      if (!next || (*next == state && ops_[i].outcome == Operation::unknown)) continue;
      if (from(Set(done).set(i), *next)) return true;
    }
    return false;
  }

 private:
  /// A value that no operation tells from others, so that all such are one state.
  static constexpr int kUnnamed = -1;

  /// What may come next, what certainly happened first. Of unknown ones that are alike only the earliest: whatever a
  /// later one could do at some moment, the earlier one could.
  std::vector<std::size_t> candidates(const Set& done, std::uint64_t bound) const {
    std::vector<std::size_t> certain, unknown;
    auto alike = [this](std::size_t a, std::size_t b) {
      return ops_[a].kind == ops_[b].kind && ops_[a].value == ops_[b].value && ops_[a].expected == ops_[b].expected;
    };
    for (std::size_t i = 0; i < ops_.size() && ops_[i].invoked < bound; ++i) {
      if (done[i]) continue;
      if (ops_[i].outcome != Operation::unknown)
        certain.push_back(i);
      else if (std::none_of(unknown.begin(), unknown.end(), [&](std::size_t u) { return alike(u, i); }))
        unknown.push_back(i);
    }
    certain.insert(certain.end(), unknown.begin(), unknown.end());
    return certain;
  }

  std::vector<Operation> ops_;
  std::unordered_map<int, std::unordered_set<Set>> seen_;
};

}  // namespace

bool linearizable(const std::vector<Operation>& operations, int initial) {
  if (operations.size() > kMostOperations) return false;
  return Search(operations).from({}, initial);
}

std::string describe(const std::vector<Operation>& operations) {
  std::vector<Operation> sorted = operations;
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.invoked < b.invoked; });
  std::string out;
  for (const Operation& op : sorted) {
    std::string until = op.returned == kNever ? "..." : std::to_string(op.returned);
    std::string over = op.kind == Operation::putOver ? " over " + std::to_string(op.expected) : "";
    out += "  [" + std::to_string(op.invoked) + ", " + until + "] " + op.who + " " + Operation::kKinds[op.kind] + " " +
           std::to_string(op.value) + over + " -> " + Operation::kOutcomes[op.outcome] + "\n";
  }
  return out;
}

}  // namespace cairn::sim
