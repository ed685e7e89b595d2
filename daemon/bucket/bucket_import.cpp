#include "daemon/bucket/bucket_import.h"

#include "common/cid/car.h"
#include "daemon/bucket/contents_walk.h"
#include "daemon/bucket/opening.h"
#include "daemon/pinning/closure.h"

namespace cairn::bucket {
namespace {

constexpr std::size_t kBatchBytes = 1U << 20;
/// After so many blocks what is whole is marked: a walk over all of them at the end would keep them all in memory.
constexpr std::size_t kMarkEvery = 8192;
/// Entries of one commit where the bucket has others.
constexpr std::size_t kPage = 512;
constexpr std::size_t kMostNamed = 100;

class Import final : public BucketImport {
 public:
  Import(EngineContext& context, blocks::Store& store, Engines& engines, BucketId bucket, BucketImportOrder order)
      : context_(context),
        store_(store),
        engines_(engines),
        bucket_(std::move(bucket)),
        order_(std::move(order)),
        walk_(store, order_.rule) {}

  Task<Outcome<void>> write(BytesView piece) override {
    if (auto s = reader_.feed(piece); !s) co_return unread(s.error());
    if (!begun_ && reader_.roots())
      if (auto s = begin(*reader_.roots()); !s) co_return s.error();
    if (batchBytes_ < kBatchBytes) co_return Outcome<void>();
    co_return co_await flush();
  }

  Task<Outcome<ImportedBucket>> finish() override {
    if (auto s = reader_.finish(); !s) co_return unread(s.error());
    if (auto s = co_await flush(); !s) co_return s.error();
    const auto root = co_await walk_.finish();
    if (!root) co_return root.error();
    done_.contents = *root;
    if (auto s = co_await claimed(); !s) co_return s.error();
    const auto taken = co_await adopt(*root);
    if (!taken) co_return taken.error();
    // The end of an earlier deletion may have dropped the name since.
    (void)co_await claimName(context_, bucket_);
    if (!*taken)
      if (auto s = co_await merge(*root); !s) co_return s.error();
    co_return std::move(done_);
  }

 private:
  static Failure unread(const Error& error) {
    return {error.code == Errc::unsupported ? Fault::invalid_request : Fault::malformed_car, error.message, {}};
  }

  Outcome<void> begin(const std::vector<Cid>& roots) {
    begun_ = true;
    if (roots.size() > 1)
      return Failure{
          Fault::invalid_request, "a bucket has one contents root; the CAR has " + std::to_string(roots.size()), {}};
    if (order_.root && *order_.root != (roots.empty() ? Cid() : roots[0]))
      return Failure{Fault::invalid_request, "the CAR's root is not the one that the request names", {}};
    if (!roots.empty()) walk_.start(roots[0]);
    return boost::system::in_place_value;
  }

  Status collect(const Cid& cid, BytesView data) {
    batch_.push_back({cid, blocks::BlockData::copy(data)});
    batchBytes_ += data.size() + 128;  // tiny blocks count for what keeping them costs
    return {};
  }

  Task<Outcome<void>> flush() {
    std::vector<blocks::Block> batch = std::exchange(batch_, {});
    batchBytes_ = 0;
    if (auto s = co_await store_.put(batch); !s) co_return failureOf(s.error());
    std::vector<Cid> sent;
    for (blocks::Block& block : batch) {
      sent.push_back(block.cid);
      if (auto s = co_await walk_.take(std::move(block)); !s) co_return s.error();
    }
    done_.blocks += sent.size();
    unmarked_ += sent.size();
    co_await context_.quorum.offer(std::move(sent));
    co_return co_await mark();
  }

  Task<Outcome<void>> mark() {
    if (unmarked_ < kMarkEvery) co_return Outcome<void>();
    auto leaves = walk_.whole();
    if (leaves.empty()) co_return Outcome<void>();
    unmarked_ = 0;
    const auto below = co_await pinning::closure(store_, std::move(leaves), {});
    if (!below) co_return failureOf(below.error());
    if (auto s = co_await store_.sync(); !s) co_return failureOf(s.error());
    store_.markComplete(below->present);
    co_return Outcome<void>();
  }

  Task<Outcome<void>> claimed() {
    const auto claimed = co_await claimName(context_, bucket_);
    if (!claimed && claimed.error().code == Errc::already_exists)
      co_return Failure{Fault::bucket_exists, "the bucket name is taken by another owner", bucket_.name.get()};
    if (!claimed) co_return failureOf(claimed.error());
    co_return Outcome<void>();
  }

