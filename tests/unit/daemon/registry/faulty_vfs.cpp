#include "tests/unit/daemon/registry/faulty_vfs.h"

#include <mutex>

namespace cairn::registry::testing {
namespace {

sqlite3_vfs* system() {
  static sqlite3_vfs* found = sqlite3_vfs_find(nullptr);
  return found;
}

// The system's file stays as it is but for its method table, of which two entries go through here. All log files have
// the same table, so it is learnt from the first.
std::once_flag learnt;
const sqlite3_io_methods* original = nullptr;
sqlite3_io_methods patched;

int writeLog(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  if (FaultyVfs::full) return SQLITE_FULL;
  return original->xWrite(file, data, size, offset);
}

int syncLog(sqlite3_file* file, int flags) {
  if (FaultyVfs::failSyncs > 0) {
    --FaultyVfs::failSyncs;
    return SQLITE_IOERR_FSYNC;
  }
  return original->xSync(file, flags);
}

int openFile(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* outFlags) {
  int rc = system()->xOpen(system(), name, file, flags, outFlags);
  if (rc != SQLITE_OK || (flags & SQLITE_OPEN_WAL) == 0) return rc;
  std::call_once(learnt, [&] {
    original = file->pMethods;
    patched = *original;
    patched.xWrite = writeLog;
    patched.xSync = syncLog;
  });
  file->pMethods = &patched;
  return rc;
}

}  // namespace

FaultyVfs::FaultyVfs() : vfs_(*system()) {
  failSyncs = 0;
  full = false;
  vfs_.zName = name();
  vfs_.xOpen = openFile;
  sqlite3_vfs_register(&vfs_, 0);
}

FaultyVfs::~FaultyVfs() {
  sqlite3_vfs_unregister(&vfs_);
}

}  // namespace cairn::registry::testing
