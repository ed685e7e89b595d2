#include "daemon/blocks/embedded/index.h"

#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <cstring>

namespace cairn::blocks::embedded {

namespace {

// The CID without its version and length bytes, which are the same in all: codec, hash function, digest.
constexpr std::size_t keySize = 34;
constexpr std::size_t valueSize = 17;
constexpr std::string_view metaKey("\0meta", 5);  // no codec is 0
constexpr std::size_t metaSize = 53;

using Key = std::array<char, keySize>;

Key keyOf(const Cid& cid) {
  Key key;
  std::memcpy(key.data(), cid.bytes().data() + 1, 2);
  std::memcpy(key.data() + 2, cid.bytes().data() + 4, 32);
  return key;
}

rocksdb::Slice slice(const Key& key) {
  return {key.data(), key.size()};
}

std::optional<Cid> cidOf(const rocksdb::Slice& key) {
  if (key.size() != keySize) return std::nullopt;
  std::array<std::uint8_t, Cid::size> bytes{1, static_cast<std::uint8_t>(key[0]), static_cast<std::uint8_t>(key[1]),
                                            32};
  std::memcpy(bytes.data() + 4, key.data() + 2, 32);
  auto cid = Cid::decode(bytes);
  if (!cid) return std::nullopt;
  return *cid;
}

std::array<char, valueSize> encode(const IndexEntry& entry) {
  std::array<char, valueSize> out;
  std::memcpy(out.data(), &entry.at.segment, 4);
  std::memcpy(out.data() + 4, &entry.at.length, 4);
  std::memcpy(out.data() + 8, &entry.at.offset, 8);
  out[16] = static_cast<char>(entry.mark);
  return out;
}

bool decode(const rocksdb::Slice& in, IndexEntry& out) {
  if (in.size() != valueSize) return false;
  std::memcpy(&out.at.segment, in.data(), 4);
  std::memcpy(&out.at.length, in.data() + 4, 4);
  std::memcpy(&out.at.offset, in.data() + 8, 8);
  out.mark = static_cast<std::uint8_t>(in[16]);
  return true;
}

std::array<char, metaSize> encode(const IndexMeta& meta) {
  std::array<char, metaSize> out;
  std::memcpy(out.data(), &formatVersion, 4);
  std::memcpy(out.data() + 4, meta.store.data(), 16);
  std::memcpy(out.data() + 20, &meta.position.segment, 4);
  std::memcpy(out.data() + 24, &meta.position.offset, 8);
  std::memcpy(out.data() + 32, &meta.blocks, 8);
  std::memcpy(out.data() + 40, &meta.bytes, 8);
  std::memset(out.data() + 48, 0, 4);
  out[52] = static_cast<char>(meta.generation);
  return out;
}

Error failed(const char* what, const rocksdb::Status& status) {
  const Errc code = status.IsNoSpace() ? Errc::no_space : status.IsCorruption() ? Errc::corrupt : Errc::io;
  return fail(code, std::string(what) + " the block index: " + status.ToString());
}

rocksdb::Options optionsFor(std::uint64_t cacheBytes, rocksdb::Env* env) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = rocksdb::NewLRUCache(cacheBytes);
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  rocksdb::Options options;
  if (env != nullptr) options.env = env;
  options.create_if_missing = true;
  options.compression = rocksdb::kNoCompression;  // digests do not compress
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  // Keys are hashes: a small run merged into the one large level would rewrite all of it. Runs are merged with others
  // of their size instead.
  options.compaction_style = rocksdb::kCompactionStyleUniversal;
  options.compaction_options_universal.size_ratio = 20;
  options.write_buffer_size = 24 << 20;
  options.memtable_prefix_bloom_size_ratio = 0.05;  // most look-ups are of blocks that are new
  options.memtable_whole_key_filtering = true;
  options.max_write_buffer_number = 3;
  options.max_background_jobs = 2;
  options.keep_log_file_num = 2;
  options.max_log_file_size = 1 << 20;
  options.info_log_level = rocksdb::WARN_LEVEL;
  options.max_bgerror_resume_count = 0;        // the indexer retries, and does not hold up a close
  options.avoid_flush_during_shutdown = true;  // the store flushes when, and only when, it closes in order
  return options;
}

}  // namespace

Result<std::unique_ptr<Index>> Index::open(const std::string& path, std::uint64_t cacheBytes, rocksdb::Env* env) {
  rocksdb::DB* db = nullptr;
  if (auto status = rocksdb::DB::Open(optionsFor(cacheBytes, env), path, &db); !status.ok()) {
    Error error = failed("open", status);
    // Files of it that are missing are damage, too; a disk that refuses is not.
    if (status.IsInvalidArgument() || status.IsPathNotFound()) error.code = Errc::corrupt;
    return error;
  }
  return std::unique_ptr<Index>(new Index(std::unique_ptr<rocksdb::DB>(db)));
}

