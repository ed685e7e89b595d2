#include "daemon/bucket/local_service.h"

#include <algorithm>
#include <set>

#include "daemon/bucket/bucket_import.h"
#include "daemon/bucket/content.h"
#include "daemon/bucket/import.h"
#include "daemon/bucket/local_past.h"
#include "daemon/bucket/multipart.h"
#include "daemon/bucket/opening.h"
#include "daemon/bucket/snapshot.h"
#include "daemon/pinning/plant.h"

namespace cairn::bucket {
namespace {

/// Stored bodies up to this go to the holders with their commit; larger ones ahead of it, so that no commit waits.
constexpr std::uint64_t kSentWithCommit = 256U << 10;

class LocalService final : public Service {
 public:
  Past& past() override { return past_; }
  LocalService(EngineContext& context, blocks::Store& store, blocks::Source& source, net::any_io_executor executor)
      : context_(context), store_(store), source_(source), engines_(context, std::move(executor)) {}

  Task<Outcome<BucketId>> resolve(OwnerId caller, BucketName name) override {
    BucketId own{caller, name};
    if (!caller.get().empty()) {
      auto row = co_await context_.roots.current(own);
      if (!row) co_return failureOf(row.error());
      if (row->root) co_return own;
    }
    auto holder = co_await context_.registry.alias(name);
    if (!holder) co_return failureOf(holder.error());
    co_return *holder ? Outcome<BucketId>(std::move(**holder)) : noBucket(own);
  }

  Task<Outcome<void>> createBucket(BucketId bucket) override {
    return bucket::createBucket(context_, engines_, std::move(bucket));
  }
  Task<Outcome<void>> deleteBucket(BucketId bucket) override {
    return bucket::deleteBucket(context_, engines_, std::move(bucket));
  }

  Task<Outcome<void>> setPolicy(BucketId bucket, std::string policy, registry::AuditRow row) override {
    Mutation m;
    m.operations.others = 1;
    m.apply = [bucket, policy](Workspace& w) -> Task<std::optional<Failure>> {
      if (!w.exists()) co_return noBucket(bucket);
      w.setPolicy(policy);
      co_return std::nullopt;
    };
    const auto failure = co_await engines_.submit(bucket, std::move(m));
    co_await noteOpening(context_.registry.identity(), std::move(row), failure);
    co_return answer(failure);
  }

  Task<Outcome<std::vector<BucketInfo>>> listBuckets(OwnerId owner) override {
    auto rows = co_await context_.registry.list(owner);
    if (!rows) co_return failureOf(rows.error());
    std::vector<BucketInfo> out;
    for (auto& r : *rows) {
      if (!r.row.root) continue;  // a foreign root that we cannot read: the admin door lists it
      auto root = co_await context_.roots.block(*r.row.root);
      Timestamp created = root ? root->created : r.row.updatedAt;  // one bad root must not hide the other buckets
      out.push_back({r.bucket, created, std::move(r.row)});
    }
    co_return out;
  }

  Task<Outcome<SnapshotPtr>> snapshot(BucketId bucket) override {
    auto row = co_await context_.roots.current(bucket);
    if (!row) co_return failureOf(row.error());
    if (!row->root) co_return noBucket(bucket);
    auto root = co_await context_.roots.block(*row->root);
    if (!root) co_return failureOf(root.error());
    co_return makeSnapshot(context_.nodes, std::move(bucket), std::move(*row), std::move(*root));
  }

  std::unique_ptr<ContentWriter> writeContent(std::uint64_t sizeHint, LeafTap tap) override {
    return makeContentWriter(store_, sizeHint, std::move(tap));
  }
  std::unique_ptr<ContentImport> importContent() override { return makeContentImport(store_, source_); }
  std::unique_ptr<BucketImport> importBucket(BucketId bucket, BucketImportOrder order) override {
    return makeBucketImport(context_, store_, engines_, std::move(bucket), std::move(order));
  }
  std::unique_ptr<ContentReader> readContent(const Cid& content, std::uint64_t offset, std::uint64_t length) override {
    return makeContentReader(source_, content, offset, length);
  }

