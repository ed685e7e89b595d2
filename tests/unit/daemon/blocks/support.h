// What the tests of the block store share: a folder that goes away, a way to wait for a coroutine, made-up blocks.
//
// Contract: wait() runs a task on threads that all tests share, and blocks the caller; any thread. TemporaryDirectory
// removes itself and all in it. block(n, size) is the same for the same arguments. put(), sync() and openStore()
// expect success.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>

#include "daemon/blocks/embedded/embedded.h"

namespace cairn::blocks::test {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    const char* base = std::getenv("TMPDIR");
    std::string pattern = std::string(base != nullptr ? base : "/tmp") + "/cairn-blocks-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// The threads outlive every store: one that wakes a coroutine may still be inside its executor when that has gone on.
template <class T>
T wait(Task<T> task) {
  static net::thread_pool threads(2);
  return net::co_spawn(threads, std::move(task), net::use_future).get();
}

inline Block block(std::uint64_t n, std::size_t size) {
  std::mt19937_64 random(n);
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; i += 8) {
    const std::uint64_t word = random();
    std::memcpy(bytes.data() + i, &word, std::min<std::size_t>(8, size - i));
  }
  const Cid cid = Cid::of(Codec::raw, bytes);
  return {cid, BlockData::own(std::move(bytes))};
}

inline EmbeddedOptions options(const std::string& directory) {
  EmbeddedOptions out;
  out.directory = directory;
  out.reserveBytes = 0;
  return out;
}

inline std::unique_ptr<EmbeddedStore> openStore(const EmbeddedOptions& with) {
  auto store = openEmbedded(with);
  EXPECT_TRUE(store) << store.error().message;
  return std::move(*store);
}

inline void put(Store& store, std::vector<Block> blocks) {
  auto status = wait(store.put(std::move(blocks)));
  ASSERT_TRUE(status) << status.error().message;
}

inline void sync(Store& store) {
  auto status = wait(store.sync());
  ASSERT_TRUE(status) << status.error().message;
}

}  // namespace cairn::blocks::test
