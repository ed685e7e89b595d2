#include <gtest/gtest.h>

#include <random>
#include <set>

#include "calls.h"

namespace cairn::bucket {
namespace {

using test::Fleet;

TEST(Service, ConcurrentWritersOfOneBucketLoseNothing) {
  Fleet fleet(3);
  create(fleet);
  std::size_t running = 0;
  std::set<std::string> acknowledged;
  auto work = [&](std::size_t master, int worker) -> Task<void> {
    for (int i = 0; i < 25; ++i) {
      std::string key = "w" + std::to_string(worker) + "/" + std::to_string(i);
      auto done = co_await put(*fleet[master].service, key, "body of " + key);
      EXPECT_TRUE(done.has_value()) << done.error().message;
      if (done) acknowledged.insert(key);
    }
    --running;
  };
  for (int w = 0; w < 12; ++w) {
    ++running;
    spawn(net::make_strand(fleet.io), work(static_cast<std::size_t>(w) % 3, w));
  }
  while (running > 0) fleet.io.run_one();
  EXPECT_EQ(acknowledged.size(), 300U);
  for (std::size_t m = 0; m < 3; ++m) {
    EXPECT_EQ(fleet.run(names(*fleet[m].service)), acknowledged);
    for (const auto& key : acknowledged) EXPECT_EQ(fleet.run(read(*fleet[m].service, key)), "body of " + key);
  }
  // Each lost race left a record whose winner is another version than the one the loser made in the end.
  auto races = *fleet.run(fleet[0].registry->races(kBucket, 1000));
  for (const auto& race : races) {
    EXPECT_EQ(race.outcome, "rebased");
    EXPECT_GT(race.committedVersion, race.baseVersion);
  }
  auto history = *fleet.run(fleet[0].registry->history(kBucket, Version(1), Version(100000), 100000));
  for (std::size_t i = 1; i < history.size(); ++i) {
    EXPECT_EQ(history[i].previousRoot, history[i - 1].root);
    EXPECT_GE(history[i].holders.size(), 2U);
  }
}

TEST(Service, IfNoneMatchLetsOneWriterThrough) {
  Fleet fleet(2);
  create(fleet);
  for (int round = 0; round < 40; ++round) {
    std::size_t running = 4;
    std::vector<std::string> winners;
    std::string key = "once/" + std::to_string(round);
    auto work = [&](std::size_t worker) -> Task<void> {
      WriteConditions absent;
      absent.ifNoneMatch = {"*"};
      auto done = co_await put(*fleet[worker % 2].service, key, "by " + std::to_string(worker), absent);
      if (done)
        winners.push_back("by " + std::to_string(worker));
      else
        EXPECT_EQ(done.error().fault, Fault::precondition_failed);
      --running;
    };
    for (std::size_t w = 0; w < 4; ++w) spawn(net::make_strand(fleet.io), work(w));
    while (running > 0) fleet.io.run_one();
    ASSERT_EQ(winners.size(), 1U);
    EXPECT_EQ(fleet.run(read(*fleet[0].service, key)), winners[0]);
  }
}

TEST(Service, AnUploadMovesBetweenMasters) {
  Fleet fleet(2);
  create(fleet);
  auto id = fleet.run(fleet[0].service->createUpload(kBucket, "big", {}));
  ASSERT_TRUE(id.has_value());
  std::string first(5U << 20, 'a'), second(5U << 20, 'b'), last = "end";
  std::vector<CompletePart> parts;
  std::uint32_t number = 0;
  for (const std::string* body : {&first, &second, &last}) {
    auto send = [&]() -> Task<Outcome<void>> {
      Service& service = *fleet[number % 2].service;
      auto writer = service.writeContent(body->size());
      CAIRN_ASSERT((co_await writer->write(asBytes(*body))).has_value());
      auto content = co_await writer->finish();
      Part part;
      part.md5[0] = static_cast<std::uint8_t>(number);
      parts.push_back({number + 1, toHex(part.md5), std::nullopt});
      co_return co_await service.putPart(kBucket, "big", *id, number + 1, part, std::move(*content));
    };
    ASSERT_TRUE(fleet.run(send()).has_value());
    ++number;
  }
  auto wrongOrder = parts;
  std::swap(wrongOrder[0], wrongOrder[1]);
  auto refused = fleet.run(fleet[0].service->completeUpload(kBucket, "big", *id, wrongOrder, {}, {}));
  EXPECT_EQ(refused.error().fault, Fault::invalid_part_order);
  auto completed = fleet.run(fleet[1].service->completeUpload(kBucket, "big", *id, parts, {}, {}));
  ASSERT_TRUE(completed.has_value()) << completed.error().message;
  EXPECT_EQ(completed->etag.parts, 3U);
  auto whole = fleet.run(put(*fleet[0].service, "whole", first + second + last));
  EXPECT_EQ(whole->content, completed->content);
  EXPECT_EQ(fleet.run(read(*fleet[0].service, "big")), first + second + last);
  WriteConditions absent;
  absent.ifNoneMatch = {"*"};
  auto repeated = fleet.run(fleet[0].service->completeUpload(kBucket, "big", *id, parts, {}, absent));
  ASSERT_TRUE(repeated.has_value()) << repeated.error().message;
  EXPECT_EQ(*repeated, *completed);
  auto fewer = parts;
  fewer.pop_back();
  for (const auto& [key, upload, named] :
       {std::tuple("big", *id, fewer), {"big", std::string(32, '0'), parts}, {"whole", *id, parts}}) {
    auto other = fleet.run(fleet[0].service->completeUpload(kBucket, key, upload, named, {}, {}));
    EXPECT_EQ(other.error().fault, Fault::no_such_upload);
  }
  auto gone = fleet.run(fleet[0].service->abortUpload(kBucket, "big", *id));
  EXPECT_EQ(gone.error().fault, Fault::no_such_upload);
  auto copied = fleet.run(fleet[0].service->copyObject(kBucket, "big", *completed, {}));
  ASSERT_TRUE(copied.has_value());
  auto overwritten = fleet.run(fleet[0].service->completeUpload(kBucket, "big", *id, parts, {}, {}));
  EXPECT_EQ(overwritten.error().fault, Fault::no_such_upload);
}

TEST(Service, BucketsComeAndGoWithoutRestartingVersions) {
  Fleet fleet(2);
  create(fleet);
  auto again = fleet.run(fleet[1].service->createBucket(kBucket));
  EXPECT_EQ(again.error().fault, Fault::bucket_yours);
  ASSERT_TRUE(fleet.run(put(*fleet[1].service, "k", "v")).has_value());
  EXPECT_EQ(fleet.run(fleet[0].service->deleteBucket(kBucket)).error().fault, Fault::bucket_not_empty);
  EXPECT_TRUE(*fleet.run(fleet[0].service->deleteObject(kBucket, "k", {})));
  EXPECT_FALSE(*fleet.run(fleet[1].service->deleteObject(kBucket, "k", {})));
  auto before = fleet.run(fleet[0].registry->read(kBucket))->version;
  ASSERT_TRUE(fleet.run(fleet[1].service->deleteBucket(kBucket)).has_value());
  EXPECT_EQ(fleet.run(fleet[0].service->snapshot(kBucket)).error().fault, Fault::no_such_bucket);
  EXPECT_EQ(fleet.run(put(*fleet[0].service, "k", "v")).error().fault, Fault::no_such_bucket);
  create(fleet);
  EXPECT_GT(fleet.run(fleet[0].registry->read(kBucket))->version, Version(before.get() + 1));
  EXPECT_TRUE(fleet.run(names(*fleet[1].service)).empty());
}

/// A clock that stands still and chance from a seed: then roots are a function of what was asked.
class StandingClock final : public Clock {
 public:
  Timestamp now() override { return Timestamp(1700000000000); }
  Duration steady() override { return system_->steady(); }
  Task<void> sleep(Duration duration) override { return system_->sleep(duration); }