void Index::destroy(const std::string& path, rocksdb::Env* env) {
  rocksdb::DestroyDB(path, optionsFor(1 << 20, env));
}

Result<std::optional<IndexMeta>> Index::meta() {
  std::string value;
  auto status = db_->Get({}, rocksdb::Slice(metaKey.data(), metaKey.size()), &value);
  if (status.IsNotFound()) return std::optional<IndexMeta>();
  if (!status.ok()) return failed("read", status);
  std::uint32_t version = 0;
  if (value.size() >= 4) std::memcpy(&version, value.data(), 4);
  if (version > formatVersion)
    return fail(Errc::newer_version, "the block index has format " + std::to_string(version) +
                                         " and was written by a newer Cairn; run that one");
  if (version != formatVersion || value.size() != metaSize)
    return fail(Errc::corrupt, "the block index has a bad header");
  IndexMeta meta;
  std::memcpy(meta.store.data(), value.data() + 4, 16);
  std::memcpy(&meta.position.segment, value.data() + 20, 4);
  std::memcpy(&meta.position.offset, value.data() + 24, 8);
  std::memcpy(&meta.blocks, value.data() + 32, 8);
  std::memcpy(&meta.bytes, value.data() + 40, 8);
  meta.generation = static_cast<std::uint8_t>(value[52]);
  return std::optional<IndexMeta>(meta);
}

Result<bool> Index::find(const Cid& cid, IndexEntry& out) {
  const Key key = keyOf(cid);
  rocksdb::PinnableSlice value;
  auto status = db_->Get({}, db_->DefaultColumnFamily(), slice(key), &value);
  if (status.IsNotFound()) return false;
  if (!status.ok()) return failed("read", status);
  if (!decode(value, out)) return fail(Errc::corrupt, "the block index has a bad entry for " + cid.str());
  return true;
}

Result<std::vector<std::optional<IndexEntry>>> Index::findAll(std::span<const Cid> cids) {
  std::vector<std::optional<IndexEntry>> found(cids.size());
  std::vector<Key> keys;
  std::vector<rocksdb::Slice> slices;
  keys.reserve(cids.size());
  for (const Cid& cid : cids) keys.push_back(keyOf(cid));
  for (const Key& key : keys) slices.push_back(slice(key));
  std::vector<rocksdb::PinnableSlice> values(cids.size());
  std::vector<rocksdb::Status> statuses(cids.size());
  db_->MultiGet({}, db_->DefaultColumnFamily(), cids.size(), slices.data(), values.data(), statuses.data());
  for (std::size_t i = 0; i < cids.size(); ++i) {
    if (statuses[i].IsNotFound()) continue;
    if (!statuses[i].ok()) return failed("read", statuses[i]);
    IndexEntry entry;
    if (!decode(values[i], entry)) return fail(Errc::corrupt, "the block index has a bad entry for " + cids[i].str());
    found[i] = entry;
  }
  return found;
}

Status Index::forEach(const std::function<void(const Cid&, const IndexEntry&)>& visit) {
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  std::unique_ptr<rocksdb::Iterator> it(db_->NewIterator(options));
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    IndexEntry entry;
    if (const auto cid = cidOf(it->key()); cid && decode(it->value(), entry)) visit(*cid, entry);
  }
  if (!it->status().ok()) return failed("read", it->status());
  return {};
}

Status Index::apply(std::span<const IndexWrite> writes, const IndexMeta& meta) {
  rocksdb::WriteBatch batch;
  for (const IndexWrite& write : writes) {
    const Key key = keyOf(write.cid);
    const auto value = encode(write.entry);
    batch.Put(slice(key), rocksdb::Slice(value.data(), value.size()));
  }
  const auto value = encode(meta);
  batch.Put(rocksdb::Slice(metaKey.data(), metaKey.size()), rocksdb::Slice(value.data(), value.size()));
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  if (auto status = db_->Write(options, &batch); !status.ok()) return failed("write", status);
  return {};
}

Status Index::erase(const Cid& cid) {
  const Key key = keyOf(cid);
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  if (auto status = db_->Delete(options, slice(key)); !status.ok()) return failed("write", status);
  return {};
}

Status Index::flush(bool wait) {
  rocksdb::FlushOptions options;
  options.wait = wait;
  options.allow_write_stall = true;
  if (auto status = db_->Flush(options); !status.ok()) return failed("flush", status);
  return {};
}

Status Index::resume() {
  if (auto status = db_->Resume(); !status.ok()) return failed("resume", status);
  return {};
}

std::uint64_t Index::diskBytes() {
  std::uint64_t bytes = 0;
  db_->GetIntProperty(rocksdb::DB::Properties::kTotalSstFilesSize, &bytes);
  return bytes;
}

}  // namespace cairn::blocks::embedded
