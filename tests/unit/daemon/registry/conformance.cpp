#include "tests/unit/daemon/registry/conformance.h"

#include <thread>

#include "common/cid/sha256.h"

namespace cairn::registry::testing {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RegistryConformance);

Epoch RegistryConformance::enroll(const std::string& master, bool cas) {
  Master m;
  m.id = MasterId(master);
  m.cas = cas;
  m.version = "test";
  m.profile = "master";
  m.receiptKey = Bytes(33, 2);
  auto registered = run(registry_->registerMaster(m));
  EXPECT_TRUE(registered);
  return registered->epoch;
}

RootRow RegistryConformance::rowOf(const BucketId& bucket) {
  auto row = run(registry_->read(bucket));
  EXPECT_TRUE(row) << (row ? "" : row.error().message);
  return row ? *row : RootRow{};
}

FlipRequest RegistryConformance::next(const BucketId& bucket, const std::string& root, const std::string& master,
                                      Epoch epoch) {
  RootRow now = rowOf(bucket);
  FlipRequest r;
  r.bucket = bucket;
  r.expectedRoot = now.root;
  r.expectedVersion = now.version;
  if (!root.empty()) r.nextRoot = rootNamed(root);
  r.commit = newCommitId(*random_);
  r.master = MasterId(master);
  r.epoch = epoch;
  r.holders = {MasterId(master), MasterId("s\"1")};
  r.operations = {3, 2, 1};
  r.attempt = 4;
  r.claimedAt = Timestamp(1234567890123);
  r.receipt = toBytes(asBytes("receipt of " + root));
  return r;
}

namespace {

TEST_P(RegistryConformance, AnUnknownBucketHasNoRowAndVersionZero) {
  RootRow row = rowOf(bucketNamed("nothing"));
  EXPECT_FALSE(row.root);
  EXPECT_EQ(row.version, Version(0));
  EXPECT_TRUE(row.receiptHash.empty());
}

TEST_P(RegistryConformance, AWonFlipMovesThePointerAndLeavesHistoryAndEvent) {
  Epoch epoch = enroll("m1");
  auto before = run(registry_->lastEvent());
  FlipRequest request = next(bucketNamed("b"), "one", "m1", epoch);
  FlipResult result = flip(request);
  ASSERT_EQ(result.status, FlipStatus::won) << result.reason;
  EXPECT_EQ(result.current.version, Version(1));
  EXPECT_EQ(result.current.root, request.nextRoot);
  RootRow row = rowOf(bucketNamed("b"));
  EXPECT_EQ(row.root, request.nextRoot);
  EXPECT_GT(row.updatedAt.get(), 1600000000000);
  auto hash = sha256(request.receipt);
  EXPECT_EQ(row.receiptHash, Bytes(hash.begin(), hash.end()));

  auto history = run(registry_->history(bucketNamed("b"), Version(0), Version(100), 10));
  ASSERT_TRUE(history);
  ASSERT_EQ(history->size(), 1U);
  const HistoryRow& h = history->front();
  EXPECT_EQ(h.root, request.nextRoot);
  EXPECT_FALSE(h.previousRoot);
  EXPECT_EQ(h.commit, request.commit);
  EXPECT_EQ(h.master, MasterId("m1"));
  EXPECT_EQ(h.epoch, epoch);
  EXPECT_EQ(h.holders, request.holders);
  EXPECT_EQ(h.operations.puts, 3U);
  EXPECT_EQ(h.operations.deletes, 2U);
  EXPECT_EQ(h.operations.others, 1U);
  EXPECT_EQ(h.attempts, 4U);
  EXPECT_EQ(h.receipt, request.receipt);

  auto events = run(registry_->events(*before, 10));
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 1U);
  EXPECT_EQ(events->front().kind, "flip");
  EXPECT_NE(events->front().json.find(request.nextRoot->str()), std::string::npos);
}