  Task<Outcome<Entry>> putObject(BucketId bucket, std::string key, Entry entry, Content content,
                                 WriteConditions conditions) override {
    entry.content = content.cid;
    entry.size = content.size;
    Mutation m = co_await carry(std::move(content));
    co_return co_await writeEntry(std::move(bucket), std::move(key), std::move(entry), std::move(conditions),
                                  std::move(m));
  }

  Task<Outcome<Entry>> copyObject(BucketId bucket, std::string key, Entry source, WriteConditions conditions) override {
    source.upload.clear();  // it may be the source's key that is written: no completion made this object
    co_return co_await writeEntry(std::move(bucket), std::move(key), std::move(source), std::move(conditions),
                                  Mutation{});
  }

  Task<Outcome<void>> setTags(BucketId bucket, std::string key, std::map<std::string, std::string> tags) override {
    Mutation m;
    m.operations.others = 1;
    m.keys = {key};
    m.apply = [bucket, key, tags](Workspace& w) -> Task<std::optional<Failure>> {
      if (!w.exists()) co_return noBucket(bucket);
      auto found = co_await w.setTags(key, tags);
      if (!found) co_return failureOf(found.error());
      if (!*found) co_return Failure{Fault::no_such_key, "the object does not exist", key};
      co_return std::nullopt;
    };
    co_return answer(co_await engines_.submit(bucket, std::move(m)));
  }

  Task<Outcome<bool>> deleteObject(BucketId bucket, std::string key, WriteConditions conditions) override {
    std::vector<DeleteItem> one(1, {std::move(key), std::move(conditions)});
    auto answers = co_await deleteObjects(std::move(bucket), std::move(one));
    if (!answers) co_return answers.error();
    co_return std::move(answers->front());  // as an lvalue it would convert to its own bool: success
  }

  Task<Outcome<std::vector<Outcome<bool>>>> deleteObjects(BucketId bucket, std::vector<DeleteItem> items) override {
    auto answers = std::make_shared<std::vector<Outcome<bool>>>();
    Mutation m;
    m.operations.deletes = items.size();
    for (const DeleteItem& item : items) m.keys.push_back(item.key);
    m.apply = [bucket, items, answers](Workspace& w) -> Task<std::optional<Failure>> {
      answers->clear();
      if (!w.exists()) co_return noBucket(bucket);
      std::set<std::string> gone;  // staged only once every item was read: a failure halfway must change nothing
      for (const DeleteItem& item : items) {
        auto present = co_await w.object(item.key);
        if (!present) co_return failureOf(present.error());
        bool here = present->has_value() && !gone.contains(item.key);
        if (auto refused = checkWrite(item.conditions, here ? &**present : nullptr)) {
          answers->push_back(*refused);
          continue;
        }
        if (here) gone.insert(item.key);
        answers->push_back(here);
      }
      for (const std::string& key : gone) w.removeObject(key);
      co_return std::nullopt;
    };
    auto failure = co_await engines_.submit(bucket, std::move(m));
    if (failure) co_return *failure;
    co_return std::move(*answers);
  }

  Task<Outcome<std::string>> createUpload(BucketId bucket, std::string key, Upload upload) override {
    std::array<std::uint8_t, 16> random{};
    context_.random.fill(random);
    std::string id = toHex(random);
    Mutation m;
    m.operations.others = 1;
    m.keys = {key};
    m.apply = [bucket, key, id, upload](Workspace& w) -> Task<std::optional<Failure>> {
      if (!w.exists()) co_return noBucket(bucket);
      Upload started = upload;
      started.started = w.now();
      w.putUpload(key, id, started);
      co_return std::nullopt;
    };
    auto failure = co_await engines_.submit(bucket, std::move(m));
    if (failure) co_return *failure;
    co_return id;
  }

