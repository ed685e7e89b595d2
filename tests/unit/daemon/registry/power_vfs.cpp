#include "tests/unit/daemon/registry/power_vfs.h"

#include <algorithm>
#include <mutex>
#include <vector>

namespace cairn::registry::testing {
namespace {

constexpr std::size_t kSector = 512;

struct Change {
  std::uint64_t offset = 0;
  Bytes data;
  bool truncation = false;  ///< to `offset`
};

struct Disk {
  Bytes durable;
  std::vector<Change> since;
};

std::mutex mutex;
std::map<std::string, Disk> disks;
std::map<sqlite3_file*, std::string> names;
std::function<void()> onChange;

sqlite3_vfs* system() {
  static sqlite3_vfs* found = sqlite3_vfs_find(nullptr);
  return found;
}

/// The system's methods with ours in front. A database and a log have different tables.
struct Methods {
  const sqlite3_io_methods* original = nullptr;
  sqlite3_io_methods ours{};
};
Methods ofDatabase, ofLog;

const sqlite3_io_methods& original(sqlite3_file* file) {
  return file->pMethods == &ofLog.ours ? *ofLog.original : *ofDatabase.original;
}

void write(Bytes& to, std::uint64_t offset, BytesView data) {
  if (to.size() < offset + data.size()) to.resize(offset + data.size());
  std::copy(data.begin(), data.end(), to.begin() + static_cast<std::ptrdiff_t>(offset));
}

void apply(Bytes& to, const Change& change) {
  if (change.truncation)
    to.resize(std::min<std::uint64_t>(to.size(), change.offset));
  else
    write(to, change.offset, change.data);
}

int writeFile(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  std::lock_guard lock(mutex);
  onChange();
  const auto* from = static_cast<const std::uint8_t*>(data);
  disks[names.at(file)].since.push_back({static_cast<std::uint64_t>(offset), Bytes(from, from + size)});
  return original(file).xWrite(file, data, size, offset);
}

int truncateFile(sqlite3_file* file, sqlite3_int64 size) {
  std::lock_guard lock(mutex);
  onChange();
  disks[names.at(file)].since.push_back({static_cast<std::uint64_t>(size), {}, true});
  return original(file).xTruncate(file, size);
}

int syncFile(sqlite3_file* file, int) {
  std::lock_guard lock(mutex);
  onChange();
  Disk& disk = disks[names.at(file)];
  for (const Change& change : disk.since) apply(disk.durable, change);
  disk.since.clear();
  return SQLITE_OK;
}

int closeFile(sqlite3_file* file) {
  int rc = original(file).xClose(file);
  std::lock_guard lock(mutex);
  names.erase(file);
  return rc;
}

int openFile(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* outFlags) {
  int rc = system()->xOpen(system(), name, file, flags, outFlags);
  if (rc != SQLITE_OK || (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)) == 0) return rc;
  std::lock_guard lock(mutex);
  Methods& methods = (flags & SQLITE_OPEN_WAL) != 0 ? ofLog : ofDatabase;
  if (methods.original == nullptr) {
    methods.original = file->pMethods;
    methods.ours = *file->pMethods;
    methods.ours.xWrite = writeFile;
    methods.ours.xTruncate = truncateFile;
    methods.ours.xSync = syncFile;
    methods.ours.xClose = closeFile;
  }
  names[file] = name;
  file->pMethods = &methods.ours;
  return rc;
}

}  // namespace

PowerVfs::PowerVfs(std::function<void()> onWrite) : vfs_(*system()) {
  disks.clear();
  onChange = std::move(onWrite);
  vfs_.zName = name();
  vfs_.xOpen = openFile;
  sqlite3_vfs_register(&vfs_, 0);
}

PowerVfs::~PowerVfs() {
  sqlite3_vfs_unregister(&vfs_);
}

std::map<std::string, Bytes> PowerVfs::cut(std::mt19937_64& dice) {
  std::map<std::string, Bytes> out;
  for (const auto& [name, disk] : disks) {
    Bytes& left = out[name] = disk.durable;
    const std::uint64_t kept = dice() % 5;  // in four: none, some, all
    for (const Change& change : disk.since) {
      if (change.truncation) {
        if (dice() % 4 < kept) apply(left, change);
        continue;
      }
      for (std::size_t at = 0; at < change.data.size();) {
        const std::uint64_t where = change.offset + at;
        const std::size_t n = std::min<std::size_t>(kSector - where % kSector, change.data.size() - at);
        if (dice() % 4 < kept) write(left, where, BytesView(change.data).subspan(at, n));
        at += n;
      }
    }
  }
  return out;
}

}  // namespace cairn::registry::testing