TEST_P(RegistryConformance, AStaleFlipLosesAndSeesTheRowThatStands) {
  Epoch epoch = enroll("m1");
  FlipRequest first = next(bucketNamed("b"), "one", "m1", epoch);
  FlipRequest late = next(bucketNamed("b"), "two", "m1", epoch);
  ASSERT_EQ(flip(first).status, FlipStatus::won);
  FlipResult lost = flip(late);
  EXPECT_EQ(lost.status, FlipStatus::lost);
  EXPECT_EQ(lost.current.version, Version(1));
  EXPECT_EQ(lost.current.root, first.nextRoot);

  FlipRequest wrongRoot = next(bucketNamed("b"), "two", "m1", epoch);
  wrongRoot.expectedRoot = rootNamed("never was");
  EXPECT_EQ(flip(wrongRoot).status, FlipStatus::lost);
  FlipRequest wrongVersion = next(bucketNamed("b"), "two", "m1", epoch);
  wrongVersion.expectedVersion = Version(7);
  EXPECT_EQ(flip(wrongVersion).status, FlipStatus::lost);
  EXPECT_EQ(run(registry_->history(bucketNamed("b"), Version(0), Version(100), 10))->size(), 1U);
}

TEST_P(RegistryConformance, AnAssertedVersionOfARowThatNeverWasLoses) {
  Epoch epoch = enroll("m1");
  FlipRequest request = next(bucketNamed("b"), "one", "m1", epoch);
  request.expectedVersion = Version(3);
  EXPECT_EQ(flip(request).status, FlipStatus::lost);
  EXPECT_EQ(rowOf(bucketNamed("b")).version, Version(0));
}

TEST_P(RegistryConformance, ANoOpSwapAdvancesTheVersion) {
  Epoch epoch = enroll("m1");
  ASSERT_EQ(flip(next(bucketNamed("b"), "one", "m1", epoch)).status, FlipStatus::won);
  FlipResult again = flip(next(bucketNamed("b"), "one", "m1", epoch));
  EXPECT_EQ(again.status, FlipStatus::won);
  EXPECT_EQ(again.current.version, Version(2));
}

TEST_P(RegistryConformance, ATombstoneKeepsTheVersionAndANewBucketContinues) {
  Epoch epoch = enroll("m1");
  FlipRequest late = next(bucketNamed("b"), "late", "m1", epoch);
  ASSERT_EQ(flip(next(bucketNamed("b"), "one", "m1", epoch)).status, FlipStatus::won);
  ASSERT_EQ(flip(next(bucketNamed("b"), "", "m1", epoch)).status, FlipStatus::won);
  RootRow gone = rowOf(bucketNamed("b"));
  EXPECT_FALSE(gone.root);
  EXPECT_EQ(gone.version, Version(2));
  EXPECT_TRUE(run(registry_->list(OwnerId("owner")))->empty());
  EXPECT_EQ(flip(late).status, FlipStatus::lost) << "a tombstone is not `no such row`";
  FlipResult reborn = flip(next(bucketNamed("b"), "two", "m1", epoch));
  EXPECT_EQ(reborn.status, FlipStatus::won);
  EXPECT_EQ(reborn.current.version, Version(3));
}

TEST_P(RegistryConformance, AFencedOrSupersededEpochCannotFlip) {
  Epoch epoch = enroll("m1");
  FlipRequest waiting = next(bucketNamed("b"), "one", "m1", epoch);
  auto fenced = run(registry_->fence(MasterId("m1")));
  ASSERT_TRUE(fenced);
  EXPECT_GT(*fenced, epoch);
  EXPECT_EQ(flip(waiting).status, FlipStatus::fenced);
  waiting.epoch = *fenced;
  EXPECT_EQ(flip(waiting).status, FlipStatus::fenced) << "knowing the new epoch does not lift the fence";
  EXPECT_EQ(enroll("m1"), *fenced) << "a fenced master is returned as such, not bumped";
  EXPECT_TRUE(run(registry_->masters())->front().fenced);
  ASSERT_TRUE(run(registry_->unfence(MasterId("m1"))));
  waiting.epoch = epoch;
  EXPECT_EQ(flip(waiting).status, FlipStatus::fenced);
  waiting.epoch = enroll("m1");
  EXPECT_GT(waiting.epoch, *fenced);
  EXPECT_EQ(flip(waiting).status, FlipStatus::won);

  Epoch newer = enroll("m1");
  FlipRequest ofOldProcess = next(bucketNamed("b"), "two", "m1", waiting.epoch);
  EXPECT_EQ(flip(ofOldProcess).status, FlipStatus::fenced);
  EXPECT_EQ(flip(next(bucketNamed("b"), "two", "m1", newer)).status, FlipStatus::won);
}

