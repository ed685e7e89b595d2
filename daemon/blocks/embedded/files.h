// The operating system's files, as narrow as the block store needs them, so that tests can put faults underneath.
//
// Contract: calls block; any thread, except that one File is written and truncated by one thread at a time. Failures
// are errno values, because what to do about ENOSPC and EIO differs and is decided above. A file's bytes are durable
// after its sync() succeeded, its name after syncDirectory() of its folder; nothing else is promised, in no order.
#pragma once

#include <sys/uio.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace cairn::blocks::embedded {

class File {
 public:
  virtual ~File() = default;
  /// Writes all of `parts` one after another at `offset`; 0 or an errno, after which any part may have been written.
  virtual int write(std::span<const iovec> parts, std::uint64_t offset) = 0;
  /// Fills `parts` from `offset`: the bytes read (fewer at the end of the file), or -errno. With `noWait` only what is
  /// in memory is read, which may be fewer bytes or -EAGAIN.
  virtual std::int64_t read(std::span<const iovec> parts, std::uint64_t offset, bool noWait) = 0;
  virtual int sync() = 0;
  virtual int truncate(std::uint64_t size) = 0;
  /// Bytes, or -errno.
  virtual std::int64_t size() = 0;
};

/// Held until destroyed.
class DirectoryLock {
 public:
  virtual ~DirectoryLock() = default;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual int open(const std::string& path, bool create, std::unique_ptr<File>& out) = 0;
  virtual int makeDirectory(const std::string& path) = 0;  ///< with its parents; 0 when it exists
  virtual int list(const std::string& path, std::vector<std::string>& names) = 0;
  virtual int rename(const std::string& from, const std::string& to) = 0;
  virtual int remove(const std::string& path) = 0;
  virtual int syncDirectory(const std::string& path) = 0;
  virtual std::uint64_t freeBytes(const std::string& path) = 0;
  virtual Result<std::unique_ptr<DirectoryLock>> lock(const std::string& directory) = 0;
};

std::shared_ptr<FileSystem> systemFiles();

/// "write /a/b: No space left on device"
std::string describe(const char* what, const std::string& path, int error);

}  // namespace cairn::blocks::embedded
