#include "tests/unit/daemon/blocks/power_files.h"

#include <rocksdb/file_system.h>
#include <rocksdb/system_clock.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace cairn::blocks::test {

namespace {

constexpr std::uint64_t sector = 512;

class PowerFile final : public embedded::File {
 public:
  PowerFile(PowerFiles& power, std::shared_ptr<PowerFiles::Inode> inode) : power_(power), inode_(std::move(inode)) {}

  int write(std::span<const iovec> parts, std::uint64_t offset) override {
    std::lock_guard lock(power_.mutex);
    if (power_.off()) return EIO;
    const int error = power_.begin(Operation::write);
    Bytes bytes;
    for (const iovec& part : parts) append(bytes, {static_cast<const std::uint8_t*>(part.iov_base), part.iov_len});
    // What was under way when the power went, or the disk filled, may have arrived in part.
    if (error != 0 && error != EIO) bytes.resize(bytes.size() / 2);
    Bytes& current = inode_->current;
    if (current.size() < offset + bytes.size()) current.resize(offset + bytes.size());
    std::copy(bytes.begin(), bytes.end(), current.begin() + static_cast<std::ptrdiff_t>(offset));
    for (std::uint64_t s = offset / sector; s * sector < offset + bytes.size(); ++s) inode_->touched.insert(s);
    return error;
  }

  std::int64_t read(std::span<const iovec> parts, std::uint64_t offset, bool) override {
    std::lock_guard lock(power_.mutex);
    std::int64_t total = 0;
    for (const iovec& part : parts) {
      if (offset >= inode_->current.size()) break;
      const std::uint64_t n = std::min<std::uint64_t>(part.iov_len, inode_->current.size() - offset);
      std::memcpy(part.iov_base, inode_->current.data() + offset, n);
      offset += n;
      total += static_cast<std::int64_t>(n);
    }
    return total;
  }

  int sync() override {
    std::lock_guard lock(power_.mutex);
    if (int error = power_.begin(Operation::sync)) return error;
    inode_->durable = inode_->current;
    inode_->touched.clear();
    return 0;
  }

  int truncate(std::uint64_t size) override {
    std::lock_guard lock(power_.mutex);
    if (int error = power_.begin(Operation::truncate)) return error;
    inode_->current.resize(size);
    std::erase_if(inode_->touched, [size](std::uint64_t s) { return s * sector >= size; });
    return 0;
  }

  std::int64_t size() override {
    std::lock_guard lock(power_.mutex);
    return static_cast<std::int64_t>(inode_->current.size());
  }

 private:
  PowerFiles& power_;
  std::shared_ptr<PowerFiles::Inode> inode_;
};

void restoreInode(PowerFiles::Inode& inode, std::mt19937_64& dice) {
  const std::uint64_t style = dice() % 4;  // nothing arrived, all of it, some sectors whole, anything
  Bytes found = inode.durable;
  if (style != 0 && !(style > 1 && dice() % 4 == 0)) found.resize(inode.current.size());
  for (const std::uint64_t s : inode.touched) {
    const std::uint64_t from = s * sector, to = std::min<std::uint64_t>(from + sector, found.size());
    if (style == 0 || from >= to) continue;
    const std::uint64_t fate = style == 1 ? 0 : dice() % (style == 2 ? 2 : 4);
    for (std::uint64_t i = from; i < to; ++i) {
      if (fate == 0 && i < inode.current.size()) found[i] = inode.current[i];
      if (fate == 2) found[i] = 0;
      if (fate == 3) found[i] = static_cast<std::uint8_t>(dice());
    }
  }
  inode.current = inode.durable = found;
  inode.touched.clear();
}

}  // namespace

int PowerFiles::begin(Operation operation) {
  if (off_) return EIO;
  if (failure)
    if (int error = failure(operation)) return error;
  if (left_ != UINT64_MAX && left_-- == 0) {
    off_ = true;
    return EIO;
  }
  return 0;
}

void PowerFiles::cutAfter(std::uint64_t operations) {
  std::lock_guard lock(mutex);
  left_ = operations;
}

int PowerFiles::open(const std::string& path, bool create, std::unique_ptr<embedded::File>& out) {
  std::lock_guard lock(mutex);
  auto it = names_.find(path);
  if (create) {
    if (int error = begin(Operation::create)) return error;
    it = names_.insert_or_assign(path, std::make_shared<Inode>()).first;
  }
  if (it == names_.end()) return ENOENT;
  out = std::make_unique<PowerFile>(*this, it->second);
  return 0;
}

int PowerFiles::list(const std::string& path, std::vector<std::string>& names) {
  std::lock_guard lock(mutex);
  for (const auto& [name, inode] : names_)
    if (name.starts_with(path + "/")) names.push_back(name.substr(path.size() + 1));
  return 0;
}

int PowerFiles::rename(const std::string& from, const std::string& to) {
  std::lock_guard lock(mutex);
  if (int error = begin(Operation::rename)) return error;
  const auto it = names_.find(from);
  if (it == names_.end()) return ENOENT;
  names_[to] = it->second;
  names_.erase(from);
  return 0;
}

int PowerFiles::remove(const std::string& path) {
  std::lock_guard lock(mutex);
  if (int error = begin(Operation::remove)) return error;
  return names_.erase(path) != 0 ? 0 : ENOENT;
}

