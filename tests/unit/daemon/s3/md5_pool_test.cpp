// The MD5 of bodies that are hashed beside one another is that of each alone, and none waits for ever.
#include "daemon/s3/md5_pool.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <random>
#include <thread>

#include "common/digest/digest.h"

namespace cairn::s3 {
namespace {

Bytes randomBytes(std::uint32_t seed, std::size_t size) {
  std::mt19937 random(seed);
  Bytes out(size);
  for (auto& b : out) b = static_cast<std::uint8_t>(random());
  return out;
}

Task<Bytes> hashed(Md5Pool& pool, std::uint32_t seed, std::size_t leaves, std::size_t size = 300'000) {
  Md5Pool::Stream stream(pool);
  for (std::size_t i = 0; i < leaves; ++i)
    co_await stream.add(blocks::BlockData::own(randomBytes(seed + static_cast<std::uint32_t>(i), size + seed)));
  const auto md5 = co_await stream.finish();
  co_return Bytes(md5.begin(), md5.end());
}

Bytes expected(std::uint32_t seed, std::size_t leaves, std::size_t size = 300'000) {
  Digester md5(DigestAlgorithm::md5);
  for (std::size_t i = 0; i < leaves; ++i) md5.update(randomBytes(seed + static_cast<std::uint32_t>(i), size + seed));
  return md5.finish();
}

class Pool : public testing::Test {
 protected:
  void run(int threads) {
    std::vector<std::jthread> workers;
    for (int i = 0; i < threads; ++i) workers.emplace_back([this] { io.run(); });
  }
  /// As a connection does: each on a strand of its own.
  std::future<Bytes> start(std::uint32_t seed, std::size_t leaves, std::size_t size = 300'000) {
    return net::co_spawn(net::make_strand(io), hashed(pool, seed, leaves, size), net::use_future);
  }
  net::io_context io;
  Md5Pool pool;
};

TEST_F(Pool, BodiesOfAllLengthsGetTheirOwnHash) {
  std::vector<std::future<Bytes>> hashes;
  for (std::uint32_t i = 0; i < 40; ++i) hashes.push_back(start(i * 100, i % 7));
  run(4);
  for (std::uint32_t i = 0; i < 40; ++i) EXPECT_EQ(hashes[i].get(), expected(i * 100, i % 7)) << i;
}

TEST_F(Pool, ABodyThatStopsSendingKeepsNobody) {
  auto silent = std::make_unique<Md5Pool::Stream>(pool);
  auto left = [](Md5Pool::Stream& stream) -> Task<void> {
    co_await stream.add(blocks::BlockData::own(Bytes(1000, 1)));
  };
  auto added = net::co_spawn(net::make_strand(io), left(*silent), net::use_future);
  auto hash = start(1, 5);
  run(1);
  added.get();
  EXPECT_EQ(hash.get(), expected(1, 5));
  silent.reset();
}

/// The last of them is one alone, while many streams are open that send nothing.
TEST_F(Pool, ManyWhoWaitAtOnceAllGetTheirTurn) {
  std::vector<std::unique_ptr<Md5Pool::Stream>> silent;
  for (int i = 0; i < 100; ++i) silent.push_back(std::make_unique<Md5Pool::Stream>(pool));
  std::vector<std::future<Bytes>> hashes;
  for (std::uint32_t i = 0; i < 3 * Md5::kLanes + 1; ++i) hashes.push_back(start(i, 1, 10));
  run(1);
  for (std::uint32_t i = 0; i < hashes.size(); ++i) EXPECT_EQ(hashes[i].get(), expected(i, 1, 10)) << i;
}

TEST_F(Pool, ABodyMayBeDroppedInTheMiddle) {
  auto dropped = [](Md5Pool& shared) -> Task<void> {
    Md5Pool::Stream stream(shared);
    co_await stream.add(blocks::BlockData::own(Bytes(1U << 20, 1)));
  };
  std::vector<std::future<void>> gone;
  for (int i = 0; i < 20; ++i) gone.push_back(net::co_spawn(net::make_strand(io), dropped(pool), net::use_future));
  auto hash = start(5, 6);
  run(3);
  for (auto& done : gone) done.get();
  EXPECT_EQ(hash.get(), expected(5, 6));
}

}  // namespace
}  // namespace cairn::s3
