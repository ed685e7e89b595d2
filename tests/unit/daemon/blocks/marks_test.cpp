// Complete marks: how long they live, and when they are void.
#include <fstream>

#include "tests/unit/daemon/blocks/support.h"

namespace cairn::blocks {
namespace {

using test::block;
using test::openStore;
using test::options;
using test::put;
using test::sync;
using test::wait;

TEST(CompleteMarks, AreKeptOverARestart) {
  test::TemporaryDirectory dir;
  const Block a = block(1, 10), b = block(2, 10);
  {
    auto store = openStore(options(dir.path()));
    put(*store, {a, b});
    sync(*store);
    store->markComplete(std::vector{a.cid});
    EXPECT_EQ(store->complete(std::vector{a.cid, b.cid}), (std::vector<bool>{true, false}));
  }
  auto store = openStore(options(dir.path()));
  EXPECT_EQ(store->complete(std::vector{a.cid, b.cid}), (std::vector<bool>{true, false}));
  store->markComplete(std::vector{b.cid});  // now in the index, no longer in memory
  store.reset();
  store = openStore(options(dir.path()));
  EXPECT_EQ(store->complete(std::vector{a.cid, b.cid}), (std::vector<bool>{true, true}));
}

/// More often than a generation, which has one byte, can be counted up.
TEST(CompleteMarks, StayVoidHoweverMuchIsDamaged) {
  test::TemporaryDirectory dir;
  EmbeddedOptions with = options(dir.path());
  with.knownComplete = 1024;  // each damage clears it
  const Block root = block(1, 10);
  std::vector<Block> blocks;
  for (std::uint64_t i = 0; i < 255; ++i) blocks.push_back(block(100 + i, 4000));
  {
    auto store = openStore(with);
    put(*store, {root});
    for (const Block& each : blocks) put(*store, {each});
    sync(*store);
    store->markComplete(std::vector{root.cid});
  }
  {
    std::fstream file(dir.path() + "/segments/0000000001.seg", std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(0, std::ios::end);
    const std::string junk(static_cast<std::size_t>(file.tellg()) - 4352, '!');
    file.seekp(4352);  // behind the root's record
    file.write(junk.data(), static_cast<std::streamsize>(junk.size()));
  }
  auto store = openStore(with);
  EXPECT_EQ(store->complete(std::vector{root.cid}), std::vector{true});
  for (const Block& each : blocks) {
    EXPECT_EQ(wait(store->get(each.cid)).error().code, Errc::corrupt);
    ASSERT_EQ(store->complete(std::vector{root.cid}), std::vector{false});
  }
  store.reset();
  store = openStore(with);
  EXPECT_EQ(store->complete(std::vector{root.cid}), std::vector{false});
  store->markComplete(std::vector{root.cid});  // and marks can be made again
  store.reset();
  EXPECT_EQ(openStore(with)->complete(std::vector{root.cid}), std::vector{true});
}

}  // namespace
}  // namespace cairn::blocks
