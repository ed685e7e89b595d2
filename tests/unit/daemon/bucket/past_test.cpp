// What a bucket was, and bringing it back, on one and on two masters.
#include "daemon/bucket/past.h"

#include <gtest/gtest.h>

#include "calls.h"

namespace cairn::bucket {
namespace {

using test::Fleet;

TEST(Moment, IsAVersionARootOrATime) {
  EXPECT_EQ(*parseMoment("17"), Moment{Version(17)});
  EXPECT_EQ(*parseMoment("9223372036854775807"), Moment{Version(INT64_MAX)});
  const Cid root = Cid::of(Codec::dag_cbor, asBytes("x"));
  EXPECT_EQ(*parseMoment(root.str()), Moment{root});
  EXPECT_EQ(*parseMoment("1970-01-01T00:00:00Z"), Moment{Timestamp(0)});
  EXPECT_EQ(*parseMoment("2026-02-28T23:59:59.5+01:30"), Moment{Timestamp(1772317799500)});
  EXPECT_EQ(*parseMoment("2026-02-28T23:59:59.123456789-00:00"), Moment{Timestamp(1772323199123)});
  std::string upper = root.str();
  upper[3] = static_cast<char>(std::toupper(upper[3]));
  for (const std::string& bad : std::initializer_list<std::string>{"",
                                                                   "0",
                                                                   "017",
                                                                   "-1",
                                                                   "+1",
                                                                   "9223372036854775808",
                                                                   "99999999999999999999",
                                                                   "now",
                                                                   " 1",
                                                                   "1 ",
                                                                   "2026-01-31",
                                                                   "2026-02-29T00:00:00Z",
                                                                   "2026-01-31T24:00:00Z",
                                                                   "2026-01-31T00:00:60Z",
                                                                   "2026-01-31t00:00:00Z",
                                                                   "2026-01-31T00:00:00",
                                                                   "2026-01-31T00:00:00z",
                                                                   "2026-01-31T00:00:00.Z",
                                                                   "2026-01-31T00:00:00.1234567890Z",
                                                                   "2026-01-31T00:00:00+24:00",
                                                                   "2026-01-31T00:00:00+1:00",
                                                                   "2026-1-31T00:00:00Z",
                                                                   "2026-01-31T-1:00:00Z",
                                                                   "2026-01-31T00:00:00ZZ",
                                                                   "bafy",
                                                                   "QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG",
                                                                   upper.c_str()})
    EXPECT_FALSE(parseMoment(bad)) << bad;
}

/// A bucket of one fleet, its versions, and what they held.
class PastTest : public ::testing::Test {
 protected:
  void SetUp() override { create(fleet); }
  void write(const std::string& key, const std::string& body, std::size_t master = 0) {
    ASSERT_TRUE(fleet.run(put(*fleet[master].service, key, body)).has_value());
  }
  void erase(const std::string& key) {
    ASSERT_TRUE(fleet.run(fleet[0].service->deleteObject(kBucket, key, {})).has_value());
  }
  Version now() { return fleet.run(fleet[0].service->snapshot(kBucket)).value()->row().version; }
  Past& past(std::size_t master = 0) { return fleet[master].service->past(); }
  SnapshotPtr at(Moment moment) { return fleet.run(past().at(kBucket, moment)).value(); }
  Fault faultAt(Moment moment, const BucketId& bucket = kBucket) {
    auto found = fleet.run(past().at(bucket, moment));
    EXPECT_FALSE(found.has_value());
    return found ? Fault::internal : found.error().fault;
  }
  /// Undoes `version` on that master.
  Outcome<Brought> undo(Version version, std::size_t master = 0) {
    return fleet.run(past(master).bring(kBucket, {at({version}), at({Version(version.get() - 1)}), "", {}, false},
                                        registry::AuditRow()));
  }
  Outcome<Brought> restore(Version version, const std::string& prefix = "", bool dryRun = false) {
    return fleet.run(past().bring(kBucket, {at({now()}), at({version}), prefix, {}, dryRun}, registry::AuditRow()));
  }
  std::set<std::string> keys() { return fleet.run(names(*fleet[0].service)); }
  std::string body(const std::string& key) { return fleet.run(read(*fleet[1].service, key)).value_or("(none)"); }