TEST_P(RegistryConformance, AnUnknownMasterCannotFlipBeFencedOrBeat) {
  EXPECT_EQ(flip(next(bucketNamed("b"), "one", "stranger", Epoch(1))).status, FlipStatus::fenced);
  EXPECT_EQ(run(registry_->fence(MasterId("stranger"))).error().code, Errc::not_found);
  EXPECT_EQ(run(registry_->unfence(MasterId("stranger"))).error().code, Errc::not_found);
  EXPECT_EQ(run(registry_->heartbeat(MasterId("stranger"), Epoch(1))).error().code, Errc::not_found);
}

TEST_P(RegistryConformance, AHeartbeatOfAnOldEpochIsRefused) {
  Epoch old = enroll("m1");
  EXPECT_TRUE(run(registry_->heartbeat(MasterId("m1"), old)));
  Epoch fresh = enroll("m1");
  EXPECT_EQ(run(registry_->heartbeat(MasterId("m1"), old)).error().code, Errc::fenced);
  EXPECT_TRUE(run(registry_->heartbeat(MasterId("m1"), fresh)));
  auto masters = run(registry_->masters());
  ASSERT_EQ(masters->size(), 1U);
  EXPECT_GE(masters->front().heartbeatAt, masters->front().registeredAt);
}

TEST_P(RegistryConformance, OneDarkMasterWritesUnderItsLeaseAndNobodyElse) {
  Epoch dark = enroll("d1", false), other = enroll("d2", false), cas = enroll("m1");
  FlipRequest request = next(bucketNamed("b"), "one", "d1", dark);
  request.cas = false;
  EXPECT_EQ(flip(request).status, FlipStatus::not_writer) << "without a lease";
  auto lease = run(registry_->takeWriterLease(MasterId("d1"), 600000));
  ASSERT_TRUE(lease);
  EXPECT_TRUE(lease->live);
  EXPECT_EQ(lease->holder, MasterId("d1"));
  request.leaseTerm = lease->term + 1;
  EXPECT_EQ(flip(request).status, FlipStatus::not_writer) << "under another term";
  request.leaseTerm = lease->term;
  request.expectedVersion = Version(41);
  FlipResult won = flip(request);
  EXPECT_EQ(won.status, FlipStatus::won) << "a dark flip compares nothing";
  EXPECT_EQ(won.current.version, Version(1));

  auto refused = run(registry_->takeWriterLease(MasterId("d2"), 600000));
  EXPECT_EQ(refused->holder, MasterId("d1"));
  FlipRequest second = next(bucketNamed("b"), "two", "d2", other);
  second.cas = false;
  second.leaseTerm = refused->term;
  EXPECT_EQ(flip(second).status, FlipStatus::not_writer);
  EXPECT_EQ(flip(next(bucketNamed("b"), "two", "m1", cas)).status, FlipStatus::not_writer);

  EXPECT_EQ(run(registry_->takeWriterLease(MasterId("d1"), 600000))->term, lease->term) << "renewal keeps the term";
  ASSERT_TRUE(run(registry_->releaseWriterLease(MasterId("d1"), lease->term)));
  EXPECT_FALSE(run(registry_->writerLease())->live);
  EXPECT_EQ(flip(request).status, FlipStatus::not_writer);
  EXPECT_EQ(flip(next(bucketNamed("b"), "two", "m1", cas)).status, FlipStatus::won);
  EXPECT_GT(run(registry_->takeWriterLease(MasterId("d2"), 600000))->term, lease->term);
}

TEST_P(RegistryConformance, AnExpiredLeaseProtectsNobody) {
  Epoch dark = enroll("d1", false);
  auto lease = run(registry_->takeWriterLease(MasterId("d1"), 1));
  ASSERT_TRUE(lease);
  while (run(registry_->writerLease())->live) std::this_thread::yield();
  FlipRequest request = next(bucketNamed("b"), "one", "d1", dark);
  request.cas = false;
  request.leaseTerm = lease->term;
  EXPECT_EQ(flip(request).status, FlipStatus::not_writer);
  EXPECT_GT(run(registry_->takeWriterLease(MasterId("d1"), 600000))->term, lease->term);
}

