#include "daemon/bucket/import.h"

#include <gtest/gtest.h>

#include "common/digest/digest.h"
#include "daemon/bucket/content.h"
#include "tests/support/foreign_file.h"
#include "tests/support/memory_store.h"
#include "tests/support/run.h"

namespace cairn::bucket {
namespace {

using test::carOf;
using test::fileNode;
using test::MemoryStore;
using test::NodeType;
using test::Piece;
using test::rawLeaf;

struct Bench {
  MemoryStore store;

  Outcome<Imported> import(const Bytes& car, const std::vector<Cid>& reuse = {}, std::size_t piece = 1000) {
    const auto importing = makeContentImport(store, store);
    for (const Cid& cid : reuse) importing->mayReuse(cid);
    for (BytesView left(car); !left.empty(); left = left.subspan(std::min(piece, left.size())))
      if (auto s = test::run(importing->write(left.first(std::min(piece, left.size())))); !s) return s.error();
    return test::run(importing->finish());
  }
  std::string read(const Cid& content, std::uint64_t offset, std::uint64_t length) {
    const auto reader = makeContentReader(store, content, offset, length);
    std::string out;
    for (;;) {
      const auto piece = test::run(reader->next());
      if (!piece) return "error: " + piece.error().message;
      if (piece->bytes.empty()) return out;
      out += asText(piece->bytes);
    }
  }
};

void expectFault(const Outcome<Imported>& outcome, Fault fault, std::string_view words) {
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().fault, fault) << outcome.error().message;
  EXPECT_NE(outcome.error().message.find(words), std::string::npos) << outcome.error().message;
}

/// A tree whose nodes have content of their own, leaves of all kinds, and one leaf twice.
std::vector<Piece> family() {
  const Piece a = rawLeaf("aaaaa"), b = fileNode("bbb", {}), c = fileNode("c", {}, NodeType::raw);
  const Piece inner = fileNode("own", {a, b, a});
  const Piece root = fileNode("", {c, inner, b});
  return {root, inner, a, b, c};
}

TEST(Import, TakesAFileOfAnyShapeAndReadsEveryRangeOfIt) {
  const auto pieces = family();
  const std::string content = "cownaaaaabbbaaaaabbb";
  ASSERT_EQ(pieces[0].content, content);
  for (const std::size_t step : {1U, 7U, 100000U}) {
    Bench bench;
    const auto imported = bench.import(carOf(pieces[0].cid, pieces), {}, step);
    ASSERT_TRUE(imported.has_value()) << imported.error().message;
    EXPECT_EQ(imported->content.cid, pieces[0].cid);
    EXPECT_EQ(imported->content.size, content.size());
    EXPECT_EQ(imported->content.blocks.size(), 5U);
    EXPECT_EQ(toHex(imported->md5), toHex(digest(DigestAlgorithm::md5, asBytes(content))));
    for (std::size_t from = 0; from <= content.size(); ++from)
      for (std::size_t n = 0; from + n <= content.size(); ++n)
        EXPECT_EQ(bench.read(pieces[0].cid, from, n), content.substr(from, n)) << from << '+' << n;
  }
}

TEST(Import, TakesSingleBlocksAndTheEmptyFile) {
  Bench bench;
  for (const Piece& p : {rawLeaf("hello"), rawLeaf(""), fileNode("hello", {}), fileNode("", {})}) {
    const auto imported = bench.import(carOf(p.cid, {p}));
    ASSERT_TRUE(imported.has_value()) << imported.error().message;
    EXPECT_EQ(imported->content.size, p.content.size());
    EXPECT_EQ(bench.read(p.cid, 0, p.content.size()), p.content);
  }
}

TEST(Import, OrderDuplicatesAndStrangersDoNotMatter) {
  auto pieces = family();
  std::reverse(pieces.begin(), pieces.end());
  pieces.push_back(pieces.front());
  pieces.push_back(rawLeaf("a stranger"));
  Bench bench;
  const auto imported = bench.import(carOf(family()[0].cid, pieces));
  ASSERT_TRUE(imported.has_value()) << imported.error().message;
  const auto& blocks = imported->content.blocks;
  EXPECT_EQ(blocks.size(), 5U);
  EXPECT_EQ(std::ranges::count(blocks, pieces.back().cid), 0) << "the quorum is not told of what nobody reaches";
}

TEST(Import, EachBlockThatDidNotComeIsMissingAndNobodyLooksForIt) {
  const auto pieces = family();
  for (std::size_t out = 0; out < pieces.size(); ++out) {
    auto some = pieces;
    some.erase(some.begin() + static_cast<std::ptrdiff_t>(out));
    std::string said[2];
    for (const bool held : {false, true}) {
      Bench bench;
      if (held) bench.store.blocks.emplace(pieces[out].cid, blocks::BlockData::copy(pieces[out].block));
      const auto refused = bench.import(carOf(pieces[0].cid, some));
      expectFault(refused, Fault::missing_block, pieces[out].cid.str());
      EXPECT_EQ(std::ranges::count(bench.store.asked, pieces[out].cid), 0) << "the store would have told by its time";
      said[held ? 1 : 0] = refused.error().message;
    }
    EXPECT_EQ(said[0], said[1]);
  }
}

TEST(Import, WhatLiesBelowAReadableObjectMayBeLeftOut) {
  const auto pieces = family();
  Bench bench;
  for (const Piece& p : pieces) bench.store.blocks.emplace(p.cid, blocks::BlockData::copy(p.block));
  const Piece& inner = pieces[1];
  const Piece root = fileNode("new", {inner, pieces[4]});
  expectFault(bench.import(carOf(root.cid, {root})), Fault::missing_block, inner.cid.str());
  expectFault(bench.import(carOf(root.cid, {root}), {inner.cid}), Fault::missing_block, pieces[4].cid.str());
  const auto imported = bench.import(carOf(root.cid, {root}), {inner.cid, pieces[4].cid});
  ASSERT_TRUE(imported.has_value()) << imported.error().message;
  EXPECT_EQ(bench.read(root.cid, 0, imported->content.size), root.content);
  EXPECT_EQ(imported->content.blocks, std::vector<Cid>{root.cid});
  EXPECT_TRUE(bench.import(carOf(pieces[0].cid, {}), {pieces[0].cid}).has_value()) << "all of it";
}

TEST(Import, RefusesLyingSizes) {
  const Piece a = rawLeaf("aaaaa"), node = fileNode("bbb", {});
  Bench bench;
  for (const Piece& root :
       {fileNode("", {a, node}, NodeType::file, {4, 3}), fileNode("", {a, node}, NodeType::file, {5, 4})})
    expectFault(bench.import(carOf(root.cid, {root, a, node})), Fault::malformed_car, "is said to hold");
}

TEST(Import, RefusesWhatIsNoFile) {
  const Piece a = rawLeaf("aaaaa");
  Bench bench;
  for (const NodeType type : {NodeType::directory, NodeType::shard}) {
    const Piece root = fileNode("", {a}, type);
    expectFault(bench.import(carOf(root.cid, {root, a})), Fault::invalid_request, "no file");
    const Piece above = fileNode("", {root});
    expectFault(bench.import(carOf(above.cid, {above, root, a})), Fault::invalid_request, "no file");
  }
  Piece cbor;
  cbor.block = {0xa0};
  cbor.cid = Cid::of(Codec::dag_cbor, cbor.block);
  expectFault(bench.import(carOf(cbor.cid, {cbor})), Fault::invalid_request, "DAG-CBOR");
  Piece junk;
  junk.block = toBytes(asBytes("junk"));
  junk.cid = Cid::of(Codec::dag_pb, junk.block);
  expectFault(bench.import(carOf(junk.cid, {junk})), Fault::malformed_car, junk.cid.str());
}

TEST(Import, RefusesCarsThatAreNone) {
  const auto pieces = family();
  Bench bench;
  Bytes car = carOf(pieces[0].cid, pieces);
  for (const std::size_t cut : {1U, 40U, 150U}) {
    expectFault(bench.import(Bytes(car.begin(), car.end() - cut)), Fault::malformed_car, "ends inside");
  }
  expectFault(bench.import({}), Fault::malformed_car, "ends inside the header");
  car.back() ^= 1;
  expectFault(bench.import(car), Fault::malformed_car, "does not hash");
  Bytes none, two;
  car::appendHeader(none, {});
  car::appendHeader(two, std::vector<Cid>{pieces[0].cid, pieces[1].cid});
  expectFault(bench.import(none), Fault::invalid_request, "the CAR has 0");
  expectFault(bench.import(two), Fault::invalid_request, "the CAR has 2");
}

TEST(Import, BoundsDepthLinksAndContent) {
  Bench bench;
  std::vector<Piece> chain{rawLeaf("x")};
  for (std::size_t i = 0; i <= kMostImportDepth; ++i) chain.push_back(fileNode("", {chain.back()}));
  expectFault(bench.import(carOf(chain.back().cid, chain)), Fault::too_large, "links deep");
  chain.pop_back();
  EXPECT_TRUE(bench.import(carOf(chain.back().cid, chain)).has_value());

  // 64 to the third power of links in three blocks, to a leaf that holds nothing.
  std::vector<Piece> wide{rawLeaf("")};
  for (int i = 0; i < 3; ++i) wide.push_back(fileNode("", std::vector<Piece>(64, wide.back())));
  expectFault(bench.import(carOf(wide.back().cid, wide)), Fault::too_large, "blocks and links");

  const Piece leaf = rawLeaf("x");
  const Piece huge = fileNode("", {leaf}, NodeType::file, {kMostImportBytes + 1});
  expectFault(bench.import(carOf(huge.cid, {huge, leaf})), Fault::too_large, "5 GiB");
}

}  // namespace
}  // namespace cairn::bucket