  Fleet fleet{2};
};

TEST_F(PastTest, IsFoundByVersionRootAndTime) {
  write("a", "1");
  const Version one = now();
  const auto root = *at({one})->row().root;
  write("a", "2");
  write("b", "3");
  for (const Moment& moment : {Moment{one}, Moment{root}}) {
    auto then = at(moment);
    EXPECT_EQ(then->row().version, one);
    EXPECT_EQ(then->statistics().keys, 1U);
    auto entry = fleet.run(then->get("a"));
    ASSERT_TRUE(entry.has_value() && *entry);
    EXPECT_EQ((*entry)->size, 1U);
  }
  // Rows of one millisecond have one time: the newest of them is what stood at it.
  const auto rows = *fleet.run(fleet[0].registry->history(kBucket, Version(1), now(), 100));
  for (const auto& row : rows) {
    auto newest = row;
    for (const auto& other : rows)
      if (other.at <= row.at) newest = other;
    EXPECT_EQ(at({row.at})->row().version, newest.version);
  }
  EXPECT_EQ(faultAt({Timestamp(rows.front().at.get() - 1)}), Fault::no_such_version);
  EXPECT_EQ(faultAt({Version(now().get() + 1)}), Fault::no_such_version);
}

TEST_F(PastTest, AForeignRootOrATombstoneIsNoState) {
  write("a", "1");
  const auto root = *at({now()})->row().root;
  const BucketId other{OwnerId("bob"), BucketName("photos2")};
  ASSERT_TRUE(fleet.run(fleet[0].service->createBucket(other)).has_value());
  EXPECT_EQ(faultAt({root}, other), Fault::no_such_version) << "knowing a root is no right to it";
  erase("a");
  ASSERT_TRUE(fleet.run(fleet[0].service->deleteBucket(kBucket)).has_value());
  const auto gone = fleet.run(fleet[0].registry->read(kBucket))->version;
  EXPECT_EQ(faultAt({gone}), Fault::no_such_version);
  EXPECT_EQ(at({root})->statistics().keys, 1U);
}

TEST_F(PastTest, ADiffReadsWhatDiffersAndNoMore) {
  for (int i = 0; i < 30; ++i) {
    std::vector<Task<Outcome<Entry>>> puts;
    std::size_t left = 40;
    auto one = [&](std::string key) -> Task<void> {
      EXPECT_TRUE((co_await put(*fleet[0].service, key, "body")).has_value());
      --left;
    };
    for (int j = 0; j < 40; ++j) spawn(fleet.io.get_executor(), one("k" + std::to_string(i * 40 + j)));
    while (left > 0) fleet.io.run_one();
  }
  const Version before = now();
  write("k7", "changed");
  write("new", "added");
  erase("k100");
  const auto visits = fleet[0].nodes->visits();
  auto changes = fleet.run(past().changes(at({before}), at({now()}), {}));
  ASSERT_TRUE(changes.has_value());
  EXPECT_LE(fleet[0].nodes->visits() - visits, 3U * 8) << "of some 60 nodes";
  ASSERT_EQ(changes->changes.size(), 3U);
  EXPECT_EQ(changes->changes[0].key, "k100");
  EXPECT_FALSE(changes->changes[0].after);
  EXPECT_EQ(changes->changes[1].key, "k7");
  EXPECT_EQ(changes->changes[1].before->size, 4U);
  EXPECT_EQ(changes->changes[1].after->size, 7U);
  EXPECT_FALSE(changes->changes[2].before);
  changes = fleet.run(past().changes(at({before}), at({now()}), {"k", "k100", 1}));
  ASSERT_EQ(changes->changes.size(), 1U);
  EXPECT_EQ(changes->changes[0].key, "k7");
  EXPECT_FALSE(changes->truncated);
}

TEST_F(PastTest, ARestoreGivesTheVeryContentsOfThen) {
  write("a/1", "one");
  write("b/1", "two");
  const Version then = now();
  const Cid contents = at({then})->contentsRoot();
  write("a/1", "changed");
  write("a/2", "added");
  erase("b/1");
  auto dry = restore(then, "", true);
  ASSERT_TRUE(dry.has_value());
  EXPECT_EQ(dry->put, 2U);
  EXPECT_EQ(dry->removed, 1U);
  EXPECT_EQ(keys(), (std::set<std::string>{"a/1", "a/2"})) << "a dry run changes nothing";
  auto prefix = restore(then, "b/");
  ASSERT_TRUE(prefix.has_value());
  EXPECT_EQ(prefix->keys, std::vector<std::string>{"b/1"});
  EXPECT_EQ(body("b/1"), "two");
  EXPECT_EQ(body("a/1"), "changed");
  const Version previous = now();
  auto whole = restore(then);
  ASSERT_TRUE(whole.has_value());
  EXPECT_EQ(now().get(), previous.get() + 1) << "one commit";
  EXPECT_EQ(at({now()})->contentsRoot(), contents);
  EXPECT_EQ(body("a/1"), "one");
  EXPECT_EQ(restore(then)->put, 0U);
  EXPECT_EQ(now().get(), previous.get() + 1) << "nothing to do is no commit";
}

TEST_F(PastTest, UndoKeepsWhatWasChangedSince) {
  write("a", "1");
  write("b", "1");
  const Version before = now();
  ASSERT_TRUE(fleet.run(fleet[0].service->deleteObjects(kBucket, {{"a", {}}, {"b", {}}})).has_value());
  const Version deletion = now();
  ASSERT_EQ(deletion.get(), before.get() + 1);
  write("b", "2", 1);
  write("c", "3", 1);
  auto undone = undo(deletion, 1);
  ASSERT_TRUE(undone.has_value()) << undone.error().message;
  EXPECT_EQ(undone->keys, std::vector<std::string>{"a"});
  EXPECT_EQ(undone->keptKeys, std::vector<std::string>{"b"});
  EXPECT_EQ(body("a"), "1");
  EXPECT_EQ(body("b"), "2") << "written since: kept";
  EXPECT_EQ(body("c"), "3");
}

TEST_F(PastTest, WhatComesBackIsHeldByAllThatFlipItsRoot) {
  write("big", std::string(3U << 20, 'x'));
  const Version then = now();
  erase("big");
  ASSERT_TRUE(restore(then).has_value());
  const auto row = fleet.run(fleet[0].registry->history(kBucket, now(), now(), 1))->front();
  EXPECT_EQ(row.holders.size(), 2U);
  for (std::size_t m = 0; m < 2; ++m) EXPECT_TRUE(fleet[m].store->complete(std::span(&*row.root, 1)).front());
}

TEST_F(PastTest, ARestoreThatLosesRacesStillLosesNothing) {
  for (int i = 0; i < 20; ++i) write("old/" + std::to_string(i), "old");
  const Version then = now();
  for (int i = 0; i < 20; ++i) erase("old/" + std::to_string(i));
  std::size_t running = 0;
  std::set<std::string> acknowledged;
  auto writer = [&](std::size_t master, int w) -> Task<void> {
    for (int i = 0; i < 25; ++i) {
      const std::string key = "new/" + std::to_string(w) + "/" + std::to_string(i);
      if (co_await put(*fleet[master].service, key, key)) acknowledged.insert(key);
    }
    --running;
  };
  auto restorer = [&]() -> Task<void> {
    auto base = co_await fleet[1].service->snapshot(kBucket);
    auto ours = co_await past(1).at(kBucket, {then});
    auto done = co_await past(1).bring(kBucket, {*base, *ours, "", {}, false}, registry::AuditRow());
    EXPECT_TRUE(done.has_value());
    EXPECT_GE(done->put, 20U);
    for (const std::string& key : done->keys)
      if (key.starts_with("new/")) acknowledged.erase(key);  // it was there when the restore was asked for, and is told
    --running;
  };
  for (int w = 0; w < 6; ++w, ++running) spawn(net::make_strand(fleet.io), writer(static_cast<std::size_t>(w) % 2, w));
  ++running;
  spawn(net::make_strand(fleet.io), restorer());
  while (running > 0) fleet.io.run_one();
  const auto there = keys();
  for (const auto& key : acknowledged) EXPECT_TRUE(there.contains(key)) << key;
  for (int i = 0; i < 20; ++i) EXPECT_EQ(body("old/" + std::to_string(i)), "old");
}

TEST_F(PastTest, AReconciliationKeepsWhatBothSidesChanged) {
  for (const char* key : {"same", "theirs", "ours", "both", "gone there", "gone here", "equal"}) write(key, "base");
  const Version base = now();
  for (const char* key : {"theirs", "both", "gone here", "new there"}) write(key, "there");
  write("equal", "equal");
  erase("gone there");
  const Version lost = now();
  ASSERT_TRUE(restore(base).has_value());  // as if that line had never been read
  for (const char* key : {"ours", "both", "new here"}) write(key, "here");
  write("equal", "equal");
  erase("gone here");
  const auto reconciled = [&](bool dryRun = false) {
    return fleet.run(past(1).bring(kBucket, {at({base}), at({lost}), "", {}, dryRun, true}, registry::AuditRow()));
  };
  const Version before = now();
  const auto dry = reconciled(true);
  EXPECT_EQ(now(), before);
  const auto done = reconciled();
  ASSERT_TRUE(dry.has_value() && done.has_value());
  EXPECT_EQ(dry->keys, done->keys);
  EXPECT_EQ(done->put, 4U);
  EXPECT_EQ(done->removed, 1U);
  ASSERT_EQ(done->bothKeys, std::vector<std::string>{"both"});
  const std::string second = done->secondNames.front();
  EXPECT_EQ(keys(), (std::set<std::string>{"same", "theirs", "ours", "both", "gone here", "new here", "new there",
                                           "equal", second}));
  for (const char* key : {"theirs", "gone here", "new there", second.c_str()}) EXPECT_EQ(body(key), "there") << key;
  for (const char* key : {"ours", "both", "new here"}) EXPECT_EQ(body(key), "here") << key;
  const Version after = now();
  const auto again = reconciled();
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(again->put + again->removed, 0U);
  EXPECT_EQ(again->secondNames, done->secondNames);
  EXPECT_EQ(now(), after) << "running it again is no commit";
}

TEST_F(PastTest, ChosenKeysAreTakenWhateverStandsThere) {
  write("a", "theirs");
  const auto lost = at({now()});
  write("a", "mine");
  write("b", "mine");
  auto adopted = fleet.run(past().bring(kBucket, {lost, lost, "", {"a", "b", "c"}, false}, registry::AuditRow()));
  ASSERT_TRUE(adopted.has_value());
  EXPECT_EQ(adopted->put, 1U);
  EXPECT_EQ(adopted->removed, 1U);
  EXPECT_EQ(body("a"), "theirs");
  EXPECT_EQ(keys(), std::set<std::string>{"a"});
}

}  // namespace
}  // namespace cairn::bucket
