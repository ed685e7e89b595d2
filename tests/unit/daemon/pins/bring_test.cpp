#include "daemon/pins/bring.h"

#include <gtest/gtest.h>

#include "common/cid/cbor.h"
#include "tests/support/memory_store.h"
#include "tests/support/run.h"

namespace cairn::pins {
namespace {

using test::MemoryStore;

Cid put(MemoryStore& in, Codec codec, const Bytes& data) {
  const Cid cid = Cid::of(codec, data);
  in.blocks.emplace(cid, blocks::BlockData::copy(data));
  return cid;
}

Cid leaf(MemoryStore& in, const std::string& text) {
  return put(in, Codec::raw, toBytes(asBytes(text)));
}

Cid node(MemoryStore& in, const std::vector<Cid>& links) {
  Bytes data;
  cbor::Writer w(data);
  w.array(links.size());
  for (const Cid& link : links) w.link(link);
  return put(in, Codec::dag_cbor, data);
}

Errc errorOf(MemoryStore& from, const Cid& root, Bounds bounds) {
  MemoryStore to;
  Progress progress;
  const Status s = test::run(bring(from, to, root, bounds, progress));
  return s ? Errc::internal : s.error().code;
}

TEST(Bring, TakesEveryBlockOnce) {
  MemoryStore from, to;
  std::vector<Cid> leaves;
  for (int i = 0; i < 100; ++i) leaves.push_back(leaf(from, std::to_string(i)));
  const Cid left = node(from, leaves), right = node(from, {leaves[0], left, leaves[1]}),
            root = node(from, {left, right});
  leaf(from, "of somebody else");
  Progress progress;
  const Status s = test::run(bring(from, to, root, {}, progress));
  ASSERT_TRUE(s) << s.error().message;
  EXPECT_EQ(to.blocks.size(), 103);
  EXPECT_EQ(from.asked.size(), 103);
  EXPECT_EQ(progress.blocks, 103);
}

TEST(Bring, AsksForWhatIsHereAlreadyToo) {
  MemoryStore from, to;
  const Cid inside = leaf(from, "inside"), root = node(from, {inside});
  leaf(to, "inside");
  Progress progress;
  ASSERT_TRUE(test::run(bring(from, to, root, {}, progress)));
  EXPECT_EQ(from.asked, (std::vector{root, inside}));
}

TEST(Bring, KeepsItsBounds) {
  MemoryStore from;
  const Cid root = node(from, {leaf(from, "one"), leaf(from, "two"), leaf(from, "three")});
  const std::uint64_t bytes = 3 + 3 + 5 + from.blocks.at(root).size();
  EXPECT_EQ(errorOf(from, root, {4, bytes}), Errc::internal);
  EXPECT_EQ(errorOf(from, root, {3, bytes}), Errc::too_large);
  EXPECT_EQ(errorOf(from, root, {4, bytes - 1}), Errc::too_large);
  EXPECT_EQ(errorOf(from, put(from, Codec::raw, Bytes(kMostBlock)), {}), Errc::internal);
  EXPECT_EQ(errorOf(from, put(from, Codec::raw, Bytes(kMostBlock + 1)), {}), Errc::too_large);
}

TEST(Bring, SaysWhatItCannotRead) {
  MemoryStore from;
  EXPECT_EQ(errorOf(from, Cid::of(Codec::raw, asBytes("nowhere")), {}), Errc::not_found);
  EXPECT_EQ(errorOf(from, put(from, Codec::dag_cbor, {0xff}), {}), Errc::corrupt);
  // A link to an identity CID.
  EXPECT_EQ(errorOf(from, put(from, Codec::dag_cbor, *fromHex("81d82a450001550000")), {}), Errc::unsupported);
}

TEST(Bring, StopsWhenItIsTold) {
  MemoryStore from, to;
  Progress progress;
  progress.stop = true;
  const Status s = test::run(bring(from, to, leaf(from, "x"), {}, progress));
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().code, Errc::cancelled);
  EXPECT_TRUE(to.blocks.empty());
}

}  // namespace
}  // namespace cairn::pins
