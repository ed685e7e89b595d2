#include "daemon/pinning/car_stream.h"

#include <gtest/gtest.h>

#include "common/cid/cbor.h"
#include "tests/support/foreign_file.h"
#include "tests/support/memory_store.h"
#include "tests/support/run.h"

namespace cairn::pinning {
namespace {

using test::fileNode;
using test::Piece;
using test::rawLeaf;

/// root = (c, inner, b), inner = own + (a, b, a).
struct Family {
  Piece a = rawLeaf("aaaaa"), b = fileNode("bbb", {}), c = fileNode("c", {}), inner = fileNode("own", {a, b, a}),
        root = fileNode("", {c, inner, b});
  test::MemoryStore store;
  Family() {
    for (const Piece* p : {&a, &b, &c, &inner, &root}) store.blocks.emplace(p->cid, blocks::BlockData::copy(p->block));
  }
  std::string nameOf(const Cid& cid) const {
    for (const auto& [piece, name] : {std::pair(&a, "a"), {&b, "b"}, {&c, "c"}, {&inner, "inner"}, {&root, "root"}})
      if (piece->cid == cid) return name;
    return "?";
  }
  /// The names of the blocks in the CAR, in order; or the error.
  std::string stream(const CarOrder& order) {
    CarStream stream(store, order);
    std::string names;
    car::Reader reader([&](const Cid& cid, BytesView) {
      names += (names.empty() ? "" : " ") + nameOf(cid);
      return Status{};
    });
    for (;;) {
      const auto piece = test::run(stream.next());
      if (!piece) return names + " error " + std::string(toString(piece.error().code));
      if (piece->empty()) break;
      EXPECT_TRUE(reader.feed(*piece).has_value());
    }
    EXPECT_TRUE(reader.finish().has_value());
    EXPECT_EQ(reader.roots(), std::vector<Cid>{order.root});
    return names;
  }
  std::string bytes(std::int64_t from, std::optional<std::int64_t> to) {
    return stream({root.cid, DagScope::entity, EntityBytes{from, to}, Duplicates::once});
  }
};

TEST(CarStream, GoesDepthFirst) {
  Family f;
  EXPECT_EQ(f.stream({f.root.cid, DagScope::all, {}, Duplicates::once}), "root c inner a b");
  EXPECT_EQ(f.stream({f.root.cid, DagScope::all, {}, Duplicates::few}), "root c inner a b");
  EXPECT_EQ(f.stream({f.root.cid, DagScope::all, {}, Duplicates::each}), "root c inner a b a b");
  EXPECT_EQ(f.stream({f.root.cid, DagScope::entity, {}, Duplicates::each}), "root c inner a b a b");
  EXPECT_EQ(f.stream({f.root.cid, DagScope::block, {}, Duplicates::once}), "root");
  EXPECT_EQ(f.stream({f.a.cid, DagScope::all, {}, Duplicates::once}), "a");
}

TEST(CarStream, TakesOfAFileWhatTheBytesNeed) {
  // c 0, own 1-3, a 4-8, b 9-11, a 12-16, b 17-19
  Family f;
  EXPECT_EQ(f.bytes(0, 0), "root c");
  EXPECT_EQ(f.bytes(1, 3), "root inner");
  EXPECT_EQ(f.bytes(3, 4), "root inner a");
  EXPECT_EQ(f.bytes(0, 9), "root c inner a b");
  EXPECT_EQ(f.bytes(9, 11), "root inner b");
  EXPECT_EQ(f.bytes(17, 400), "root b");
  EXPECT_EQ(f.bytes(-1, std::nullopt), "root b");
  EXPECT_EQ(f.bytes(-100, -20), "root c") << "the last byte asked for is the first";
  EXPECT_EQ(f.bytes(0, std::nullopt), "root c inner a b");
  EXPECT_EQ(f.bytes(0, -17), "root c inner");
}

TEST(CarStream, ARangeOutsideTheFileGivesItsRoot) {
  Family f;
  EXPECT_EQ(f.bytes(20, std::nullopt), "root");
  EXPECT_EQ(f.bytes(5, 4), "root");
  EXPECT_EQ(f.bytes(0, -21), "root") << "before the first byte";
}

TEST(CarStream, AnEntityThatIsNoFileIsItsBlock) {
  Family f;
  const Piece directory = fileNode("", {f.a}, test::NodeType::directory);
  Piece cbor;
  cbor::Writer(cbor.block).link(f.a.cid);
  cbor.cid = Cid::of(Codec::dag_cbor, cbor.block);
  for (const Piece& p : {directory, cbor}) {
    f.store.blocks.emplace(p.cid, blocks::BlockData::copy(p.block));
    EXPECT_EQ(f.stream({p.cid, DagScope::entity, EntityBytes{0, 3}, Duplicates::once}), "?");
    EXPECT_EQ(f.stream({p.cid, DagScope::all, {}, Duplicates::once}), "? a");
  }
}

/// Each node links the one before twice: there are 2^20 ways to the last.
TEST(CarStream, DoesNotWalkAllTheWaysThroughAFewNodes) {
  Family f;
  Piece above = f.c;
  for (int i = 0; i < 20; ++i) {
    above = fileNode("", {above, above});
    f.store.blocks.emplace(above.cid, blocks::BlockData::copy(above.block));
  }
  const std::string names = f.stream({above.cid, DagScope::entity, EntityBytes{0, std::nullopt}, Duplicates::once});
  EXPECT_TRUE(names.ends_with("error too large")) << names;
  EXPECT_EQ(f.stream({above.cid, DagScope::all, {}, Duplicates::once}).find("error"), std::string::npos);
}

TEST(CarStream, EndsWithAnErrorWhereABlockIsMissing) {
  Family f;
  f.store.blocks.erase(f.b.cid);
  EXPECT_EQ(f.stream({f.root.cid, DagScope::all, {}, Duplicates::once}), "root c inner a error not found");
  f.store.blocks.erase(f.root.cid);
  EXPECT_EQ(f.stream({f.root.cid, DagScope::all, {}, Duplicates::once}), " error not found");
}

}  // namespace
}  // namespace cairn::pinning
