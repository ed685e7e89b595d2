// A store over a model of kubo, and waits for what goes on behind it.
//
// Contract: one test at a time; open() opens the store anew over the same journal and the same model.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/blocks/kubo/store.h"
#include "tests/unit/daemon/blocks/kubo_model.h"
#include "tests/unit/daemon/blocks/support.h"

namespace cairn::blocks::test {

inline void pause(std::chrono::milliseconds time) {
  net::io_context io;
  net::steady_timer(io, time).wait();
}

class KuboStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    options_.directory = dir_.path();
    options_.reserveBytes = 0;
    options_.journalBytes = 1 << 20;
    options_.patience = std::chrono::milliseconds(200);
    options_.carryEvery = std::chrono::milliseconds(1);
    options_.releaseEvery = std::chrono::milliseconds(1);
    options_.pinEvery = std::chrono::milliseconds(1);
  }
  Result<std::unique_ptr<KuboStore>> tryOpen() {
    store_.reset();
    return kubo::open(options_,
                      {{embedded::systemFiles(), nullptr}, [this](net::io_context&) { return kubo_.node(); }});
  }
  void open() {
    auto opened = tryOpen();
    ASSERT_TRUE(opened) << opened.error().message;
    store_ = std::move(*opened);
  }
  void putDurably(const std::vector<Block>& blocks) {
    auto status = wait(store_->putDurably(blocks));
    ASSERT_TRUE(status) << status.error().message;
  }
  /// Waits for what the carrier does in its own time.
  template <class Condition>
  void until(Condition condition) {
    for (int i = 0; i < 60'000 && !condition(); ++i) pause(std::chrono::milliseconds(1));
    ASSERT_TRUE(condition());
  }
  std::uintmax_t segmentBytes() const {
    std::uintmax_t bytes = 0;
    for (const auto& file : std::filesystem::directory_iterator(dir_.path() + "/segments")) {
      std::error_code gone;
      const auto size = std::filesystem::file_size(file.path(), gone);
      if (!gone) bytes += size;
    }
    return bytes;
  }
  /// Until the journal's segments have nothing more in them. A file that is gone is still read until the store has let
  /// go of it, so the store is asked as well: it knew of the blocks before it carried them.
  void untilReleased() {
    until([this] { return segmentBytes() <= 4096 && store_->kubo().journalBytes == 0; });
  }
  void expectHas(const Block& expected) {
    auto got = wait(store_->get(expected.cid));
    ASSERT_TRUE(got) << got.error().message;
    EXPECT_TRUE(std::ranges::equal(got->view(), expected.data.view()));
  }
  Error getError(const Cid& cid) {
    auto got = wait(store_->get(cid));
    return got ? fail(Errc::internal, "it is there") : got.error();
  }
  std::vector<Cid> missing(std::vector<Cid> cids) { return *wait(store_->missing(std::move(cids))); }

  TemporaryDirectory dir_;
  KuboModel kubo_;
  KuboOptions options_;
  std::unique_ptr<KuboStore> store_;
  std::mt19937_64 dice_{1};
};

inline std::vector<Block> someBlocks(std::uint64_t from, std::size_t count, std::size_t size) {
  std::vector<Block> out;
  for (std::uint64_t i = 0; i < count; ++i) out.push_back(block(from + i, size + i));
  return out;
}

}  // namespace cairn::blocks::test