TEST_P(RegistryConformance, FencingTheLeaseHolderEndsItsLease) {
  enroll("d1", false);
  Epoch cas = enroll("m1");
  ASSERT_TRUE(run(registry_->takeWriterLease(MasterId("d1"), 600000)));
  ASSERT_TRUE(run(registry_->fence(MasterId("d1"))));
  EXPECT_EQ(run(registry_->takeWriterLease(MasterId("d1"), 600000)).error().code, Errc::fenced);
  EXPECT_EQ(flip(next(bucketNamed("b"), "one", "m1", cas)).status, FlipStatus::won);
}

TEST_P(RegistryConformance, OnceCasIsRequiredDarkMastersAndOtherGatewaysAreRefused) {
  Epoch dark = enroll("d1", false), cas = enroll("m1");
  auto lease = run(registry_->takeWriterLease(MasterId("d1"), 600000));
  EXPECT_FALSE(*run(registry_->requireCas()));
  ASSERT_TRUE(run(registry_->setRequireCas(true)));
  EXPECT_TRUE(*run(registry_->requireCas()));
  FlipRequest request = next(bucketNamed("b"), "one", "d1", dark);
  request.cas = false;
  request.leaseTerm = lease->term;
  EXPECT_EQ(flip(request).status, FlipStatus::requires_cas);
  EXPECT_EQ(run(registry_->takeWriterLease(MasterId("d1"), 1000)).error().code, Errc::precondition);
  ASSERT_EQ(flip(next(bucketNamed("b"), "one", "m1", cas)).status, FlipStatus::won);

  std::string root = rootNamed("foreign").str();
  EXPECT_TRUE(engine_->plainSql(
      "INSERT INTO bucket_roots (owner_id, bucket, root_cid, version) VALUES ('owner', 'x', '" + root + "', 1)"));
  EXPECT_TRUE(engine_->plainSql("UPDATE bucket_roots SET root_cid = '" + root + "', version = version + 1"));
  EXPECT_TRUE(engine_->plainSql("DELETE FROM bucket_roots"));
  EXPECT_EQ(rowOf(bucketNamed("b")).version, Version(1));
  ASSERT_TRUE(run(registry_->setRequireCas(false)));
  EXPECT_FALSE(engine_->plainSql("UPDATE bucket_roots SET root_cid = '" + root + "', version = version + 1"));
}

TEST_P(RegistryConformance, AForeignUpsertIsSeenAndGetsItsHistory) {
  Epoch epoch = enroll("m1");
  ASSERT_EQ(flip(next(bucketNamed("b"), "one", "m1", epoch)).status, FlipStatus::won);
  FlipRequest stale = next(bucketNamed("b"), "two", "m1", epoch);
  auto upsert = [](const std::string& bucket) {
    return "INSERT INTO bucket_roots (owner_id, bucket, root_cid, version, updated_at) VALUES ('owner', '" + bucket +
           "', '" + rootNamed("foreign").str() +
           "', 1, CURRENT_TIMESTAMP) ON CONFLICT (owner_id, bucket) DO UPDATE SET root_cid = " +
           "excluded.root_cid, version = bucket_roots.version + 1, updated_at = excluded.updated_at";
  };
  ASSERT_FALSE(engine_->plainSql(upsert("b")));
  ASSERT_FALSE(engine_->plainSql(upsert("fresh")));
  EXPECT_EQ(flip(stale).status, FlipStatus::lost);
  RootRow row = rowOf(bucketNamed("b"));
  EXPECT_EQ(row.root, rootNamed("foreign"));
  EXPECT_EQ(row.version, Version(2));
  EXPECT_TRUE(row.receiptHash.empty());
  EXPECT_GT(row.updatedAt.get(), 1600000000000);
  auto history = run(registry_->history(bucketNamed("b"), Version(2), Version(2), 10));
  ASSERT_EQ(history->size(), 1U);
  EXPECT_EQ(history->front().previousRoot, rootNamed("one"));
  EXPECT_EQ(history->front().commit, CommitId{});
  EXPECT_EQ(history->front().master, MasterId());
  EXPECT_TRUE(history->front().receipt.empty());
  EXPECT_EQ(rowOf(bucketNamed("fresh")).version, Version(1));
  EXPECT_EQ(flip(next(bucketNamed("b"), "two", "m1", epoch)).current.version, Version(3));
  auto events = run(registry_->events(0, 100));
  EXPECT_NE((*events)[events->size() - 2].json.find("foreign"), std::string::npos);
}

