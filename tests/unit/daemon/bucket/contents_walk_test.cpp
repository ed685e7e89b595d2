#include "daemon/bucket/contents_walk.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "daemon/bucket/index/chunk.h"
#include "daemon/bucket/objects.h"
#include "memory_blocks.h"
#include "tests/support/foreign_file.h"
#include "tests/support/memory_store.h"

namespace cairn::bucket {
namespace {

using index::Item;
using test::MemoryStore;

struct Bench : test::TreeFixture {
  MemoryStore store;
  std::vector<blocks::Block> sent;
  std::size_t ruled = 0;

  Outcome<index::Root> walk(const Cid& root) {
    ContentsWalk walk(store, [this](std::string_view, const Entry&) {
      ++ruled;
      return Status{};
    });
    walk.start(root);
    for (const auto& block : sent) {
      (void)test::run(store.put({block}));
      if (auto s = test::run(walk.take(block)); !s) return s.error();
    }
    return test::run(walk.finish());
  }
  void send(const test::Piece& piece) { sent.push_back({piece.cid, blocks::BlockData::copy(piece.block)}); }
  void send(const index::NodePtr& node) { sent.push_back({node->cid(), node->block()}); }
};

Bytes entryOf(const test::Piece& file) {
  Entry entry;
  entry.content = file.cid;
  return encodeEntry(entry);
}

std::string numbered(std::size_t n) {
  char key[16];
  std::snprintf(key, sizeof key, "key%06zu", n);
  return key;
}

void expectFault(const Outcome<index::Root>& outcome, Fault fault, std::string_view words) {
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().fault, fault) << outcome.error().message;
  EXPECT_NE(outcome.error().message.find(words), std::string::npos) << outcome.error().message;
}

/// The n-th key that starts no node.
std::string plain(std::size_t n) {
  for (std::size_t i = 0;; ++i)
    if (!index::isBoundary(0, numbered(i)) && !index::isBoundary(1, numbered(i)) && n-- == 0) return numbered(i);
}

/// A leaf of the plain keys [from, to) that all have the content `file`.
index::NodePtr leafOf(std::size_t from, std::size_t to, const test::Piece& file, std::uint64_t weight) {
  std::vector<Bytes> raw;
  std::vector<std::string> keys;
  for (std::size_t n = from; n < to; ++n) {
    keys.push_back(plain(n));
    raw.push_back(index::encodeLeafItem(keys.back(), weight, entryOf(file)));
  }
  std::vector<Item> items;
  for (std::size_t i = 0; i < raw.size(); ++i) items.push_back({keys[i], raw[i], 1, weight});
  return index::buildNode(0, items);
}

index::NodePtr above(const std::vector<index::NodePtr>& nodes) {
  std::vector<Bytes> raw;
  for (const auto& n : nodes) raw.push_back(index::encodeInnerItem(*n));
  std::vector<Item> items;
  for (std::size_t i = 0; i < raw.size(); ++i)
    items.push_back({nodes[i]->key(0), raw[i], nodes[i]->count(), nodes[i]->weight()});
  return index::buildNode(nodes[0]->level() + 1, items);
}

/// Sends a tree depth first; every key has the content `file`, which comes once.
void sendTree(Bench& bench, const Cid& node, const test::Piece& file, bool& came) {
  const auto loaded = test::run(bench.source.load(node));
  ASSERT_TRUE(loaded.has_value());
  bench.send(*loaded);
  for (std::size_t i = 0; (*loaded)->level() > 0 && i < (*loaded)->size(); ++i)
    sendTree(bench, (*loaded)->child(i), file, came);
  if ((*loaded)->level() == 0 && !std::exchange(came, true)) bench.send(file);
}

RC_GTEST_PROP(ContentsWalk, TakesEveryTreeThatEditsMake, ()) {
  const test::Piece file = test::rawLeaf("hello");
  const auto count = *rc::gen::inRange<std::size_t>(1, 3000);
  Bench bench;
  std::vector<index::Edit> edits;
  for (std::size_t n = 0; n < count; ++n) edits.push_back({numbered(n * 7), entryOf(file), 5});
  const auto made = bench.edit({}, std::move(edits));
  bool came = false;
  sendTree(bench, made.root.cid, file, came);
  const auto taken = bench.walk(made.root.cid);
  RC_ASSERT(taken.has_value());
  RC_ASSERT(*taken == made.root);
  RC_ASSERT(bench.ruled == count);
}

TEST(ContentsWalk, RefusesATreeThatIsNotTheOneOfItsContents) {
  const test::Piece file = test::rawLeaf("hello");
  const auto one = leafOf(0, 10, file, 5), two = leafOf(10, 20, file, 5);
  {  // cut where no key says so
    Bench bench;
    const auto root = above({one, two});
    bench.send(root), bench.send(one), bench.send(file), bench.send(two);
    expectFault(bench.walk(root->cid()), Fault::malformed_car, "not cut where");
  }
  {  // a level too many
    Bench bench;
    const auto root = above({one});
    bench.send(root), bench.send(one), bench.send(file);
    expectFault(bench.walk(root->cid()), Fault::malformed_car, "single child");
  }
  {  // the first reaches into the second
    Bench bench;
    const auto wide = leafOf(0, 15, file, 5);
    const auto root = above({wide, two});
    bench.send(root), bench.send(wide), bench.send(file), bench.send(two);
    expectFault(bench.walk(root->cid()), Fault::malformed_car, "reaches into");
  }
  {  // another child than the parent speaks of
    Bench bench;
    const auto fewer = leafOf(10, 19, file, 5);
    auto root = above({one, two});
    Bytes lie(root->block().view().begin(), root->block().view().end());
    const auto at = std::search(lie.begin(), lie.end(), two->cid().bytes().begin(), two->cid().bytes().end());
    ASSERT_NE(at, lie.end());
    std::copy(fewer->cid().bytes().begin(), fewer->cid().bytes().end(), at);
    const Cid cid = Cid::of(Codec::dag_cbor, lie);
    bench.sent.push_back({cid, blocks::BlockData::own(std::move(lie))});
    bench.send(one), bench.send(file), bench.send(fewer);
    expectFault(bench.walk(cid), Fault::malformed_car, "count or weight");
  }
}

TEST(ContentsWalk, RefusesSizesThatAreNotThoseOfTheContent) {
  const test::Piece file = test::rawLeaf("hello");
  for (const std::uint64_t weight : {0U, 4U, 6U}) {
    Bench bench;
    const auto leaf = leafOf(0, 1, file, weight);
    bench.send(leaf), bench.send(file);
    expectFault(bench.walk(leaf->cid()), Fault::malformed_car, "is said to hold");
  }
  {  // of content that came before, under another key
    Bench bench;
    std::vector<Bytes> raw{index::encodeLeafItem("a", 5, entryOf(file)), index::encodeLeafItem("b", 6, entryOf(file))};
    const auto leaf = index::buildNode(0, std::vector<Item>{{"a", raw[0], 1, 5}, {"b", raw[1], 1, 6}});
    bench.send(leaf), bench.send(file);
    expectFault(bench.walk(leaf->cid()), Fault::malformed_car, "is said to hold");
  }
}

TEST(ContentsWalk, NothingIsTakenFromTheStoreInPlaceOfWhatDidNotCome) {
  const test::Piece file = test::rawLeaf("hello");
  Bench bench;
  (void)test::run(bench.store.put({{file.cid, blocks::BlockData::copy(file.block)}}));
  const auto leaf = leafOf(0, 3, file, 5);
  bench.send(leaf);
  expectFault(bench.walk(leaf->cid()), Fault::missing_block, file.cid.str());
  EXPECT_TRUE(bench.store.asked.empty());
}

TEST(ContentsWalk, RefusesAValueApartThatIsSmall) {
  const test::Piece file = test::rawLeaf("hello");
  Bench bench;
  const Bytes value = entryOf(file);
  const Cid cid = Cid::of(Codec::dag_cbor, value);
  Bytes link;
  cbor::Writer(link).link(cid);
  const Bytes raw = index::encodeLeafItem("a", 5, link);
  const auto leaf = index::buildNode(0, std::vector<Item>{{"a", raw, 1, 5}});
  bench.send(leaf);
  bench.sent.push_back({cid, blocks::BlockData::copy(value)});
  bench.send(file);
  expectFault(bench.walk(leaf->cid()), Fault::malformed_car, "too small");
}

}  // namespace
}  // namespace cairn::bucket
