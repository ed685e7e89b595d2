// A registry, bucket service, local status and response for the operators' door, all in memory and on one thread.
//
// Contract: rows are public and set by the test; what the door never calls answers Errc::unsupported. `down` makes
// every registry call answer Errc::unavailable. Single-threaded: run() drives everything on one io_context.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "daemon/admin/door.h"
#include "daemon/bucket/past.h"
#include "tests/support/no_identity.h"

namespace cairn::admin::test {

inline Cid cidOf(int n) {
  return Cid::of(Codec::raw, asBytes("root " + std::to_string(n)));
}
inline BucketId bucketId(const std::string& name, const std::string& owner = "alice") {
  return {OwnerId(owner), BucketName(name)};
}

class FakeRegistry final : public registry::Registry {
 public:
  template <class T>
  using R = Task<Result<T>>;
  static Error gone() { return fail(Errc::unavailable, "the registry cannot be reached"); }
  static Error never() { return fail(Errc::unsupported, "not for the door"); }

  std::map<BucketId, std::vector<registry::HistoryRow>> rows;
  std::vector<registry::Master> nodes;
  std::vector<registry::Race> raceRows;
  std::vector<registry::Event> eventRows;
  bool down = false;
  int historyRowsRead = 0, eventReads = 0;
  cairn::test::NoIdentity noIdentity;
  registry::IdentityRegistry& identity() override { return noIdentity; }

  /// Appends a flip with its history row and event.
  void flipTo(const BucketId& bucket, int root, const std::string& master) {
    auto& history = rows[bucket];
    registry::HistoryRow row;
    row.bucket = bucket;
    row.version = Version(history.size() + 1);
    row.root = cidOf(root);
    if (!history.empty()) row.previousRoot = history.back().root;
    row.master = MasterId(master);
    row.at = Timestamp(1000 + static_cast<std::int64_t>(history.size()));
    history.push_back(row);
    addEventRow("flip", "{\"bucket\":\"" + bucket.name.get() + "\"}");
  }
  void addEventRow(const std::string& kind, const std::string& json) {
    eventRows.push_back({eventRows.size() + 1, kind, Timestamp(1), json});
  }
  static registry::RootRow pointer(const std::vector<registry::HistoryRow>& history) {
    if (history.empty()) return {};
    registry::RootRow row;
    row.root = history.back().root;
    row.version = history.back().version;
    row.updatedAt = history.back().at;
    return row;
  }

  R<registry::RootRow> read(BucketId bucket) override {
    if (down) co_return gone();
    co_return pointer(rows[bucket]);
  }
  R<std::vector<registry::BucketRow>> list(OwnerId) override {
    if (down) co_return gone();
    std::vector<registry::BucketRow> out;
    for (const auto& [id, history] : rows)
      if (!history.empty() && history.back().root) out.push_back({id, pointer(history)});
    co_return out;
  }
  R<std::vector<registry::HistoryRow>> history(BucketId bucket, Version from, Version to, std::size_t limit) override {
    if (down) co_return gone();
    std::vector<registry::HistoryRow> out;
    for (const auto& row : rows[bucket])
      if (row.version >= from && row.version <= to && out.size() < limit) out.push_back(row);
    historyRowsRead += static_cast<int>(out.size());
    co_return out;
  }
  R<std::vector<registry::Master>> masters() override {
    if (down) co_return gone();
    co_return nodes;
  }
  R<bool> requireCas() override { co_return true; }
  R<std::string> fleetId() override {
    if (down) co_return gone();
    co_return std::string("f1");
  }
  R<std::vector<registry::Race>> races(std::optional<BucketId> bucket, std::size_t limit) override {
    std::vector<registry::Race> out;
    for (const auto& race : raceRows)
      if ((!bucket || race.bucket == *bucket) && out.size() < limit) out.push_back(race);
    co_return out;
  }
  R<std::vector<registry::Event>> events(std::uint64_t after, std::size_t limit) override {
    ++eventReads;
    std::vector<registry::Event> out;
    for (const auto& event : eventRows)
      if (event.sequence > after && out.size() < limit) out.push_back(event);
    co_return out;
  }
  R<std::uint64_t> lastEvent() override { co_return eventRows.size(); }