 private:
  std::unique_ptr<Clock> system_ = systemClock();
};
class SeededRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (auto& b : out) b = static_cast<std::uint8_t>(engine_());
  }

 private:
  std::mt19937_64 engine_{42};
};

TEST(Service, BlocksAndRootsAreTheSameWithTheFlagOffAndOn) {
  auto roots = [](bool cas) {
    Fleet fleet(1, cas, 0, {}, std::make_unique<StandingClock>(), std::make_unique<SeededRandom>());
    create(fleet);
    std::vector<std::string> seen;
    for (int i = 0; i < 40; ++i) {
      Service& service = *fleet[0].service;
      if (i % 5 == 4)
        EXPECT_TRUE(fleet.run(service.deleteObject(kBucket, "k" + std::to_string(i - 2), {})).has_value());
      else if (i % 7 == 3)
        EXPECT_TRUE(fleet.run(service.createUpload(kBucket, "up" + std::to_string(i), {})).has_value());
      else
        EXPECT_TRUE(fleet.run(put(service, "k" + std::to_string(i), "v" + std::to_string(i))).has_value());
      auto row = fleet.run(fleet[0].registry->read(kBucket));
      seen.push_back(row->root->str());
    }
    seen.push_back(std::to_string(fleet[0].store->stats().blocks));
    return seen;
  };
  auto off = roots(false), on = roots(true);
  EXPECT_EQ(off, on);
  EXPECT_GT(std::set<std::string>(off.begin(), off.end()).size(), 35U);  // they did change
}