TEST_P(RegistryConformance, VersionsNeverGoBackwardsAlsoFromPlainSql) {
  Epoch epoch = enroll("m1");
  for (const char* root : {"one", "two", "three"})
    ASSERT_EQ(flip(next(bucketNamed("b"), root, "m1", epoch)).status, FlipStatus::won);
  std::string root = rootNamed("foreign").str();
  EXPECT_TRUE(engine_->plainSql("UPDATE bucket_roots SET version = 2"));
  EXPECT_TRUE(engine_->plainSql("UPDATE bucket_roots SET version = 5, root_cid = '" + root + "'"));
  EXPECT_TRUE(engine_->plainSql("UPDATE bucket_roots SET root_cid = '" + root + "'"));
  EXPECT_TRUE(engine_->plainSql("UPDATE bucket_roots SET bucket = 'elsewhere'"));
  EXPECT_FALSE(engine_->plainSql("UPDATE bucket_roots SET updated_at = CURRENT_TIMESTAMP"));
  EXPECT_EQ(rowOf(bucketNamed("b")).version, Version(3));
  ASSERT_FALSE(engine_->plainSql("DELETE FROM bucket_roots"));
  RootRow gone = rowOf(bucketNamed("b"));
  EXPECT_EQ(gone.version, Version(4)) << "a deleted row becomes a tombstone";
  EXPECT_FALSE(gone.root);
}

TEST_P(RegistryConformance, ARootThatCannotBeReadIsListedAndNeverOverwritten) {
  Epoch cas = enroll("m1"), dark = enroll("d1", false);
  ASSERT_FALSE(
      engine_->plainSql("INSERT INTO bucket_roots (owner_id, bucket, root_cid, version) VALUES "
                        "('owner', 'odd', 'QmUnreadable', 9)"));
  ASSERT_EQ(flip(next(bucketNamed("fine"), "one", "m1", cas)).status, FlipStatus::won);
  auto row = run(registry_->read(bucketNamed("odd")));
  ASSERT_FALSE(row);
  EXPECT_EQ(row.error().code, Errc::corrupt);
  EXPECT_NE(row.error().message.find("odd"), std::string::npos);
  auto list = run(registry_->list(OwnerId("owner")));
  ASSERT_EQ(list->size(), 2U);
  EXPECT_EQ((*list)[1].row.unreadableRoot, "QmUnreadable");
  EXPECT_FALSE((*list)[1].row.root);
  FlipRequest request = next(bucketNamed("new"), "two", "m1", cas);
  request.bucket = bucketNamed("odd");
  request.expectedVersion = Version(9);
  EXPECT_EQ(flip(request).status, FlipStatus::unavailable);
  auto lease = run(registry_->takeWriterLease(MasterId("d1"), 600000));
  request.cas = false;
  request.master = MasterId("d1");
  request.epoch = dark;
  request.leaseTerm = lease->term;
  EXPECT_EQ(flip(request).status, FlipStatus::unavailable);
  EXPECT_EQ(run(registry_->history(bucketNamed("odd"), Version(0), Version(99), 9))->front().unreadableRoot,
            "QmUnreadable");
}

TEST_P(RegistryConformance, TheSameRootInAnotherMultibaseIsTheExpectedRoot) {
  Epoch epoch = enroll("m1");
  ASSERT_FALSE(
      engine_->plainSql("INSERT INTO bucket_roots (owner_id, bucket, root_cid, version) VALUES ('owner', 'b', '"
                        "zdpuAykaF3ycqMPSCLpyamMkuVpQRyBXRtozTWEtjWA52EEqT', 1)"));
  FlipRequest request = next(bucketNamed("b"), "two", "m1", epoch);
  ASSERT_EQ(request.expectedRoot, rootNamed("spelled otherwise"));
  EXPECT_EQ(flip(request).status, FlipStatus::won);
  request.expectedVersion = Version(1);
  EXPECT_EQ(flip(request).status, FlipStatus::lost);
}

