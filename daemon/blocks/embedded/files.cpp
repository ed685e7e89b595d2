#include "daemon/blocks/embedded/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <system_error>

namespace cairn::blocks::embedded {

namespace {

/// Moves `parts` past `done` bytes that the kernel took.
void advance(std::vector<iovec>& parts, std::size_t& first, std::size_t done) {
  while (first < parts.size() && done >= parts[first].iov_len) done -= parts[first++].iov_len;
  if (done == 0) return;
  parts[first].iov_base = static_cast<char*>(parts[first].iov_base) + done;
  parts[first].iov_len -= done;
}

class SystemFile final : public File {
 public:
  explicit SystemFile(int fd) : fd_(fd) {}
  ~SystemFile() override { ::close(fd_); }

  int write(std::span<const iovec> parts, std::uint64_t offset) override {
    std::vector<iovec> left(parts.begin(), parts.end());
    for (std::size_t first = 0; first < left.size();) {
      const int count = static_cast<int>(std::min<std::size_t>(left.size() - first, IOV_MAX));
      const ssize_t n = ::pwritev(fd_, left.data() + first, count, static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return errno;
      offset += static_cast<std::uint64_t>(n);
      advance(left, first, static_cast<std::size_t>(n));
    }
    return 0;
  }

  std::int64_t read(std::span<const iovec> parts, std::uint64_t offset, bool noWait) override {
    if (noWait) {
      const ssize_t n =
          ::preadv2(fd_, parts.data(), static_cast<int>(parts.size()), static_cast<off_t>(offset), RWF_NOWAIT);
      return n < 0 ? (errno == EOPNOTSUPP ? -EAGAIN : -errno) : n;
    }
    std::vector<iovec> left(parts.begin(), parts.end());
    std::int64_t total = 0;
    for (std::size_t first = 0; first < left.size();) {
      const ssize_t n =
          ::preadv(fd_, left.data() + first, static_cast<int>(left.size() - first), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return -errno;
      if (n == 0) break;
      offset += static_cast<std::uint64_t>(n);
      total += n;
      advance(left, first, static_cast<std::size_t>(n));
    }
    return total;
  }

  int sync() override { return ::fdatasync(fd_) == 0 ? 0 : errno; }
  int truncate(std::uint64_t size) override { return ::ftruncate(fd_, static_cast<off_t>(size)) == 0 ? 0 : errno; }

  std::int64_t size() override {
    struct stat info{};
    return ::fstat(fd_, &info) == 0 ? info.st_size : -errno;
  }

 private:
  int fd_;
};

std::string parentOf(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent.string();
}

class FlockedFile final : public DirectoryLock {
 public:
  explicit FlockedFile(int fd) : fd_(fd) {}
  ~FlockedFile() override { ::close(fd_); }

 private:
  int fd_;
};

class SystemFiles final : public FileSystem {
 public:
  int open(const std::string& path, bool create, std::unique_ptr<File>& out) override {
    const int fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC | (create ? O_CREAT | O_TRUNC : 0), 0600);
    if (fd < 0) return errno;
    out = std::make_unique<SystemFile>(fd);
    return 0;
  }

  int makeDirectory(const std::string& path) override {
    if (::mkdir(path.c_str(), 0700) == 0) return syncDirectory(parentOf(path));  // a name is durable with its folder
    if (errno == EEXIST) return 0;
    if (errno != ENOENT) return errno;
    if (int error = makeDirectory(parentOf(path))) return error;
    return makeDirectory(path);
  }

  int list(const std::string& path, std::vector<std::string>& names) override {
    DIR* dir = ::opendir(path.c_str());
    if (dir == nullptr) return errno;
    while (const dirent* entry = ::readdir(dir)) names.emplace_back(entry->d_name);
    ::closedir(dir);
    return 0;
  }

  int rename(const std::string& from, const std::string& to) override {
    return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
  }
  int remove(const std::string& path) override { return ::unlink(path.c_str()) == 0 ? 0 : errno; }

  int syncDirectory(const std::string& path) override {
    const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return errno;
    const int error = ::fsync(fd) == 0 ? 0 : errno;
    ::close(fd);
    return error;
  }

  std::uint64_t freeBytes(const std::string& path) override {
    struct statvfs info{};
    // What cannot be measured must not stop writes: the write itself will say.
    if (::statvfs(path.c_str(), &info) != 0) return std::numeric_limits<std::uint64_t>::max();
    return std::uint64_t{info.f_bavail} * info.f_frsize;
  }

  Result<std::unique_ptr<DirectoryLock>> lock(const std::string& directory) override {
    const std::string path = directory + "/LOCK";
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) return fail(Errc::io, describe("open", path, errno));
    auto held = std::make_unique<FlockedFile>(fd);
    char pid[32] = {};
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      if (error != EWOULDBLOCK) return fail(Errc::io, describe("lock", path, error));
      if (::pread(fd, pid, sizeof pid - 1, 0) <= 0) std::snprintf(pid, sizeof pid, "unknown");
      return fail(Errc::unavailable, "block store " + directory + " is in use by process " + pid +
                                         "; a store belongs to one process: stop that one or name another directory");
    }
    const int length = std::snprintf(pid, sizeof pid, "%d", static_cast<int>(::getpid()));
    if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid, static_cast<std::size_t>(length), 0) != length)
      return fail(Errc::io, describe("write", path, errno));
    return std::unique_ptr<DirectoryLock>(std::move(held));
  }
};

}  // namespace

std::shared_ptr<FileSystem> systemFiles() {
  return std::make_shared<SystemFiles>();
}

std::string describe(const char* what, const std::string& path, int error) {
  return std::string(what) + " " + path + ": " + std::generic_category().message(error);
}

}  // namespace cairn::blocks::embedded