TEST(Service, WithoutAQuorumNothingIsWritten) {
  class Dead final : public pinning::Holder {
   public:
    MasterId id() const override { return MasterId("s1"); }
    Task<Result<pinning::HoldAnswer>> hold(Cid, pinning::Origin, std::vector<blocks::Block>) override {
      co_return fail(Errc::unavailable, "connection refused");
    }
    Task<Status> store(std::vector<blocks::Block>) override { co_return fail(Errc::unavailable, "connection refused"); }
    Task<Result<blocks::BlockData>> fetch(Cid) override { co_return fail(Errc::unavailable, "connection refused"); }
  };
  Fleet fleet(1, true, 0);
  create(fleet);
  auto& m = fleet[0];
  pinning::Quorum strict(m.local, *m.store, {std::make_shared<Dead>()}, pinning::QuorumRule{1});
  EngineContext context{*m.registry,         strict,   *m.nodes, *m.roots, *fleet.clock, *fleet.random,
                        m.context->receipts, m.writer, {}};
  auto service = makeService(context, *m.store, *m.fetcher, fleet.io.get_executor());
  auto before = fleet.run(m.registry->read(kBucket));
  auto refused = fleet.run(put(*service, "k", "v"));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().fault, Fault::unavailable);
  EXPECT_NE(refused.error().message.find("s1"), std::string::npos);
  EXPECT_EQ(fleet.run(m.registry->read(kBucket))->version, before->version);
}

TEST(Service, ListingFoldsAtTheDelimiterAndGoesOn) {
  Fleet fleet(1, true, 0);
  create(fleet);
  for (const char* key : {"a", "b/1", "b/2", "b/c/3", "c", "d/", "d/1", "e"})
    ASSERT_TRUE(fleet.run(put(*fleet[0].service, key, "v")).has_value());
  auto list = [&](ListQuery query) {
    std::vector<std::string> out;
    for (;;) {
      auto snapshot = fleet.run(fleet[0].service->snapshot(kBucket));
      auto page = fleet.run((*snapshot)->list(query));
      for (const auto& i : page->items) out.push_back(i.key);
      for (const auto& p : page->prefixes) out.push_back(p);
      if (!page->truncated) break;
      EXPECT_NE(page->last, query.after);
      query.after = page->last;
    }
    return std::set<std::string>(out.begin(), out.end()).size() == out.size() ? out
                                                                              : std::vector<std::string>{"doubled"};
  };
  using Names = std::vector<std::string>;
  for (std::size_t limit : {1, 2, 3, 100}) {
    Names all = list({"", "/", "", limit});
    EXPECT_EQ(std::set<std::string>(all.begin(), all.end()), (std::set<std::string>{"a", "b/", "c", "d/", "e"}));
    Names below = list({"b/", "/", "", limit});
    EXPECT_EQ(std::set<std::string>(below.begin(), below.end()), (std::set<std::string>{"b/1", "b/2", "b/c/"}));
    EXPECT_EQ(list({"b", "", "b/1", limit}), (Names{"b/2", "b/c/3"}));
  }
}

}  // namespace
}  // namespace cairn::bucket
