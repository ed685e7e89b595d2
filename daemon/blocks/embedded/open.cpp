#include <chrono>

#include "daemon/blocks/embedded/store.h"
#include "daemon/rt/clock.h"
#include "daemon/rt/log.h"

namespace cairn::blocks::embedded {

namespace {

constexpr std::size_t replayBatch = 8192;

struct OpenedIndex {
  std::unique_ptr<Index> index;
  IndexMeta meta;
  bool lost = false;  ///< it knew of more than the segments have
};

/// The index that belongs to these segments, or a new one.
Result<OpenedIndex> openIndex(const EmbeddedOptions& options, rocksdb::Env* env, Segments& segments) {
  const std::string path = options.directory + "/index";
  OpenedIndex out;
  std::string why;
  auto index = Index::open(path, options.cacheBytes, env);
  if (index) {
    auto meta = (*index)->meta();
    if (!meta && meta.error().code != Errc::corrupt) return meta.error();
    if (!meta)
      why = meta.error().message;
    else if (*meta && (*meta)->store != segments.store())
      why = "it belongs to another block store";
    else if (*meta && !segments.reaches((*meta)->position)) {
      why = "it knows of blocks that the segments do not have";
      out.lost = true;
    } else {
      if (*meta) out.meta = **meta;
      out.meta.store = segments.store();
      out.index = std::move(*index);
      return out;
    }
    index->reset();
  } else if (index.error().code == Errc::corrupt) {
    why = index.error().message;
  } else {
    return index.error();
  }
  log::warning("blocks", "the block index is made anew from the segments",
               {{"directory", options.directory}, {"why", why}});
  Index::destroy(path, env);
  index = Index::open(path, options.cacheBytes, env);
  if (!index) return index.error();
  out.meta.store = segments.store();
  out.index = std::move(*index);
  return out;
}

/// Enters `records` into the index, in parts that each stand on their own after a crash.
Status replay(Index& index, IndexMeta& meta, std::vector<FoundRecord> records) {
  for (std::size_t from = 0; from < records.size(); from += replayBatch) {
    const std::span<const FoundRecord> part =
        std::span(records).subspan(from, std::min(replayBatch, records.size() - from));
    std::vector<IndexWrite> writes;
    for (const FoundRecord& record : part) {
      writes.push_back({record.cid, {record.at, 0}});
      ++meta.blocks;
      meta.bytes += record.at.length;
    }
    meta.position = {part.back().at.segment, recordEnd(part.back().at.offset, part.back().at.length)};
    if (auto applied = index.apply(writes, meta); !applied) return applied;
  }
  return {};
}

void report(const EmbeddedOptions& options, const Recovery& recovery) {
  for (const std::string& what : recovery.damaged)
    log::error("blocks",
               "acknowledged blocks are lost from this store; they are fetched from other holders when needed",
               {{"where", what}});
  if (recovery.cutBytes > 0)
    log::info("blocks", "cut off what was not yet synced when the power or the process went",
              {{"directory", options.directory}, {"bytes", recovery.cutBytes}});
}

Result<std::unique_ptr<StoreImpl>> openAs(Segments::Kind kind, EmbeddedOptions options, Seams seams) {
  FileSystem& files = *seams.files;
  if (int error = files.makeDirectory(options.directory))
    return fail(Errc::io, describe("create", options.directory, error));
  auto lock = files.lock(options.directory);
  if (!lock) return lock.error();
  StoreId fresh;
  systemRandom()->fill(fresh);
  auto segments = std::make_unique<Segments>(seams.files, options.directory + "/segments", options.segmentBytes, kind);
  if (auto opened = segments->open(fresh); !opened) return opened.error();
  if (int error = files.syncDirectory(options.directory))
    return fail(Errc::io, describe("sync", options.directory, error));
  auto opened = openIndex(options, seams.indexEnv, *segments);
  if (!opened) return opened.error();
  IndexMeta& meta = opened->meta;
  const auto sink = [&](std::vector<FoundRecord> records) { return replay(*opened->index, meta, std::move(records)); };
  auto recovery = segments->recover(meta.position, sink);
  if (!recovery) return recovery.error();
  if (opened->lost) recovery->damaged.push_back(options.directory + "/segments: an end that the index knew is missing");
  report(options, *recovery);
  if (!recovery->damaged.empty()) {
    // A block may be gone that a complete one reaches.
    meta.generation = generationAfter(meta.generation);
    if (auto applied = opened->index->apply({}, meta); !applied) return applied.error();
  }
  return std::make_unique<StoreImpl>(std::move(options), seams.files, std::move(*lock), std::move(segments),
                                     std::move(opened->index), meta, recovery->damaged.size());
}

}  // namespace

Result<std::unique_ptr<EmbeddedStore>> open(EmbeddedOptions options, Seams seams) {
  auto store = openAs(Segments::Kind::store, std::move(options), std::move(seams));
  if (!store) return store.error();
  return std::unique_ptr<EmbeddedStore>(std::move(*store));
}

Result<std::unique_ptr<Journal>> openJournal(EmbeddedOptions options, Seams seams) {
  auto store = openAs(Segments::Kind::journal, std::move(options), std::move(seams));
  if (!store) return store.error();
  return std::unique_ptr<Journal>(std::move(*store));
}

}  // namespace cairn::blocks::embedded

namespace cairn::blocks {

Result<std::unique_ptr<EmbeddedStore>> openEmbedded(EmbeddedOptions options) {
  return embedded::open(std::move(options), {embedded::systemFiles(), nullptr});
}

}  // namespace cairn::blocks
