// Two masters at once: one winner, one unbroken chain, nothing lost and nothing twice.
#include <algorithm>
#include <set>

#include "tests/unit/daemon/registry/conformance_identity.h"

namespace cairn::registry::testing {
namespace {

constexpr unsigned kRounds = 30;

template <class T>
std::ptrdiff_t won(const std::vector<Result<T>>& results) {
  return std::count_if(results.begin(), results.end(), [](const auto& r) { return r.has_value(); });
}

}  // namespace

TEST_P(IdentityConformance, OfTwoTokensUnderOneNonceOneIsFirst) {
  for (unsigned round = 0; round < kRounds; ++round) {
    std::vector<Task<Result<IdentityRegistry::Bound>>> tasks;
    for (unsigned n = 0; n < 4; ++n)
      tasks.push_back(master(n + round).bindNonce(hashNamed(round), hashNamed(1000 + n), inAnHour()));
    auto bound = together(std::move(tasks));
    std::optional<Hash32> winner;
    for (unsigned n = 0; n < 4; ++n) {
      ASSERT_TRUE(bound[n]);
      if (!bound[n]->first) continue;
      EXPECT_FALSE(winner) << "two were first";
      winner = hashNamed(1000 + n);
    }
    for (const auto& one : bound) EXPECT_EQ(one->digest, winner);
  }
}

TEST_P(IdentityConformance, OfMastersThatStartAtOnceOneMakesTheKey) {
  for (unsigned round = 0; round < kRounds; ++round) {
    const std::string purpose = "p" + std::to_string(round);
    std::vector<Task<Status>> tasks;
    for (unsigned n = 0; n < 4; ++n)
      tasks.push_back(master(n + round).addSharedKey(sharedKey(round * 10 + n, purpose), {}, true));
    EXPECT_EQ(won(together(std::move(tasks))), 1) << purpose;
  }
  EXPECT_EQ(since(0).sharedKeys.size(), kRounds);
}

TEST_P(IdentityConformance, OfTwoFirstOperatorsOneIs) {
  std::vector<Task<Status>> tasks;
  for (unsigned n = 0; n < 8; ++n) tasks.push_back(master(n).setOperator(operatorRow(n, Role::admin), true));
  EXPECT_EQ(won(together(std::move(tasks))), 1);
  EXPECT_EQ(run(a().operators())->size(), 1U);
}

TEST_P(IdentityConformance, TheLastTwoAdminsCannotRemoveOneAnother) {
  for (unsigned round = 0; round < kRounds; ++round) {
    for (unsigned n : {1U, 2U}) ASSERT_TRUE(run(a().setOperator(operatorRow(n, Role::admin), false)));
    std::vector<Task<Status>> tasks;
    for (unsigned n : {1U, 2U})
      tasks.push_back(master(n + round).setOperator(operatorRow(n, n == 1 ? Role::none : Role::viewer), false));
    EXPECT_EQ(won(together(std::move(tasks))), 1);
    auto left = run(b().operators());
    EXPECT_EQ(std::count_if(left->begin(), left->end(), [](const auto& o) { return o.role == Role::admin; }), 1);
  }
}

TEST_P(IdentityConformance, AGrantIsNeverUsedMoreOftenThanItSays) {
  for (std::uint64_t most : {1U, 7U}) {
    std::vector<Task<Result<bool>>> tasks;
    for (unsigned n = 0; n < 40; ++n)
      tasks.push_back(master(n).useGrant(hashNamed(static_cast<unsigned>(most)), most, inAnHour()));
    std::uint64_t used = 0;
    for (const auto& allowed : together(std::move(tasks))) used += *allowed ? 1 : 0;
    EXPECT_EQ(used, most);
  }
}

TEST_P(IdentityConformance, MarksRaisedAtOnceEndAtTheHighest) {
  const std::int64_t base = seconds();
  std::vector<Task<Status>> tasks;
  for (unsigned n = 0; n < 40; ++n) tasks.push_back(master(n).revoke(walletNamed(1), base + (n * 17) % 40));
  EXPECT_EQ(won(together(std::move(tasks))), 40);
  ASSERT_EQ(since(0).revocations.size(), 1U);
  EXPECT_EQ(since(0).revocations[0].upTo, base + 39);
}

TEST_P(IdentityConformance, AuditRowsOfTwoMastersAreOneChain) {
  std::vector<Task<Result<AuditRow>>> tasks;
  for (unsigned n = 0; n < 60; ++n) tasks.push_back(master(n).appendAudit(auditRow("a" + std::to_string(n))));
  std::set<std::uint64_t> given;
  std::vector<AuditRow> answers;
  for (auto& row : together(std::move(tasks))) {
    ASSERT_TRUE(row);
    given.insert(row->sequence);
    answers.push_back(*row);
  }
  EXPECT_EQ(given.size(), 60U);
  const auto rows = wholeAudit();
  const auto report = identity::verifyAudit(rows);
  EXPECT_FALSE(report.fault) << report.fault->why;
  EXPECT_EQ(report.rows, 60U);
  EXPECT_EQ(*run(a().lastAudit()), 60U);
  for (const AuditRow& answer : answers) EXPECT_EQ(rows.at(answer.sequence - 1), answer) << "as it stands";
}

// A master that asks again and again while others write hears of every change exactly once.
TEST_P(IdentityConformance, ChangesMadeBetweenTwoCallsComeOnce) {
  constexpr unsigned kEach = 50;
  std::multiset<std::string> heard;
  unsigned running = 2;
  auto note = [&](const AuthChanges& changes) {
    for (const auto& r : changes.revocations) heard.insert(r.wallet.get());
    for (const auto& k : changes.accessKeys) heard.insert(k.id + (k.deleted ? " deleted" : ""));
    for (const auto& g : changes.revokedGrants) heard.insert(toHex(g));
  };
  auto write = [&](unsigned who) -> Task<void> {
    for (unsigned n = who; n < 2 * kEach; n += 2) {
      EXPECT_TRUE(co_await master(who).revoke(walletNamed(n), seconds()));
      EXPECT_TRUE(co_await master(who).addAccessKey(accessKey("k" + std::to_string(n))));
      EXPECT_TRUE(co_await master(who).revokeGrant(hashNamed(n), inAnHour()));
    }
    --running;
  };
  auto follow = [&]() -> Task<void> {
    std::uint64_t revision = 0;
    for (bool last = false; !last;) {
      last = running == 0;
      auto changes = co_await b().changesSince(revision, {});
      EXPECT_TRUE(changes);
      if (!changes) break;
      note(*changes);
      EXPECT_GE(changes->revision, revision);
      revision = changes->revision;
    }
  };
  spawn(executor().get_executor(), write(0));
  spawn(executor().get_executor(), write(1));
  spawn(executor().get_executor(), follow());
  executor().run();
  EXPECT_EQ(heard.size(), 6 * kEach);
  EXPECT_EQ(std::set<std::string>(heard.begin(), heard.end()).size(), 6 * kEach);
}

TEST_P(IdentityConformance, ChangesAreExactlyTheRowsChangedLater) {
  ASSERT_TRUE(run(a().addAccessKey(accessKey("k1"))));
  ASSERT_TRUE(run(a().addAccessKey(accessKey("k2"))));
  ASSERT_TRUE(run(a().setOperator(operatorRow(1, Role::admin), true)));
  ASSERT_TRUE(run(a().addSharedKey(sharedKey(1), {{keyNamed(1), keyNamed(9), {1}}}, true)));
  const auto before = since(0);
  EXPECT_EQ(before.accessKeys.size(), 2U);
  AuthChanges nothing = since(before.revision);
  EXPECT_EQ(nothing.revision, before.revision);
  EXPECT_TRUE(nothing.accessKeys.empty() && nothing.operators.empty() && nothing.sharedKeys.empty());
  EXPECT_TRUE(nothing.wrappedKeys.empty());
  ASSERT_TRUE(run(a().deleteAccessKey("k1")));
  ASSERT_TRUE(run(b().revoke(walletNamed(5), seconds())));
  const auto later = since(before.revision);
  EXPECT_GT(later.revision, before.revision);
  ASSERT_EQ(later.accessKeys.size(), 1U);
  EXPECT_EQ(later.accessKeys[0].id, "k1");
  EXPECT_TRUE(later.accessKeys[0].deleted);
  EXPECT_EQ(later.revocations.size(), 1U);
  EXPECT_TRUE(later.operators.empty() && later.sharedKeys.empty() && later.wrappedKeys.empty());
  EXPECT_EQ(since(later.revision).accessKeys.size(), 0U);
  EXPECT_EQ(since(later.revision + 1000).accessKeys.size(), 2U) << "a registry put back from a copy gives all it has";
}

}  // namespace cairn::registry::testing