TEST_P(RegistryConformance, ListsByOwnerAndName) {
  Epoch epoch = enroll("m1");
  for (auto [owner, name] : {std::pair{"zoe", "a"}, {"ann", "c"}, {"ann", "b"}})
    ASSERT_EQ(flip(next(bucketNamed(name, owner), "one", "m1", epoch)).status, FlipStatus::won);
  auto mine = run(registry_->list(OwnerId("ann")));
  ASSERT_EQ(mine->size(), 2U);
  EXPECT_EQ((*mine)[0].bucket, bucketNamed("b", "ann"));
  EXPECT_EQ((*mine)[1].bucket, bucketNamed("c", "ann"));
  EXPECT_FALSE((*mine)[0].row.receiptHash.empty());
  EXPECT_EQ(run(registry_->list(OwnerId()))->size(), 3U);
}

TEST_P(RegistryConformance, HistoryIsCutByRangeAndLimit) {
  Epoch epoch = enroll("m1");
  for (int i = 0; i < 6; ++i)
    ASSERT_EQ(flip(next(bucketNamed("b"), std::to_string(i), "m1", epoch)).status, FlipStatus::won);
  auto some = run(registry_->history(bucketNamed("b"), Version(2), Version(5), 3));
  ASSERT_EQ(some->size(), 3U);
  EXPECT_EQ(some->front().version, Version(2));
  EXPECT_EQ(some->back().version, Version(4));
  EXPECT_EQ(some->back().previousRoot, rootNamed("2"));
  EXPECT_EQ(run(registry_->history(bucketNamed("b"), Version(0), Version(UINT64_MAX), SIZE_MAX))->size(), 6U);
}

TEST_P(RegistryConformance, AnAliasBelongsToItsFirstOwnerUntilDropped) {
  BucketName name("shared");
  EXPECT_FALSE(*run(registry_->alias(name)));
  ASSERT_TRUE(run(registry_->claimAlias(name, OwnerId("ann"))));
  ASSERT_TRUE(run(registry_->claimAlias(name, OwnerId("ann"))));
  EXPECT_EQ(run(registry_->claimAlias(name, OwnerId("zoe"))).error().code, Errc::already_exists);
  ASSERT_TRUE(run(registry_->dropAlias(name, OwnerId("zoe"))));
  EXPECT_EQ(*run(registry_->alias(name)), (BucketId{OwnerId("ann"), name}));
  ASSERT_TRUE(run(registry_->dropAlias(name, OwnerId("ann"))));
  EXPECT_FALSE(*run(registry_->alias(name)));
}

TEST_P(RegistryConformance, KeepsWhatAMasterSaysOfItselfAndItsOldKeys) {
  Master m;
  m.id = MasterId("m1");
  m.cas = true;
  m.version = "9.9";
  m.s3Address = "a:1";
  m.apiAddress = "b:2";
  m.blocksAddress = "c:3";
  m.nodeKey = "feed";
  m.receiptKey = Bytes(33, 2);
  m.profile = "storage";
  ASSERT_TRUE(run(registry_->registerMaster(m)));
  m.receiptKey = Bytes(33, 3);
  ASSERT_TRUE(run(registry_->registerMaster(m)));
  auto all = run(registry_->masters());
  ASSERT_EQ(all->size(), 1U);
  EXPECT_EQ(all->front().version, "9.9");
  EXPECT_EQ(all->front().blocksAddress, "c:3");
  EXPECT_EQ(all->front().nodeKey, "feed");
  EXPECT_EQ(all->front().profile, "storage");
  EXPECT_EQ(all->front().receiptKey, Bytes(33, 3));
  EXPECT_EQ(all->front().epoch, Epoch(2));
  EXPECT_EQ(run(registry_->receiptKeys())->size(), 2U);
  m.id = MasterId();
  EXPECT_EQ(run(registry_->registerMaster(m)).error().code, Errc::invalid);
}