  Task<Outcome<void>> putPart(BucketId bucket, std::string key, std::string id, std::uint32_t number, Part part,
                              Content content) override {
    part.content = content.cid;
    part.size = content.size;
    Mutation m = co_await carry(std::move(content));
    m.operations.others = 1;
    m.keys = {key};
    m.apply = [bucket, key, id, number, part](Workspace& w) -> Task<std::optional<Failure>> {
      if (!w.exists()) co_return noBucket(bucket);
      co_return co_await addPart(w, key, id, number, part);
    };
    co_return answer(co_await engines_.submit(bucket, std::move(m)));
  }

  Task<Outcome<Entry>> completeUpload(BucketId bucket, std::string key, std::string id, std::vector<CompletePart> parts,
                                      std::optional<Checksum> expected, WriteConditions conditions) override {
    auto completed = std::make_shared<Entry>();
    Mutation m;
    m.operations.puts = 1;
    m.keys = {key};
    m.apply = [this, bucket,
               request = CompleteRequest{key, id, std::move(parts), std::move(expected), std::move(conditions)},
               completed](Workspace& w) -> Task<std::optional<Failure>> {
      if (!w.exists()) co_return noBucket(bucket);
      co_return co_await complete(w, source_, request, *completed);
    };
    auto failure = co_await engines_.submit(bucket, std::move(m));
    if (failure) co_return *failure;
    co_return *completed;
  }

  Task<Outcome<void>> abortUpload(BucketId bucket, std::string key, std::string id) override {
    Mutation m;
    m.operations.others = 1;
    m.keys = {key};
    m.apply = [bucket, key, id](Workspace& w) -> Task<std::optional<Failure>> {
      if (!w.exists()) co_return noBucket(bucket);
      co_return co_await abort(w, key, id);
    };
    co_return answer(co_await engines_.submit(bucket, std::move(m)));
  }

 private:
  static Outcome<void> answer(const std::optional<Failure>& failure) {
    return failure ? Outcome<void>(*failure) : Outcome<void>(boost::system::in_place_value);
  }

  /// A mutation that brings `content`: small bodies with the commit, large ones ahead of it.
  Task<Mutation> carry(Content content) {
    Mutation m;
    if (content.small) m.blocks.push_back(std::move(*content.small));
    if (content.size <= kSentWithCommit)
      m.content = std::move(content.blocks);
    else
      co_await context_.quorum.offer(std::move(content.blocks));
    co_return m;
  }

  Task<Outcome<Entry>> writeEntry(BucketId bucket, std::string key, Entry entry, WriteConditions conditions,
                                  Mutation m) {
    auto written = std::make_shared<Entry>();
    m.operations.puts = 1;
    m.keys = {key};
    m.apply = [bucket, key, entry = std::move(entry), conditions = std::move(conditions),
               written](Workspace& w) -> Task<std::optional<Failure>> {
      if (!w.exists()) co_return noBucket(bucket);
      if (conditions.any()) {
        auto present = co_await w.object(key);
        if (!present) co_return failureOf(present.error());
        if (auto refused = checkWrite(conditions, *present ? &**present : nullptr)) co_return refused;
      }
      *written = entry;
      written->modified = w.now();
      w.putObject(key, *written);
      co_return std::nullopt;
    };
    auto failure = co_await engines_.submit(bucket, std::move(m));
    if (failure) co_return *failure;
    co_return std::move(*written);
  }

  EngineContext& context_;
  blocks::Store& store_;
  blocks::Source& source_;
  Engines engines_;
  LocalPast past_{context_, engines_};
};

}  // namespace

std::unique_ptr<Service> makeService(EngineContext& context, blocks::Store& store, blocks::Source& source,
                                     net::any_io_executor executor) {
  return std::make_unique<LocalService>(context, store, source, std::move(executor));
}

}  // namespace cairn::bucket
