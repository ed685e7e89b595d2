#include "daemon/app/fsck.h"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <filesystem>

#include "daemon/app/registry.h"
#include "daemon/app/stores.h"
#include "daemon/bucket/index/shape.h"
#include "daemon/bucket/root.h"
#include "daemon/pinning/closure.h"

namespace cairn::app {
namespace {

constexpr std::size_t kNodeCache = 8 << 20;
constexpr std::uint64_t kRowsBack = 16;  // a settling swap repeats the root and names no holders

/// A store that has forgotten what is complete, so that a walk sees every block. With `reads`, it believes that it has
/// a block only when it has read it.
class Unmarked final : public blocks::Store {
 public:
  Unmarked(blocks::Store& store, bool reads) : store_(store), reads_(reads) {}
  Task<Status> put(std::vector<blocks::Block> blocks) override { return store_.put(std::move(blocks)); }
  Task<Status> sync() override { return store_.sync(); }
  Task<Result<blocks::BlockData>> get(Cid cid) override { return store_.get(cid); }
  Task<Result<std::vector<Cid>>> missing(std::vector<Cid> cids) override {
    if (!reads_) co_return co_await store_.missing(std::move(cids));
    std::vector<Cid> absent;
    for (const Cid& cid : cids) {
      auto got = co_await store_.get(cid);
      if (!got && got.error().code != Errc::not_found) co_return got.error();
      if (!got) absent.push_back(cid);
    }
    co_return absent;
  }
  std::vector<bool> complete(std::span<const Cid> cids) override { return std::vector<bool>(cids.size()); }
  void markComplete(std::span<const Cid> cids) override { store_.markComplete(cids); }
  blocks::Stats stats() override { return store_.stats(); }

 private:
  blocks::Store& store_;
  const bool reads_;
};

/// The store alone: what is not here is not fetched.
class Here final : public blocks::Source {
 public:
  explicit Here(blocks::Store& store) : store_(store) {}
  Task<Result<blocks::BlockData>> get(Cid cid) override { return store_.get(cid); }

