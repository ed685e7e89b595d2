// The embedded store on real files: what it keeps, what it refuses, and what damage does to it.
#include "daemon/blocks/embedded/embedded.h"

#include <gtest/gtest.h>

#include <fstream>

#include "daemon/blocks/embedded/record.h"
#include "tests/unit/daemon/blocks/support.h"

namespace cairn::blocks {
namespace {

using test::block;
using test::openStore;
using test::options;
using test::put;
using test::sync;
using test::wait;

void expectHas(Store& store, const Block& expected) {
  auto got = wait(store.get(expected.cid));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_TRUE(std::ranges::equal(got->view(), expected.data.view()));
}

/// Flips a bit at `offset` of the first segment.
void damage(const std::string& directory, std::uint64_t offset) {
  std::fstream file(directory + "/segments/0000000001.seg", std::ios::in | std::ios::out | std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  const char old = static_cast<char>(file.get());
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(static_cast<char>(old ^ 0x10));
}

TEST(EmbeddedStore, KeepsBlocksOfAllSizesOverARestart) {
  test::TemporaryDirectory dir;
  std::vector<Block> blocks;
  for (std::size_t size : {0UL, 1UL, 7UL, 8UL, 63UL, 64UL, 4096UL, 4097UL, 1UL << 20, (1UL << 20) + 1, 5UL << 20})
    blocks.push_back(block(size, size));
  {
    auto store = openStore(options(dir.path()));
    put(*store, blocks);
    for (const Block& b : blocks) expectHas(*store, b);
    sync(*store);
    EXPECT_EQ(store->stats().blocks, blocks.size());
  }
  auto store = openStore(options(dir.path()));
  for (const Block& b : blocks) expectHas(*store, b);
  EXPECT_EQ(store->stats().blocks, blocks.size());
  EXPECT_EQ(store->damage(), 0U);
}

TEST(EmbeddedStore, StoresABlockOnce) {
  test::TemporaryDirectory dir;
  auto store = openStore(options(dir.path()));
  const Block b = block(1, 1000);
  put(*store, {b, b});
  put(*store, {b});
  sync(*store);
  put(*store, {b});
  EXPECT_EQ(store->stats().blocks, 1U);
  EXPECT_EQ(store->stats().bytes, 1000U);
}

TEST(EmbeddedStore, SaysWhatIsMissingInOrder) {
  test::TemporaryDirectory dir;
  auto store = openStore(options(dir.path()));
  const Block a = block(1, 10), b = block(2, 10), c = block(3, 10);
  put(*store, {b});
  auto missing = wait(store->missing({a.cid, b.cid, c.cid}));
  ASSERT_TRUE(missing);
  EXPECT_EQ(*missing, (std::vector<Cid>{a.cid, c.cid}));
  EXPECT_EQ(wait(store->get(a.cid)).error().code, Errc::not_found);
}

TEST(EmbeddedStore, TellsCodecsApart) {
  test::TemporaryDirectory dir;
  auto store = openStore(options(dir.path()));
  const Bytes bytes{0xa0};
  const Cid raw = Cid::of(Codec::raw, bytes), cbor = Cid::of(Codec::dag_cbor, bytes);
  put(*store, {{raw, BlockData::copy(bytes)}});
  EXPECT_EQ(wait(store->get(cbor)).error().code, Errc::not_found);
  put(*store, {{cbor, BlockData::copy(bytes)}});
  sync(*store);
  store->markComplete(std::vector{raw});
  EXPECT_EQ(store->complete(std::vector{raw, cbor}), (std::vector<bool>{true, false}));
}

TEST(EmbeddedStore, RollsSegmentsAndReadsFromAll) {
  test::TemporaryDirectory dir;
  EmbeddedOptions small = options(dir.path());
  small.segmentBytes = 64 << 10;
  std::vector<Block> blocks;
  for (std::uint64_t i = 0; i < 100; ++i) blocks.push_back(block(i, 5000));
  {
    auto store = openStore(small);
    for (const Block& b : blocks) put(*store, {b});
    sync(*store);
  }
  auto store = openStore(small);
  for (const Block& b : blocks) expectHas(*store, b);
  EXPECT_TRUE(std::filesystem::exists(dir.path() + "/segments/0000000008.seg"));
}

TEST(EmbeddedStore, RefusesASecondProcess) {
  test::TemporaryDirectory dir;
  auto store = openStore(options(dir.path()));
  auto second = openEmbedded(options(dir.path()));
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::unavailable);
  EXPECT_NE(second.error().message.find("process " + std::to_string(::getpid())), std::string::npos);
}

TEST(EmbeddedStore, RebuildsALostOrBrokenIndex) {
  test::TemporaryDirectory dir;
  std::vector<Block> blocks;
  for (std::uint64_t i = 0; i < 300; ++i) blocks.push_back(block(i, 700));
  {
    auto store = openStore(options(dir.path()));
    put(*store, blocks);
    sync(*store);
  }
  std::filesystem::remove_all(dir.path() + "/index");
  {
    auto store = openStore(options(dir.path()));
    for (const Block& b : blocks) expectHas(*store, b);
    EXPECT_EQ(store->stats().blocks, 300U);
    EXPECT_EQ(store->damage(), 0U);
  }
  for (const auto& file : std::filesystem::directory_iterator(dir.path() + "/index"))
    if (file.path().filename().string().starts_with("MANIFEST")) std::ofstream(file.path()) << "nonsense";
  auto store = openStore(options(dir.path()));
  for (const Block& b : blocks) expectHas(*store, b);
}

TEST(EmbeddedStore, ReportsADamagedBlockForgetsMarksAndTakesItAnew) {
  test::TemporaryDirectory dir;
  const Block a = block(1, 5000), b = block(2, 5000);
  {
    auto store = openStore(options(dir.path()));
    put(*store, {a});
    sync(*store);
    put(*store, {b});
    sync(*store);
    store->markComplete(std::vector{a.cid, b.cid});
  }
  damage(dir.path(), 4096 + 64 + 100);
  auto store = openStore(options(dir.path()));
  expectHas(*store, b);
  EXPECT_EQ(wait(store->get(a.cid)).error().code, Errc::corrupt);
  EXPECT_EQ(store->complete(std::vector{a.cid, b.cid}), (std::vector<bool>{false, false}));
  EXPECT_EQ(*wait(store->missing({a.cid, b.cid})), std::vector{a.cid});
  put(*store, {a});
  sync(*store);
  expectHas(*store, a);
  store.reset();
  store = openStore(options(dir.path()));
  expectHas(*store, a);
  EXPECT_EQ(store->complete(std::vector{b.cid}), std::vector<bool>{false});
}

TEST(EmbeddedStore, ReportsABadRecordBeforeGoodOnesAsDamage) {
  test::TemporaryDirectory dir;
  const Block a = block(1, 5000), b = block(2, 5000), c = block(3, 5000);
  {
    auto store = openStore(options(dir.path()));
    for (const Block& each : {a, b, c}) {
      put(*store, {each});
      sync(*store);
    }
  }
  std::filesystem::remove_all(dir.path() + "/index");
  damage(dir.path(), 4096 + 8192 + 4);  // the header of b
  auto store = openStore(options(dir.path()));
  EXPECT_EQ(store->damage(), 1U);
  expectHas(*store, a);
  expectHas(*store, c);
  EXPECT_EQ(wait(store->get(b.cid)).error().code, Errc::not_found);
}

TEST(EmbeddedStore, CutsATornTailOffAndGoesOn) {
  test::TemporaryDirectory dir;
  const Block a = block(1, 5000), b = block(2, 5000), c = block(3, 5000);
  {
    auto store = openStore(options(dir.path()));
    put(*store, {a});
    sync(*store);
    put(*store, {b});
    sync(*store);
  }
  std::filesystem::remove_all(dir.path() + "/index");
  const std::string segment = dir.path() + "/segments/0000000001.seg";
  std::filesystem::resize_file(segment, std::filesystem::file_size(segment) - 100);
  auto store = openStore(options(dir.path()));
  EXPECT_EQ(store->damage(), 0U);
  expectHas(*store, a);
  EXPECT_EQ(wait(store->get(b.cid)).error().code, Errc::not_found);
  put(*store, {c});
  sync(*store);
  store.reset();
  store = openStore(options(dir.path()));
  expectHas(*store, a);
  expectHas(*store, c);
  EXPECT_EQ(store->damage(), 0U);
}

TEST(EmbeddedStore, ScrubFindsWhatIsDamagedOnDisk) {
  test::TemporaryDirectory dir;
  std::vector<Block> blocks;
  for (std::uint64_t i = 0; i < 50; ++i) blocks.push_back(block(i, 4000));
  const Block liar{Cid::of(Codec::raw, Bytes{1}), BlockData::copy(Bytes{2})};
  auto store = openStore(options(dir.path()));
  put(*store, blocks);
  put(*store, {liar});
  sync(*store);
  auto clean = wait(store->scrub(0));
  ASSERT_TRUE(clean);
  EXPECT_EQ(clean->blocks, 51U);
  EXPECT_EQ(clean->damaged, std::vector{liar.cid});
  damage(dir.path(), 4096 + 64 + 9);
  auto second = wait(store->scrub(0));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->damaged, std::vector{blocks[0].cid});
  EXPECT_EQ(*wait(store->missing({blocks[0].cid, blocks[1].cid})), std::vector{blocks[0].cid});
}

TEST(EmbeddedStore, RefusesPutsBelowItsReserve) {
  test::TemporaryDirectory dir;
  EmbeddedOptions reserved = options(dir.path());
  reserved.reserveBytes = UINT64_MAX / 2;
  auto store = openStore(reserved);
  EXPECT_EQ(wait(store->put({block(1, 10)})).error().code, Errc::no_space);
  EXPECT_FALSE(store->stats().poisoned);
}

TEST(EmbeddedStore, RefusesBlocksThatAreTooLargeOrAbsent) {
  test::TemporaryDirectory dir;
  auto store = openStore(options(dir.path()));
  EXPECT_EQ(wait(store->put({{block(1, 1).cid, {}}})).error().code, Errc::invalid);
  EXPECT_EQ(wait(store->put({block(1, (64UL << 20) + 1)})).error().code, Errc::too_large);
}

TEST(EmbeddedStore, RefusesANewerFormatAndAnUnreadableHeader) {
  test::TemporaryDirectory dir;
  openStore(options(dir.path())).reset();
  damage(dir.path(), 3);
  EXPECT_EQ(openEmbedded(options(dir.path())).error().code, Errc::corrupt);
  embedded::SegmentHeader newer;
  newer.version = embedded::formatVersion + 1;
  newer.segment = 1;
  const auto bytes = embedded::encode(newer);
  std::ofstream(dir.path() + "/segments/0000000001.seg", std::ios::binary) << asText(bytes);
  EXPECT_EQ(openEmbedded(options(dir.path())).error().code, Errc::newer_version);
}

}  // namespace
}  // namespace cairn::blocks