  /// Makes the contents those of the bucket, which is made where it is not there. False: it has others.
  Task<Outcome<bool>> adopt(index::Root root) {
    auto adopted = std::make_shared<bool>(), here = std::make_shared<bool>();
    Mutation m;
    m.operations.puts = root.count;
    m.apply = [root, adopted, here, merge = order_.merge,
               name = bucket_.name.get()](Workspace& w) -> Task<std::optional<Failure>> {
      if (!w.exists()) w.create();
      *adopted = *here = w.holds(root);
      if (*here) co_return std::nullopt;
      const auto keys = co_await w.hasKeys();
      if (!keys) co_return failureOf(keys.error());
      *adopted = !*keys;
      if (*adopted) w.adopt(root);
      if (*keys && merge == Merge::refuse)
        co_return Failure{Fault::bucket_not_empty, "the bucket has other objects; nothing was imported", name};
      co_return std::nullopt;
    };
    auto failure = co_await engines_.submit(bucket_, std::move(m));
    if (failure) co_return std::move(*failure);
    if (*adopted) (*here ? done_.same : done_.added) = root.count;
    co_return *adopted;
  }

  struct Item {
    std::string key;
    Entry entry;
  };
  using Page = std::vector<Item>;

  Task<Outcome<void>> merge(index::Root root) {
    index::Cursor cursor(context_.nodes);
    if (auto s = cursor.start(root); !s) co_return failureOf(s.error());
    for (bool more = true; more;) {
      auto page = std::make_shared<Page>();
      const auto read = co_await readPage(cursor, *page);
      if (!read) co_return failureOf(read.error());
      more = *read;
      if (auto s = co_await put(std::move(page)); !s) co_return s.error();
    }
    co_return Outcome<void>();
  }

  /// False at the end.
  Task<Result<bool>> readPage(index::Cursor& cursor, Page& page) {
    for (; page.size() < kPage; cursor.next()) {
      if (auto s = co_await cursor.toItem(); !s) co_return s.error();
      if (cursor.atEnd()) co_return false;
      std::string key(cursor.key());
      const std::uint64_t size = cursor.item().weight;
      const auto value = co_await resolve(context_.nodes, cursor.value());
      if (!value) co_return value.error();
      auto entry = decodeEntry(*value, size);
      if (!entry) co_return entry.error();
      page.push_back({std::move(key), std::move(*entry)});
    }
    co_return true;
  }

  Task<Outcome<void>> put(std::shared_ptr<const Page> page) {
    auto tally = std::make_shared<ImportedBucket>();
    Mutation m;
    m.operations.puts = page->size();
    for (const Item& item : *page) m.keys.push_back(item.key);
    m.apply = [page, tally, replace = order_.merge == Merge::replace,
               name = bucket_.name.get()](Workspace& w) -> Task<std::optional<Failure>> {
      *tally = {};
      if (!w.exists()) co_return Failure{Fault::no_such_bucket, "the bucket was deleted meanwhile", name};
      std::vector<const Item*> puts;  // staged only once all were read: a failure halfway must change nothing
      for (const Item& item : *page) {
        const auto present = co_await w.object(item.key);
        if (!present) co_return failureOf(present.error());
        if (*present && **present == item.entry) {
          ++tally->same;
        } else if (*present && !replace) {
          ++tally->kept;
          if (tally->keptKeys.size() < kMostNamed) tally->keptKeys.push_back(item.key);
        } else {
          ++(*present ? tally->replaced : tally->added);
          puts.push_back(&item);
        }
      }
      for (const Item* item : puts) w.putObject(item->key, item->entry);
      co_return std::nullopt;
    };
    auto failure = co_await engines_.submit(bucket_, std::move(m));
    if (failure) co_return std::move(*failure);
    done_.added += tally->added;
    done_.same += tally->same;
    done_.replaced += tally->replaced;
    done_.kept += tally->kept;
    for (std::string& key : tally->keptKeys)
      if (done_.keptKeys.size() < kMostNamed) done_.keptKeys.push_back(std::move(key));
    co_return Outcome<void>();
  }

  EngineContext& context_;
  blocks::Store& store_;
  Engines& engines_;
  const BucketId bucket_;
  const BucketImportOrder order_;
  ContentsWalk walk_;
  car::Reader reader_{[this](const Cid& cid, BytesView data) { return collect(cid, data); }};
  bool begun_ = false;
  std::vector<blocks::Block> batch_;
  std::size_t batchBytes_ = 0, unmarked_ = 0;
  ImportedBucket done_;
};

}  // namespace

std::unique_ptr<BucketImport> makeBucketImport(EngineContext& context, blocks::Store& store, Engines& engines,
                                               BucketId bucket, BucketImportOrder order) {
  return std::make_unique<Import>(context, store, engines, std::move(bucket), std::move(order));
}

}  // namespace cairn::bucket