 private:
  blocks::Store& store_;
};

Task<Status> checkIndexes(blocks::Store& store, bucket::RootBlock root) {
  Here here(store);
  bucket::index::NodeSource nodes(here, kNodeCache);
  if (auto s = co_await bucket::index::checkShape(nodes, root.objects); !s) co_return s;
  co_return co_await bucket::index::checkShape(nodes, root.uploads);
}

Task<Result<std::vector<MasterId>>> holdersOf(registry::Registry& registry, BucketId bucket, Version version,
                                              Cid root) {
  const std::uint64_t from = version.get() > kRowsBack ? version.get() - kRowsBack + 1 : 1;
  auto rows = co_await registry.history(bucket, Version(from), version, kRowsBack);
  if (!rows) co_return rows.error();
  for (auto row = rows->rbegin(); row != rows->rend() && row->root == root; ++row)
    if (!row->holders.empty()) co_return row->holders;
  co_return std::vector<MasterId>{};
}

/// Follows `root`; what is wrong with the blocks themselves becomes the bucket's `why`.
Task<Status> walk(blocks::Store& store, bool reads, Cid root, BucketCheck& out) {
  Unmarked unmarked(store, reads);
  auto reached = co_await pinning::closure(unmarked, std::vector<Cid>(1, root), {});
  if (!reached && reached.error().code != Errc::corrupt && reached.error().code != Errc::unsupported)
    co_return reached.error();
  if (!reached) {
    out.state = BucketState::unreadable;
    out.why = reached.error().message;
    co_return Status{};
  }
  out.present = reached->present.size();
  out.missing = std::move(reached->missing);
  auto block = co_await store.get(root);
  if (!block) co_return block.error().code == Errc::not_found ? Status{} : Status(block.error());
  auto decoded = bucket::decodeRoot(block->view());
  Status sound = decoded ? Status{} : Status(decoded.error());
  if (decoded) out.keys = decoded->objects.count;
  if (decoded && out.missing.empty()) sound = co_await checkIndexes(store, *decoded);
  if (!sound) {
    out.state = BucketState::unreadable;
    out.why = sound.error().message;
  }
  co_return Status{};
}

/// `reads`: no scrub has read the blocks, so the walk must.
Task<Result<BucketCheck>> checkBucket(registry::Registry& registry, blocks::Store& store, bool reads, MasterId self,
                                      registry::BucketRow row) {
  BucketCheck out;
  out.bucket = row.bucket.owner.get() + "/" + row.bucket.name.get();
  out.version = row.row.version;
  if (!row.row.root) {
    out.root = row.row.unreadableRoot;
    out.state = BucketState::unreadable;
    out.why = "the root pointer is no CID that this cairnd reads";
    co_return out;
  }
  out.root = row.row.root->str();
  auto holders = co_await holdersOf(registry, row.bucket, row.row.version, *row.row.root);
  if (!holders) co_return holders.error();
  out.holders = std::move(*holders);
  if (auto walked = co_await walk(store, reads, *row.row.root, out); !walked) co_return walked.error();
  if (out.state == BucketState::unreadable || out.missing.empty()) co_return out;
  const bool promised = std::find(out.holders.begin(), out.holders.end(), self) != out.holders.end();
  // Without any holder on record nobody else is known to have it.
  out.state = promised || out.holders.empty() ? BucketState::lost : BucketState::elsewhere;
  co_return out;
}

Task<Status> checkAll(const Config& config, const BlockStore& blocks, registry::Registry* registry, Findings& out) {
  if (blocks.embedded != nullptr) {
    auto scrubbed = co_await blocks.embedded->scrub();
    if (!scrubbed) co_return scrubbed.error();
    out.blocks = std::move(*scrubbed);
  }
  if (registry) {
    auto rows = co_await registry->list(OwnerId());
    if (!rows) co_return rows.error();
    for (auto& row : *rows) {
      auto checked = co_await checkBucket(*registry, *blocks.store, blocks.embedded == nullptr, MasterId(config.node),
                                          std::move(row));
      if (!checked) co_return checked.error();
      out.buckets.push_back(std::move(*checked));
    }
  }
  if (blocks.embedded != nullptr) out.damage = blocks.embedded->damage();
  co_return Status{};
}

}  // namespace

std::string_view toString(BucketState state) {
  switch (state) {
    case BucketState::whole:
      return "whole";
    case BucketState::elsewhere:
      return "elsewhere";
    case BucketState::lost:
      return "lost";
    case BucketState::unreadable:
      break;
  }
  return "unreadable";
}

bool Findings::good() const {
  // An unreadable stretch stays in its segment after what lay there was stored anew; what is lost in it is counted.
  return damage == 0 && blocks.damagedBlocks == 0 &&
         std::all_of(buckets.begin(), buckets.end(), [](const BucketCheck& b) {
           return b.state == BucketState::whole || b.state == BucketState::elsewhere;
         });
}

Result<Findings> check(const Config& config) {
  // Opening would make what is not there, and find nothing wrong with it.
  std::error_code ignored;
  if (!std::filesystem::is_directory(config.blocksDirectory + "/segments", ignored))
    return fail(Errc::not_found, "there is no block store in " + config.blocksDirectory);
  const bool master = config.profile == "master";
  if (master)
    if (Status there = registryExists(config.registryPath); !there) return there.error();
  net::io_context io(1);  // outlives store and registry, whose threads answer into it
  auto store = openBlocks(config);
  if (!store) return store.error();
  std::unique_ptr<registry::Registry> registry;
  if (master) {
    auto opened = openRegistry(config.registryPath);
    if (!opened) return opened.error();
    registry = std::move(*opened);
  }
  Findings out;
  out.directory = config.blocksDirectory;
  Status status;
  auto go = [&]() -> Task<void> { status = co_await checkAll(config, *store, registry.get(), out); };
  spawn(io.get_executor(), go());
  io.run();
  if (!status) return status.error();
  return out;
}

}  // namespace cairn::app
