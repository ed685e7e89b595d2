// What others do between two steps of one commit or call, and what a failing read leaves behind.
#include <gtest/gtest.h>

#include <list>

#include "calls.h"
#include "common/cid/cid.h"

namespace cairn::bucket {
namespace {

using test::Fleet;
using test::MasterRig;

/// A holder of everything that lets something happen, once, while a commit waits for it: after its base was read and
/// before its flip.
class Meddler final : public pinning::Holder {
 public:
  MasterId id() const override { return MasterId("s1"); }
  Task<Result<pinning::HoldAnswer>> hold(Cid, pinning::Origin, std::vector<blocks::Block>) override {
    if (auto now = std::exchange(meanwhile, nullptr)) co_await now();
    co_return pinning::HoldAnswer{true, {}};
  }
  Task<Status> store(std::vector<blocks::Block>) override { co_return Status{}; }
  Task<Result<blocks::BlockData>> fetch(Cid) override { co_return fail(Errc::not_found, "it only watches"); }

  std::function<Task<void>()> meanwhile;
};

/// The first master's service, with a Meddler for its quorum.
struct Meddled {
  explicit Meddled(Fleet& fleet)
      : master(fleet[0]),
        meddler(std::make_shared<Meddler>()),
        quorum(master.local, *master.store, {meddler}, pinning::QuorumRule{1}),
        context{*master.registry,
                quorum,
                *master.nodes,
                *master.roots,
                *fleet.clock,
                *fleet.random,
                master.context->receipts,
                master.writer,
                {}},
        service(makeService(context, *master.store, *master.fetcher, fleet.io.get_executor())) {}