  Task<registry::FlipResult> flip(registry::FlipRequest) override { co_return registry::FlipResult{}; }
  Task<Result<MasterId>> takeTurn(BucketId, MasterId, std::uint32_t) override { co_return never(); }
  R<std::optional<BucketId>> alias(BucketName) override { co_return never(); }
  Task<Status> claimAlias(BucketName, OwnerId) override { co_return never(); }
  Task<Status> dropAlias(BucketName, OwnerId) override { co_return never(); }
  R<registry::Master> registerMaster(registry::Master) override { co_return never(); }
  Task<Status> heartbeat(MasterId, Epoch) override { co_return never(); }
  R<Epoch> fence(MasterId) override { co_return never(); }
  Task<Status> unfence(MasterId) override { co_return never(); }
  R<registry::WriterLease> takeWriterLease(MasterId, std::uint32_t) override { co_return never(); }
  R<registry::WriterLease> writerLease() override { co_return never(); }
  Task<Status> releaseWriterLease(MasterId, std::uint64_t) override { co_return never(); }
  Task<Status> setRequireCas(bool) override { co_return never(); }
  Task<Status> recordRace(registry::Race) override { co_return never(); }
  Task<Status> addEvent(std::string, std::string) override { co_return never(); }
};

class NoPast final : public bucket::Past {
 public:
  static bucket::Failure never() { return {bucket::Fault::no_such_version, "no such version", ""}; }
  Task<bucket::Outcome<bucket::SnapshotPtr>> at(BucketId, bucket::Moment) override { co_return never(); }
  Task<bucket::Outcome<bucket::SnapshotPtr>> of(BucketId, Cid) override { co_return never(); }
  Task<bucket::Outcome<bucket::Changes>> changes(bucket::SnapshotPtr, bucket::SnapshotPtr,
                                                 bucket::ChangesQuery) override {
    co_return never();
  }
  Task<bucket::Outcome<bucket::Brought>> bring(BucketId, bucket::Bring, registry::AuditRow) override {
    co_return never();
  }
};

/// Knows statistics of every bucket while `readable`, and nothing else.
class FakeBuckets final : public bucket::Service {
 public:
  template <class T>
  using O = Task<bucket::Outcome<T>>;
  using Conditions = bucket::WriteConditions;
  bool readable = true;
  NoPast noPast;
  bucket::Past& past() override { return noPast; }

  class Fixed final : public bucket::Snapshot {
   public:
    const BucketId& bucket() const override { return id_; }
    const registry::RootRow& row() const override { return row_; }
    Timestamp created() const override { return {}; }
    bucket::Statistics statistics() const override { return {7, 700, 1}; }
    Cid contentsRoot() const override { return {}; }
    const std::string& policy() const override { return policy_; }
    O<std::optional<bucket::Entry>> get(std::string) override { co_return never(); }
    O<bucket::ListPage> list(bucket::ListQuery) override { co_return never(); }
    O<std::optional<bucket::Upload>> upload(std::string, std::string) override { co_return never(); }
    O<std::vector<bucket::PartInfo>> parts(std::string, std::string, std::uint32_t, std::size_t) override {
      co_return never();
    }
    O<bucket::UploadsPage> uploads(bucket::ListQuery, std::string) override { co_return never(); }

   private:
    BucketId id_;
    registry::RootRow row_;
    std::string policy_;
  };
  static bucket::Failure never() { return {bucket::Fault::unavailable, "not now", ""}; }