TEST_P(RegistryConformance, RacesComeNewestFirstWithTheirEvent) {
  Race race;
  race.bucket = bucketNamed("b");
  race.loser = MasterId("m1");
  race.winner = MasterId("m2");
  race.baseVersion = Version(4);
  race.winnerVersion = Version(5);
  race.baseRoot = rootNamed("base");
  race.loserRoot = rootNamed("loser");
  race.keys.assign(150, "key \"quoted\" \\ and\n\u00fcber");
  race.keyCount = 150;
  race.attempts = 2;
  race.outcome = "rebased";
  race.committedVersion = Version(6);
  race.tookMicros = 77;
  race.keepUntil = Timestamp(99);
  ASSERT_TRUE(run(registry_->recordRace(race)));
  race.bucket = bucketNamed("c");
  ASSERT_TRUE(run(registry_->recordRace(race)));
  auto all = run(registry_->races(std::nullopt, 10));
  ASSERT_EQ(all->size(), 2U);
  EXPECT_EQ(all->front().bucket, bucketNamed("c"));
  EXPECT_GT(all->front().id, all->back().id);
  auto one = run(registry_->races(bucketNamed("b"), 10));
  ASSERT_EQ(one->size(), 1U);
  EXPECT_EQ(one->front().keys.size(), 100U);
  EXPECT_EQ(one->front().keys.front(), race.keys.front());
  EXPECT_EQ(one->front().keyCount, 150U);
  EXPECT_EQ(one->front().baseRoot, race.baseRoot);
  EXPECT_FALSE(one->front().winnerRoot);
  EXPECT_EQ(one->front().committedVersion, Version(6));
  EXPECT_EQ(one->front().keepUntil, Timestamp(99));
  EXPECT_GT(one->front().at.get(), 1600000000000);
  EXPECT_EQ(run(registry_->events(0, 10))->back().kind, "race");
}

TEST_P(RegistryConformance, EventsResumeAfterASequenceAtAnyMaster) {
  auto other = engine_->open();
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(run(registry_->addEvent("audit", "{\"n\":" + std::to_string(i) + "}")));
  auto first = run(registry_->events(0, 2));
  ASSERT_EQ(first->size(), 2U);
  auto rest = run(other->events(first->back().sequence, 100));
  ASSERT_EQ(rest->size(), 3U);
  EXPECT_EQ(rest->front().json, "{\"n\":2}");
  EXPECT_LT(rest->front().sequence, rest->back().sequence);
  EXPECT_EQ(*run(other->lastEvent()), rest->back().sequence);
  EXPECT_TRUE(run(other->events(rest->back().sequence, 10))->empty());
}

TEST_P(RegistryConformance, TheFleetsIdIsOneForAll) {
  auto other = engine_->open();
  auto id = run(registry_->fleetId());
  EXPECT_EQ(id->size(), 32U);
  EXPECT_EQ(*id, *run(other->fleetId()));
}

TEST_P(RegistryConformance, OfFlipsAtOnceEachVersionHasOneWinner) {
  auto other = engine_->open();
  std::vector<Epoch> epochs = {enroll("m0"), enroll("m1")};
  net::io_context& context = executor();
  int wins = 0;
  auto writer = [&](Registry& registry, int master, std::uint64_t seed) -> Task<void> {
    for (int won = 0; won < 20;) {
      auto row = co_await registry.read(bucketNamed("b"));
      FlipRequest r;
      r.bucket = bucketNamed("b");
      r.expectedRoot = row->root;
      r.expectedVersion = row->version;
      r.nextRoot = rootNamed(std::to_string(seed) + "/" + std::to_string(won));
      r.commit = newCommitId(*random_);
      r.master = MasterId("m" + std::to_string(master));
      r.epoch = epochs[static_cast<std::size_t>(master)];
      FlipResult result = co_await registry.flip(r);
      EXPECT_TRUE(result.status == FlipStatus::won || result.status == FlipStatus::lost) << result.reason;
      if (result.status != FlipStatus::won) continue;
      EXPECT_EQ(result.current.version.get(), r.expectedVersion.get() + 1);
      ++won;
      ++wins;
    }
  };
  for (int i = 0; i < 3; ++i) {
    spawn(context.get_executor(), writer(*registry_, 0, static_cast<std::uint64_t>(i)));
    spawn(context.get_executor(), writer(*other, 1, static_cast<std::uint64_t>(10 + i)));
  }
  context.run();
  EXPECT_EQ(wins, 120);
  EXPECT_EQ(rowOf(bucketNamed("b")).version, Version(120));
  auto history = run(registry_->history(bucketNamed("b"), Version(1), Version(120), 1000));
  ASSERT_EQ(history->size(), 120U);
  for (std::size_t i = 1; i < history->size(); ++i) EXPECT_EQ((*history)[i].previousRoot, (*history)[i - 1].root);
}

}  // namespace
}  // namespace cairn::registry::testing
