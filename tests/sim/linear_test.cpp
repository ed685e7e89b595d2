#include "tests/sim/linear.h"

#include <gtest/gtest.h>

namespace cairn::sim {
namespace {

Operation op(Operation::Kind kind, Operation::Outcome outcome, int value, std::uint64_t invoked,
             std::uint64_t returned) {
  Operation o;
  o.kind = kind;
  o.outcome = outcome;
  o.value = value;
  o.invoked = invoked;
  o.returned = returned;
  return o;
}
Operation put(int value, std::uint64_t invoked, std::uint64_t returned) {
  return op(Operation::put, Operation::done, value, invoked, returned);
}
Operation maybePut(int value, std::uint64_t invoked) {
  return op(Operation::put, Operation::unknown, value, invoked, kNever);
}
Operation read(int value, std::uint64_t invoked, std::uint64_t returned) {
  return op(Operation::read, Operation::done, value, invoked, returned);
}

TEST(Linear, AcceptsWhatHappenedInOrder) {
  EXPECT_TRUE(linearizable({}, 0));
  EXPECT_TRUE(linearizable(
      {read(0, 1, 2), put(1, 3, 4), read(1, 5, 6), op(Operation::erase, Operation::done, 0, 7, 8), read(0, 9, 10)}, 0));
}

TEST(Linear, RefusesALostUpdate) {
  EXPECT_FALSE(linearizable({put(1, 1, 2), read(0, 3, 4)}, 0));
  EXPECT_FALSE(linearizable({put(1, 1, 2), put(2, 3, 4), read(1, 5, 6)}, 0));
}

TEST(Linear, LetsConcurrentWritesTakeEitherOrderButOnlyOne) {
  EXPECT_TRUE(linearizable({put(1, 1, 10), put(2, 2, 9), read(1, 11, 12)}, 0));
  EXPECT_TRUE(linearizable({put(1, 1, 10), put(2, 2, 9), read(2, 11, 12)}, 0));
  EXPECT_FALSE(linearizable({put(1, 1, 10), put(2, 2, 9), read(1, 11, 12), read(2, 13, 14)}, 0));
}

TEST(Linear, RefusesReadsThatGoBack) {
  EXPECT_TRUE(linearizable({put(1, 1, 20), read(1, 2, 3), read(1, 4, 5)}, 0));
  EXPECT_FALSE(linearizable({put(1, 1, 20), read(1, 2, 3), read(0, 4, 5)}, 0));
}

TEST(Linear, LetsAnUnknownWriteHappenLateOrNeverButNotTwice) {
  EXPECT_TRUE(linearizable({maybePut(1, 1), read(0, 2, 3)}, 0));
  EXPECT_TRUE(linearizable({maybePut(1, 1), read(0, 2, 3), read(1, 4, 5)}, 0));
  EXPECT_FALSE(linearizable({maybePut(1, 5), read(1, 2, 3)}, 0));
  EXPECT_FALSE(linearizable({maybePut(1, 1), read(1, 2, 3), put(2, 4, 5), read(1, 6, 7)}, 0));
}

TEST(Linear, LetsACompletionBeRepeatedButNotMissed) {
  const auto complete = [](Operation::Outcome outcome, std::uint64_t at) {
    return op(Operation::complete, outcome, 0, at, at + 1);
  };
  EXPECT_TRUE(linearizable({complete(Operation::done, 1), complete(Operation::done, 3), read(0, 5, 6)}, 1));
  EXPECT_FALSE(linearizable({complete(Operation::done, 1), read(1, 5, 6)}, 1));
  EXPECT_FALSE(linearizable({complete(Operation::absent, 1)}, 1));
  EXPECT_TRUE(linearizable({op(Operation::erase, Operation::done, 0, 1, 2), complete(Operation::absent, 3)}, 1));
}

TEST(Linear, TakesRefusalsForReads) {
  EXPECT_TRUE(linearizable({put(1, 1, 2), op(Operation::putNew, Operation::refused, 2, 3, 4)}, 0));
  EXPECT_FALSE(linearizable({op(Operation::putNew, Operation::refused, 2, 3, 4)}, 0));
  EXPECT_FALSE(linearizable({put(1, 1, 2), op(Operation::putNew, Operation::done, 2, 3, 4)}, 0));
  EXPECT_FALSE(linearizable({put(1, 1, 2), op(Operation::erase, Operation::absent, 0, 3, 4)}, 0));
  Operation over = op(Operation::putOver, Operation::done, 2, 3, 4);
  over.expected = 1;
  EXPECT_TRUE(linearizable({put(1, 1, 2), over, read(2, 5, 6)}, 0));
  over.outcome = Operation::absent;
  EXPECT_FALSE(linearizable({put(1, 1, 2), over}, 0));
  over.outcome = Operation::refused;
  EXPECT_FALSE(linearizable({put(1, 1, 2), over}, 0));
  EXPECT_TRUE(linearizable({put(3, 1, 2), over}, 0));
}

TEST(Linear, AnUnknownConditionalWriteIsDecidedByItsCondition) {
  EXPECT_FALSE(linearizable({put(1, 1, 2), op(Operation::putNew, Operation::unknown, 2, 3, kNever), read(2, 5, 6)}, 0));
  EXPECT_TRUE(linearizable({op(Operation::putNew, Operation::unknown, 2, 3, kNever), read(2, 5, 6)}, 0));
}

TEST(Linear, StaysFastAmongManyUnknownOutcomes) {
  std::vector<Operation> ops;
  for (int i = 1; i <= 60; ++i) {
    ops.push_back(maybePut(i, static_cast<std::uint64_t>(i)));
    ops.push_back(op(Operation::erase, Operation::unknown, 0, static_cast<std::uint64_t>(i), kNever));
  }
  EXPECT_TRUE(linearizable(ops, 0));
  ops.push_back(put(100, 200, 201));
  ops.push_back(read(101, 202, 203));
  EXPECT_FALSE(linearizable(ops, 0));
}

}  // namespace
}  // namespace cairn::sim