  MasterRig& master;
  std::shared_ptr<Meddler> meddler;
  pinning::Quorum quorum;
  EngineContext context;
  std::unique_ptr<Service> service;
};

TEST(Meddling, ALeaseLostAndRegainedBetweenBaseAndFlipRefusesADarkFlip) {
  Fleet fleet(2, false, 0);
  create(fleet);
  Meddled mine(fleet);
  MasterRig& other = fleet[1];
  auto hand = [&](MasterRig& from, MasterRig& to) -> Task<void> {
    EXPECT_TRUE((co_await from.registry->releaseWriterLease(from.id, from.writer.leaseTerm)).has_value());
    auto lease = co_await to.registry->takeWriterLease(to.id, 60'000);
    EXPECT_EQ(lease->holder, to.id);
    to.writer.leaseTerm = lease->term;
  };
  mine.meddler->meanwhile = [&]() -> Task<void> {
    co_await hand(mine.master, other);
    EXPECT_TRUE((co_await put(*other.service, "theirs", "kept")).has_value());
    co_await hand(other, mine.master);
  };
  auto refused = fleet.run(put(*mine.service, "mine", "on an old base"));
  ASSERT_FALSE(refused.has_value()) << "a dark flip compares no root: it overwrote what the other master wrote";
  EXPECT_EQ(refused.error().fault, Fault::unavailable);
  EXPECT_EQ(fleet.run(names(*mine.service)), std::set<std::string>{"theirs"});
  ASSERT_TRUE(fleet.run(put(*mine.service, "mine", "on the new base")).has_value());
  EXPECT_EQ(fleet.run(names(*mine.service)), (std::set<std::string>{"mine", "theirs"}));
}

TEST(Meddling, ANameDroppedWhileItsBucketIsMadeAgainIsClaimedAgain) {
  Fleet fleet(1, true, 0);
  Meddled mine(fleet);
  auto& registry = *mine.master.registry;
  // The last step of a deletion that began before: the bucket is gone, and its maker has claimed the name already.
  mine.meddler->meanwhile = [&]() -> Task<void> {
    EXPECT_TRUE((co_await registry.dropAlias(kBucket.name, kBucket.owner)).has_value());
    EXPECT_FALSE((co_await registry.alias(kBucket.name))->has_value());
  };
  ASSERT_TRUE(fleet.run(mine.service->createBucket(kBucket)).has_value());
  auto holder = fleet.run(registry.alias(kBucket.name));
  ASSERT_TRUE(holder->has_value());
  EXPECT_EQ(**holder, kBucket);
}

TEST(Meddling, OfTwoOwnersWhoMakeABucketOfOneNameOneGetsIt) {
  Fleet fleet(2);
  const OwnerId owners[] = {OwnerId("alice"), OwnerId("bob")};
  for (int round = 0; round < 30; ++round) {
    BucketName name("shared-" + std::to_string(round));
    std::optional<Outcome<void>> answers[2];
    auto make = [&](std::size_t who) -> Task<void> {
      answers[who] =
          co_await fleet[(who + static_cast<std::size_t>(round)) % 2].service->createBucket({owners[who], name});
    };
    for (std::size_t who : {0U, 1U}) spawn(net::make_strand(fleet.io), make(who));
    while (!answers[0] || !answers[1]) fleet.io.run_one();
    ASSERT_NE(answers[0]->has_value(), answers[1]->has_value()) << name.get();
    const std::size_t winner = answers[0]->has_value() ? 0 : 1;
    EXPECT_EQ(answers[1 - winner]->error().fault, Fault::bucket_exists);
    EXPECT_EQ(*fleet.run(fleet[0].registry->alias(name)), (BucketId{owners[winner], name}));
    EXPECT_EQ(fleet.run(fleet[0].registry->read({owners[1 - winner], name}))->version, Version(0));
    EXPECT_EQ(fleet.run(fleet[1].service->resolve(owners[1 - winner], name))->owner, owners[winner]);
  }
}

TEST(Meddling, ABucketWhoseRootCannotBeReadHidesNoOther) {
  Fleet fleet(1, true, 0);
  create(fleet);
  registry::FlipRequest flip;
  flip.bucket = {kBucket.owner, BucketName("lost")};
  flip.nextRoot = Cid::of(Codec::dag_cbor, asBytes("a root that no holder has"));
  flip.master = fleet[0].id;
  flip.epoch = fleet[0].writer.epoch;
  ASSERT_EQ(fleet.run(fleet[0].registry->flip(flip)).status, registry::FlipStatus::won);
  auto listed = fleet.run(fleet[0].service->listBuckets(kBucket.owner));
  ASSERT_TRUE(listed.has_value()) << listed.error().message;
  ASSERT_EQ(listed->size(), 2U);
  EXPECT_EQ((*listed)[0].bucket, flip.bucket);
  EXPECT_GT((*listed)[0].created, Timestamp(0)) << "what the registry says, for want of the root";
  EXPECT_EQ((*listed)[1].bucket, kBucket);
}

/// Blocks of which the n-th that is asked for cannot be had.
class Fragile final : public blocks::Source {
 public:
  explicit Fragile(blocks::Source& source) : source_(source) {}
  Task<Result<blocks::BlockData>> get(Cid cid) override {
    if (failAt > 0 && --failAt == 0) co_return fail(Errc::unavailable, "no holder answers just now");
    co_return co_await source_.get(cid);
  }
  int failAt = 0;

 private:
  blocks::Source& source_;
};

/// kBucket with 3,000 keys, so that its index has many leaves.
std::set<std::string> fill(Fleet& fleet) {
  create(fleet);
  std::set<std::string> all;
  std::size_t running = 0;
  auto one = [&](std::string key) -> Task<void> {
    EXPECT_TRUE((co_await put(*fleet[0].service, key, "v")).has_value());
    --running;
  };
  for (int i = 0; i < 3000; ++i) {
    all.insert("key/" + std::to_string(10000 + i));
    ++running;
    spawn(fleet.io.get_executor(), one("key/" + std::to_string(10000 + i)));
  }
  while (running > 0) fleet.io.run_one();
  return all;
}

/// A service whose nodes can be made to fail. An engine goes on for a moment after its answer, so it is kept.
struct Attempt {
  explicit Attempt(Fleet& fleet)
      : fragile(*fleet[0].fetcher),
        context{*fleet[0].registry,         *fleet[0].quorum, nodes, *fleet[0].roots, *fleet.clock, *fleet.random,
                fleet[0].context->receipts, fleet[0].writer,  {}},
        service(makeService(context, *fleet[0].store, *fleet[0].fetcher, fleet.io.get_executor())) {}
  Fragile fragile;
  index::NodeSource nodes{fragile, 0};  ///< without a cache every node is asked for, but not the root block
  EngineContext context;
  std::unique_ptr<Service> service;
};

TEST(Meddling, AManyfoldDeleteThatFailsHalfwayDeletesNothing) {
  Fleet fleet(1, true, 0);
  std::set<std::string> all = fill(fleet);
  auto& m = fleet[0];
  const std::vector<DeleteItem> items{{*all.begin(), {}}, {*std::next(all.begin(), 1500), {}}, {*all.rbegin(), {}}};
  std::list<Attempt> attempts;
  int failures = 0;
  for (int n = 1;; ++n) {
    Attempt& attempt = attempts.emplace_back(fleet);
    Fragile& fragile = attempt.fragile;
    fragile.failAt = n;
    auto done = fleet.run(attempt.service->deleteObjects(kBucket, items));
    if (fragile.failAt > 0) {  // it asked for fewer
      ASSERT_TRUE(done.has_value());
      break;
    }
    ++failures;
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().fault, Fault::unavailable);
    ASSERT_EQ(fleet.run(names(*m.service)), all) << "failed at block " << n;
  }
  EXPECT_GE(failures, 3);
  for (const auto& item : items) all.erase(item.key);
  EXPECT_EQ(fleet.run(names(*m.service)), all);
}

TEST(Meddling, AManyfoldDeleteAnswersKeyByKeyInOneFlip) {
  Fleet fleet(1, true, 0);
  create(fleet);
  auto& service = *fleet[0].service;
  for (const char* key : {"a", "b", "c"}) ASSERT_TRUE(fleet.run(put(service, key, "v")).has_value());
  WriteConditions other;
  other.ifMatch = {"00000000000000000000000000000000"};
  const auto before = fleet.run(fleet[0].registry->read(kBucket))->version;
  auto done =
      fleet.run(service.deleteObjects(kBucket, {{"a", {}}, {"b", other}, {"absent", {}}, {"a", {}}, {"c", {}}}));
  ASSERT_TRUE(done.has_value());
  ASSERT_EQ(done->size(), 5U);
  EXPECT_TRUE(*(*done)[0]);
  ASSERT_FALSE((*done)[1].has_value());
  EXPECT_EQ((*done)[1].error().fault, Fault::precondition_failed);
  EXPECT_FALSE(*(*done)[2]);
  EXPECT_FALSE(*(*done)[3]) << "the first of the two had it";
  EXPECT_TRUE(*(*done)[4]);
  EXPECT_EQ(fleet.run(names(service)), std::set<std::string>{"b"});
  EXPECT_EQ(fleet.run(fleet[0].registry->read(kBucket))->version, Version(before.get() + 1));
}

}  // namespace
}  // namespace cairn::bucket
