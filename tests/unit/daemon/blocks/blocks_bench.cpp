// What the embedded store does in a second on this disk: blocks_bench [directory] [blocks for the start-up test].
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "daemon/blocks/embedded/embedded.h"
#include "tests/unit/daemon/blocks/support.h"

namespace cairn::blocks {
namespace {

using test::wait;
using Time = std::chrono::steady_clock;

double since(Time::time_point start) {
  return std::chrono::duration<double>(Time::now() - start).count();
}

/// Different blocks without the cost of hashing them: the store trusts CIDs.
Block made(std::uint64_t n, std::size_t size, const BlockData& body) {
  Cid::Digest digest;
  std::mt19937_64 random(n);
  for (std::size_t i = 0; i < 4; ++i) {
    const std::uint64_t word = random();
    std::memcpy(digest.data() + 8 * i, &word, 8);
  }
  return {Cid(Codec::raw, HashFunction::sha2_256, digest), body.slice(0, size)};
}

void must(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "failed: %s\n", what);
  std::exit(1);
}

std::unique_ptr<EmbeddedStore> openAt(const std::string& path) {
  EmbeddedOptions options;
  options.directory = path;
  auto store = openEmbedded(options);
  must(bool(store), "open");
  return std::move(*store);
}

void plainFile(const std::string& path) {
  const int fd = ::open(path.c_str(), O_CREAT | O_RDWR | O_TRUNC, 0600);
  const Bytes batch(64 * 4096, 0x5a);
  int n = 0;
  const auto start = Time::now();
  for (; since(start) < 3; ++n) must(::write(fd, batch.data(), batch.size()) > 0 && ::fdatasync(fd) == 0, "write");
  std::printf("plain file: 64 x 4 KiB + fdatasync      %8.0f /s\n", n / since(start));
  ::close(fd);
  ::unlink(path.c_str());
}

Task<Status> batches(Store& store, std::uint64_t from, double seconds, std::size_t count, std::size_t size,
                     const BlockData& body, std::uint64_t& done) {
  const auto start = Time::now();
  while (since(start) < seconds) {
    std::vector<Block> blocks;
    for (std::size_t i = 0; i < count; ++i) blocks.push_back(made(from++, size, body));
    auto put = co_await store.put(std::move(blocks));
    if (!put) co_return put;
    auto synced = co_await store.sync();
    if (!synced) co_return synced;
    ++done;
  }
  co_return Status{};
}

Task<Status> gets(Store& store, std::uint64_t from, std::uint64_t count, std::size_t times) {
  for (std::size_t i = 0; i < times; ++i) {
    auto got = co_await store.get(made(from + i * 7919 % count, 0, BlockData::copy({})).cid);
    if (!got) co_return got.error();
  }
  co_return Status{};
}

void startUp(const std::string& path, std::uint64_t count) {
  const BlockData body = BlockData::make(1024, [](auto out) { std::memset(out.data(), 1, out.size()); });
  const pid_t child = ::fork();
  if (child == 0) {
    auto store = openAt(path);
    for (std::uint64_t n = 0; n < count;) {
      std::vector<Block> blocks;
      for (int i = 0; i < 1000 && n < count; ++i) blocks.push_back(made(n++, 768, body));
      must(bool(wait(store->put(std::move(blocks)))) && bool(wait(store->sync())), "put");
    }
    ::_exit(0);  // as good as a kill: nothing is closed
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  must(status == 0, "fill");
  auto start = Time::now();
  auto store = openAt(path);
  std::printf("open with %llu blocks after a kill   %8.3f s\n", static_cast<unsigned long long>(store->stats().blocks),
              since(start));
  must(store->stats().blocks == count, "all there");
  start = Time::now();
  store.reset();
  std::printf("close                                   %8.3f s\n", since(start));
  start = Time::now();
  store = openAt(path);
  std::printf("open after a clean close                %8.3f s\n", since(start));

  std::vector<Cid> cids;
  for (std::uint64_t n = 0; n < 4000; ++n) cids.push_back(made(n * 97 % count, 0, body).cid);
  store->markComplete(cids);
  start = Time::now();
  for (int i = 0; i < 100; ++i) must(store->complete(cids)[17], "complete");
  std::printf("complete(), known                       %8.3f us each\n", since(start) * 1e6 / 400'000);
  start = Time::now();
  must(bool(wait(gets(*store, 0, count, 100'000))), "get");
  std::printf("get of 768 B of them all                %8.0f /s\n", 100'000 / since(start));
  start = Time::now();
  must(bool(wait(gets(*store, 0, count, 100'000))), "get again");
  std::printf("the same again                          %8.0f /s\n", 100'000 / since(start));
}

}  // namespace
}  // namespace cairn::blocks

int main(int argc, char** argv) {
  using namespace cairn;
  using namespace cairn::blocks;
  const std::string base = std::string(argc > 1 ? argv[1] : "/tmp") + "/blocks-bench-" + std::to_string(::getpid());
  const std::uint64_t many = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'300'000;
  std::filesystem::create_directories(base);
  startUp(base + "/many", many);
  plainFile(base + "/plain");
  const BlockData body = BlockData::make(1 << 20, [](auto out) { std::memset(out.data(), 1, out.size()); });
  {
    auto store = openAt(base + "/store");
    std::uint64_t done = 0;
    auto start = Time::now();
    must(bool(wait(batches(*store, 0, 3, 64, 4096, body, done))), "batches");
    std::printf("put 64 x 4 KiB + sync, 1 caller          %8.0f /s\n", static_cast<double>(done) / since(start));
    plainFile(base + "/plain");
    start = Time::now();
    must(bool(wait(gets(*store, 0, 10'000, 200'000))), "get");
    std::printf("get 4 KiB, 1 caller                      %8.0f /s\n", 200'000 / since(start));
    start = Time::now();
    std::uint64_t big = 0;
    must(bool(wait(batches(*store, 1ULL << 40, 4, 32, 1 << 20, body, big))), "big");
    std::printf("put 1 MiB, a sync per 32                 %8.0f MiB/s\n", static_cast<double>(big * 32) / since(start));
    start = Time::now();
    must(bool(wait(gets(*store, 1ULL << 40, std::min<std::uint64_t>(big * 32, 256), 4096))), "get big");
    std::printf("get 1 MiB, 1 caller                      %8.2f GiB/s\n", 4.0 / since(start));
    net::thread_pool callers(8);
    std::atomic<std::uint64_t> total{0};
    start = Time::now();
    for (int c = 0; c < 8; ++c)
      net::post(callers, [&, c] {
        std::uint64_t mine = 0;
        must(bool(wait(batches(*store, (2ULL + static_cast<std::uint64_t>(c)) << 41, 3, 8, 4096, body, mine))),
             "shared");
        total += mine;
      });
    callers.join();
    std::printf("put 8 x 4 KiB + sync, 8 callers          %8.0f /s\n", static_cast<double>(total) / since(start));
  }
  std::filesystem::remove_all(base);
}