  O<bucket::SnapshotPtr> snapshot(BucketId) override {
    if (!readable) co_return never();
    co_return bucket::SnapshotPtr(std::make_shared<Fixed>());
  }
  O<BucketId> resolve(OwnerId, BucketName) override { co_return never(); }
  O<void> createBucket(BucketId) override { co_return never(); }
  O<void> deleteBucket(BucketId) override { co_return never(); }
  O<void> setPolicy(BucketId, std::string, registry::AuditRow) override { co_return never(); }
  O<std::vector<bucket::BucketInfo>> listBuckets(OwnerId) override { co_return never(); }
  std::unique_ptr<bucket::ContentWriter> writeContent(std::uint64_t, bucket::LeafTap) override { return nullptr; }
  std::unique_ptr<bucket::ContentImport> importContent() override { return nullptr; }
  std::unique_ptr<bucket::BucketImport> importBucket(BucketId, bucket::BucketImportOrder) override { return nullptr; }
  std::unique_ptr<bucket::ContentReader> readContent(const Cid&, std::uint64_t, std::uint64_t) override {
    return nullptr;
  }
  O<bucket::Entry> putObject(BucketId, std::string, bucket::Entry, bucket::Content, Conditions) override {
    co_return never();
  }
  O<bucket::Entry> copyObject(BucketId, std::string, bucket::Entry, Conditions) override { co_return never(); }
  O<bool> deleteObject(BucketId, std::string, Conditions) override { co_return never(); }
  O<std::vector<bucket::Outcome<bool>>> deleteObjects(BucketId, std::vector<bucket::DeleteItem>) override {
    co_return never();
  }
  O<void> setTags(BucketId, std::string, std::map<std::string, std::string>) override { co_return never(); }
  O<std::string> createUpload(BucketId, std::string, bucket::Upload) override { co_return never(); }
  O<void> putPart(BucketId, std::string, std::string, std::uint32_t, bucket::Part, bucket::Content) override {
    co_return never();
  }
  O<bucket::Entry> completeUpload(BucketId, std::string, std::string, std::vector<bucket::CompletePart>,
                                  std::optional<bucket::Checksum>, Conditions) override {
    co_return never();
  }
  O<void> abortUpload(BucketId, std::string, std::string) override { co_return never(); }
};

class FakeStatus final : public LocalStatus {
 public:
  std::optional<Following> following() const override { return follows; }
  std::optional<Following> follows;
  Ready toRead{true, {}}, toWrite{true, {}};
  MasterId node() const override { return MasterId("m1"); }
  std::string version() const override { return "0.1.0"; }
  std::string mode() const override { return "manual"; }
  Task<Ready> ready(Access access) override { co_return access == Access::read ? toRead : toWrite; }
};

/// Keeps what is sent; `onWrite` is called after each piece of a stream.
class Recorder final : public http::ResponseWriter {
 public:
  int status = 0;
  http::Headers headers;
  std::string body;
  bool finished = false, lifted = false;
  std::function<Status()> onWrite;

  Task<Status> send(http::ResponseHead head, BytesView bytes) override {
    take(head);
    body = asText(bytes);
    finished = true;
    co_return Status();
  }
  Task<Status> start(http::ResponseHead head, std::optional<std::uint64_t>) override {
    take(head);
    co_return Status();
  }
  Task<Status> write(BytesView bytes) override {
    body += asText(bytes);
    co_return onWrite ? onWrite() : Status();
  }
  Task<Status> writeParts(std::span<const BytesView> parts) override {
    for (BytesView part : parts) body += asText(part);
    co_return Status();
  }
  Task<Status> flush() override { co_return Status(); }
  Task<Status> finish() override {
    finished = true;
    co_return Status();
  }
  bool started() const override { return status != 0; }
  void liftTotalTime() override { lifted = true; }

 private:
  void take(const http::ResponseHead& head) {
    status = head.status;
    headers = head.headers;
  }
};

struct Rig {
  FakeRegistry registry;
  FakeBuckets buckets;
  FakeStatus local;
  std::unique_ptr<Clock> clock = systemClock();
  net::io_context io;
  Door door{registry, local, buckets, *clock, {}, {std::chrono::milliseconds(1), std::chrono::milliseconds(20)}};

  void run(Task<void> task) {
    spawn(io.get_executor(), std::move(task));
    io.restart();
    io.run();
  }
  void ask(Recorder& out, const std::string& target, http::Headers headers = {}, const std::string& method = "GET") {
    http::Request request;
    request.method = method;
    request.setTarget(target);
    request.headers = std::move(headers);
    http::BytesBody body{Bytes()};
    run(door.handle(request, body, out));
  }
  Recorder get(const std::string& target, http::Headers headers = {}, const std::string& method = "GET") {
    Recorder out;
    ask(out, target, std::move(headers), method);
    return out;
  }
  template <class Message>
  Message read(const std::string& target) {
    Recorder got = get(target);
    EXPECT_EQ(got.status, 200) << got.body;
    auto message = api::fromJson<Message>(got.body);
    EXPECT_TRUE(message) << (message ? "" : message.error().message) << "\n" << got.body;
    return message ? *message : Message();
  }
};

}  // namespace cairn::admin::test
