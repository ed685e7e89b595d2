#include "daemon/bucket/snapshot.h"

#include "daemon/bucket/engine.h"

namespace cairn::bucket {
namespace {

/// Walks keys under `prefix` after `after`, folding those that share a delimiter into common prefixes.
/// `visit` gets a key's position and returns where to go on: empty for the next key, else a key to seek.
class Folder {
 public:
  Folder(const ListQuery& query) : query_(query) {}
  /// The common prefix that `key` folds into, if any.
  std::optional<std::string> fold(std::string_view key) const {
    if (query_.delimiter.empty()) return std::nullopt;
    std::size_t at = key.find(query_.delimiter, query_.prefix.size());
    if (at == std::string_view::npos) return std::nullopt;
    return std::string(key.substr(0, at + query_.delimiter.size()));
  }
  /// Where a listing that goes on after `query.after` starts: past the whole common prefix if it ended with one.
  std::string start() const {
    if (query_.after.empty() || query_.after < query_.prefix) return query_.prefix;
    if (auto folded = query_.after.starts_with(query_.prefix) ? fold(query_.after) : std::nullopt;
        folded && *folded == query_.after)
      return afterPrefix(*folded).value_or(std::string(index::kMaxKey, '\xff'));
    return query_.after + '\0';
  }

 private:
  const ListQuery& query_;
};

class Reader final : public Snapshot {
 public:
  Reader(index::NodeSource& nodes, BucketId bucket, registry::RootRow row, RootBlock root)
      : nodes_(nodes), bucket_(std::move(bucket)), row_(std::move(row)), root_(std::move(root)) {}

  const BucketId& bucket() const override { return bucket_; }
  const registry::RootRow& row() const override { return row_; }
  Timestamp created() const override { return root_.created; }
  Statistics statistics() const override { return {root_.objects.count, root_.objects.weight, root_.uploads.count}; }
  Cid contentsRoot() const override { return root_.objects.cid; }
  const std::string& policy() const override { return root_.policy; }

  Task<Outcome<std::optional<Entry>>> get(std::string key) override {
    auto entry = co_await findEntry(nodes_, root_.objects, std::move(key));
    if (!entry) co_return failureOf(entry.error());
    co_return std::move(*entry);
  }

  Task<Outcome<ListPage>> list(ListQuery query) override {
    ListPage page;
    Folder folder(query);
    index::Cursor cursor(nodes_);
    Status s = cursor.start(root_.objects);
    if (s) s = co_await cursor.seek(folder.start());
    while (s && !cursor.atEnd() && cursor.key().starts_with(query.prefix)) {
      if (page.items.size() + page.prefixes.size() >= query.limit) {
        page.truncated = true;
        break;
      }
      if (auto folded = folder.fold(cursor.key())) {
        page.last = *folded;
        page.prefixes.push_back(*folded);
        auto next = afterPrefix(*folded);
        if (!next) break;
        s = co_await cursor.seek(*next);
        continue;
      }
      auto value = co_await resolve(nodes_, cursor.value());
      auto entry = value ? decodeEntry(*value, cursor.item().weight) : Result<Entry>(value.error());
      if (!entry) co_return failureOf(entry.error());
      page.last = cursor.key();
      page.items.push_back({page.last, std::move(*entry)});
      cursor.next();
      s = co_await cursor.toItem();
    }
    if (!s) co_return failureOf(s.error());
    co_return page;
  }

  Task<Outcome<std::optional<Upload>>> upload(std::string key, std::string id) override {
    auto upload = co_await findUpload(nodes_, root_.uploads, std::move(key), std::move(id));
    if (!upload) co_return failureOf(upload.error());
    co_return std::move(*upload);
  }

  Task<Outcome<std::vector<PartInfo>>> parts(std::string key, std::string id, std::uint32_t after,
                                             std::size_t limit) override {
    std::vector<PartInfo> out;
    const std::string prefix = uploadKey(key, id) + '\0';
    index::Cursor cursor(nodes_);
    Status s = cursor.start(root_.uploads);
    if (s) s = co_await cursor.seek(partKey(key, id, after) + '\0');
    while (s && !cursor.atEnd() && cursor.key().starts_with(prefix) && out.size() < limit) {
      auto parsed = parseUploadTreeKey(cursor.key());
      auto part = decodePart(cursor.value(), cursor.item().weight);
      if (!parsed || !parsed->part || !part) co_return Failure{Fault::internal, "an upload's state is malformed", id};
      out.push_back({*parsed->part, std::move(*part)});
      cursor.next();
      s = co_await cursor.toItem();
    }
    if (!s) co_return failureOf(s.error());
    co_return out;
  }

  Task<Outcome<UploadsPage>> uploads(ListQuery query, std::string afterId) override {
    UploadsPage page;
    Folder folder(query);
    index::Cursor cursor(nodes_);
    Status s = cursor.start(root_.uploads);
    // After (key, id): past that upload and its parts. Without an id: past every upload of the key.
    std::string from = folder.start();
    if (!query.after.empty() && from == query.after + '\0')
      from = afterId.empty() ? query.after + '\1' : uploadKey(query.after, afterId) + '\1';
    if (s) s = co_await cursor.seek(from);
    while (s && !cursor.atEnd() && cursor.key().starts_with(query.prefix)) {
      if (page.uploads.size() + page.prefixes.size() >= query.limit) {
        page.truncated = true;
        break;
      }
      auto parsed = parseUploadTreeKey(cursor.key());
      if (!parsed) co_return Failure{Fault::internal, "an upload's state is malformed", {}};
      if (auto folded = folder.fold(parsed->key)) {
        page.lastKey = *folded;
        page.lastId.clear();
        page.prefixes.push_back(*folded);
        auto next = afterPrefix(*folded);
        if (!next) break;
        s = co_await cursor.seek(*next);
        continue;
      }
      auto value = co_await resolve(nodes_, cursor.value());
      auto upload = value ? decodeUpload(*value) : Result<Upload>(value.error());
      if (!upload) co_return failureOf(upload.error());
      page.lastKey = parsed->key;
      page.lastId = parsed->id;
      page.uploads.push_back({page.lastKey, page.lastId, std::move(*upload)});
      s = co_await cursor.seek(uploadKey(page.lastKey, page.lastId) + '\1');  // past its parts
    }
    if (!s) co_return failureOf(s.error());
    co_return page;
  }

 private:
  index::NodeSource& nodes_;
  BucketId bucket_;
  registry::RootRow row_;
  RootBlock root_;
};

}  // namespace

SnapshotPtr makeSnapshot(index::NodeSource& nodes, BucketId bucket, registry::RootRow row, RootBlock root) {
  return std::make_shared<Reader>(nodes, std::move(bucket), std::move(row), std::move(root));
}

}  // namespace cairn::bucket