int PowerFiles::syncDirectory(const std::string& path) {
  std::lock_guard lock(mutex);
  if (int error = begin(Operation::syncDirectory)) return error;
  durableNames_ = names_;
  return 0;
}

Result<std::unique_ptr<embedded::DirectoryLock>> PowerFiles::lock(const std::string&) {
  return std::make_unique<embedded::DirectoryLock>();
}

void PowerFiles::restore(std::mt19937_64& dice) {
  std::lock_guard lock(mutex);
  if (dice() % 2 == 0) names_ = durableNames_;
  for (auto& [name, inode] : names_) restoreInode(*inode, dice);
  durableNames_ = names_;
  left_ = UINT64_MAX;
  off_ = false;
}

/// Counts what of each file RocksDB has synced.
class PowerEnv::Files final : public rocksdb::FileSystemWrapper {
 public:
  Files(std::shared_ptr<rocksdb::FileSystem> base, PowerFiles& power)
      : FileSystemWrapper(std::move(base)), power_(power) {}
  const char* Name() const override { return "PowerEnv"; }

  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* out,
                                    rocksdb::IODebugContext* debug) override {
    if (power_.off()) return rocksdb::IOStatus::IOError("power is off");
    auto status = target()->NewWritableFile(path, options, out, debug);
    if (!status.ok()) return status;
    auto synced = std::make_shared<std::uint64_t>(0);
    {
      std::lock_guard lock(mutex_);
      synced_[path] = synced;
    }
    *out = std::make_unique<Writable>(std::move(*out), std::move(synced), power_);
    return status;
  }

  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    if (power_.off()) return rocksdb::IOStatus::IOError("power is off");
    std::lock_guard lock(mutex_);
    if (auto it = synced_.find(from); it != synced_.end()) {
      synced_[to] = it->second;
      synced_.erase(from);
    }
    return target()->RenameFile(from, to, options, debug);
  }

  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override {
    if (power_.off()) return rocksdb::IOStatus::IOError("power is off");
    std::lock_guard lock(mutex_);
    synced_.erase(path);
    return target()->DeleteFile(path, options, debug);
  }

  void restore(std::mt19937_64& dice) {
    std::lock_guard lock(mutex_);
    for (const auto& [path, synced] : synced_) {
      std::uint64_t size = 0;
      if (!target()->GetFileSize(path, {}, &size, nullptr).ok() || size <= *synced) continue;
      const std::uint64_t keep = *synced + dice() % (size - *synced + 1);
      target()->Truncate(path, keep, {}, nullptr);
    }
    synced_.clear();
  }

 private:
  class Writable final : public rocksdb::FSWritableFileOwnerWrapper {
   public:
    Writable(std::unique_ptr<rocksdb::FSWritableFile> file, std::shared_ptr<std::uint64_t> synced, PowerFiles& power)
        : FSWritableFileOwnerWrapper(std::move(file)), synced_(std::move(synced)), power_(power) {}

    using FSWritableFileOwnerWrapper::Append;
    rocksdb::IOStatus Append(const rocksdb::Slice& data, const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override {
      if (power_.off()) return rocksdb::IOStatus::IOError("power is off");
      written_ += data.size();
      return FSWritableFileOwnerWrapper::Append(data, options, debug);
    }
    rocksdb::IOStatus Sync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
      if (power_.off()) return rocksdb::IOStatus::IOError("power is off");
      *synced_ = written_;
      return FSWritableFileOwnerWrapper::Sync(options, debug);
    }
    rocksdb::IOStatus Fsync(const rocksdb::IOOptions& options, rocksdb::IODebugContext* debug) override {
      return Sync(options, debug);
    }

   private:
    std::shared_ptr<std::uint64_t> synced_;
    std::uint64_t written_ = 0;
    PowerFiles& power_;
  };

  PowerFiles& power_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<std::uint64_t>> synced_;
};

/// After a failed flush RocksDB rests for a second; a thousand cuts would take an hour.
class RestlessClock final : public rocksdb::SystemClockWrapper {
 public:
  using SystemClockWrapper::SystemClockWrapper;
  const char* Name() const override { return "RestlessClock"; }
  void SleepForMicroseconds(int) override {}
};

class PowerEnv::Environment final : public rocksdb::EnvWrapper {
 public:
  Environment(rocksdb::Env* base, std::shared_ptr<rocksdb::FileSystem> files) : EnvWrapper(base) {
    file_system_ = std::move(files);
    system_clock_ = std::make_shared<RestlessClock>(base->GetSystemClock());
  }
  const char* Name() const override { return "PowerEnv"; }
};

PowerEnv::PowerEnv(PowerFiles& power)
    : memory_(rocksdb::NewMemEnv(rocksdb::Env::Default())),
      files_(std::make_shared<Files>(memory_->GetFileSystem(), power)),
      env_(std::make_unique<Environment>(memory_.get(), files_)) {}

PowerEnv::~PowerEnv() = default;

void PowerEnv::restore(std::mt19937_64& dice) {
  files_->restore(dice);
}

void PowerEnv::wipe() {
  std::vector<std::string> names;
  const std::string folder = "/store/index";
  if (!memory_->GetChildren(folder, &names).ok()) return;
  for (const std::string& name : names) memory_->DeleteFile(folder + "/" + name);
}

}  // namespace cairn::blocks::test
