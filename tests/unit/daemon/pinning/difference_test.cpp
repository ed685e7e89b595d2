// The difference of two roots: nothing that only one reaches is left out, and what both have is not sent again.
#include "daemon/pinning/difference.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <random>
#include <set>

#include "common/cid/cbor.h"
#include "common/cid/links.h"

namespace cairn::pinning {
namespace {

/// Blocks in memory that count how often they are read.
class Shelf final : public blocks::Source {
 public:
  Task<Result<blocks::BlockData>> get(Cid cid) override {
    ++reads;
    auto found = blocks_.find(cid);
    if (found == blocks_.end()) co_return fail(Errc::not_found, "no such block");
    co_return found->second;
  }
  Cid leaf(const std::string& text) { return put(Codec::raw, toBytes(asBytes(text))); }
  Cid node(const std::vector<Cid>& links) {
    Bytes out;
    cbor::Writer w(out);
    w.array(links.size());
    for (const Cid& c : links) w.link(c);
    return put(Codec::dag_cbor, std::move(out));
  }
  std::set<Cid> reach(const Cid& root) const {
    std::set<Cid> out;
    std::function<void(const Cid&)> walk = [&](const Cid& cid) {
      if (!out.insert(cid).second) return;
      (void)forEachLink(cid.codec(), blocks_.at(cid).view(), walk);
    };
    walk(root);
    return out;
  }

  std::size_t reads = 0;

 private:
  Cid put(Codec codec, Bytes bytes) {
    Cid cid = Cid::of(codec, bytes);
    blocks_.emplace(cid, blocks::BlockData::own(std::move(bytes)));
    return cid;
  }
  std::map<Cid, blocks::BlockData> blocks_;
};

Task<void> collect(Difference& difference, std::size_t bytes, std::vector<Cid>& out, Status& status) {
  for (;;) {
    auto batch = co_await difference.next(bytes);
    if (!batch) {
      status = batch.error();
      co_return;
    }
    if (batch->empty()) co_return;
    for (const blocks::Block& b : *batch) {
      EXPECT_TRUE(b.cid.verifies(b.data.view()));
      out.push_back(b.cid);
    }
  }
}

std::vector<Cid> differ(Shelf& shelf, std::optional<Cid> from, const Cid& to, Difference::Has has, Status& status,
                        std::size_t bytes = 64) {
  net::io_context io;
  Difference difference(shelf, from, to, std::move(has));
  std::vector<Cid> out;
  spawn(io.get_executor(), collect(difference, bytes, out, status));
  io.run();
  return out;
}

std::vector<Cid> differ(Shelf& shelf, std::optional<Cid> from, const Cid& to, std::size_t bytes = 64) {
  Status status;
  auto out = differ(shelf, from, to, [](const Cid&) { return false; }, status, bytes);
  EXPECT_TRUE(status) << status.error().message;
  return out;
}

/// `height` levels of nodes with `width` children each over leaves named by `name`.
Cid tree(Shelf& shelf, int height, int width, const std::function<std::string(int)>& name, int& next) {
  std::vector<Cid> links;
  for (int i = 0; i < width; ++i)
    links.push_back(height == 1 ? shelf.leaf(name(next++)) : tree(shelf, height - 1, width, name, next));
  return shelf.node(links);
}
Cid tree(Shelf& shelf, int height, int width, const std::function<std::string(int)>& name) {
  int next = 0;
  return tree(shelf, height, width, name, next);
}

TEST(DifferenceOfRoots, IsAllWhereThereIsNothingToCompareWith) {
  Shelf shelf;
  Cid root = tree(shelf, 3, 4, [](int n) { return "leaf" + std::to_string(n); });
  auto sent = differ(shelf, std::nullopt, root);
  EXPECT_EQ(std::set<Cid>(sent.begin(), sent.end()), shelf.reach(root));
  EXPECT_EQ(sent.size(), shelf.reach(root).size());
}

TEST(DifferenceOfRoots, OfARootAndItselfIsNothing) {
  Shelf shelf;
  Cid root = tree(shelf, 3, 4, [](int n) { return std::to_string(n); });
  EXPECT_TRUE(differ(shelf, root, root).empty());
}

TEST(DifferenceOfRoots, CostsWhatChanged) {
  Shelf shelf;
  Cid before = tree(shelf, 4, 8, [](int n) { return std::to_string(n); });
  Cid after = tree(shelf, 4, 8, [](int n) { return n == 1234 ? "new" : std::to_string(n); });
  shelf.reads = 0;
  auto sent = differ(shelf, before, after);
  EXPECT_EQ(sent.size(), 5U);  // a path of nodes and the leaf
  EXPECT_LE(shelf.reads, 10U);
}

TEST(DifferenceOfRoots, LeavesOutWhatTheOtherSideIsKnownToHaveButLooksBelow) {
  Shelf shelf;
  Cid root = tree(shelf, 2, 3, [](int n) { return std::to_string(n); });
  std::set<Cid> had{root, shelf.leaf("4")};
  Status status;
  auto sent = differ(shelf, std::nullopt, root, [&](const Cid& cid) { return had.contains(cid); }, status);
  EXPECT_TRUE(status);
  auto wanted = shelf.reach(root);
  for (const Cid& cid : had) wanted.erase(cid);
  EXPECT_EQ(std::set<Cid>(sent.begin(), sent.end()), wanted);
}

TEST(DifferenceOfRoots, FailsWhereABlockIsMissing) {
  Shelf shelf;
  Cid root = shelf.node({Cid::of(Codec::raw, asBytes("nowhere"))});
  Status status;
  (void)differ(shelf, std::nullopt, root, [](const Cid&) { return false; }, status);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Errc::not_found);
}

// Whatever shapes: what is given and what `from` reaches cover all that `to` reaches.
TEST(DifferenceOfRoots, NeverLeavesOutWhatIsNeeded) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    Shelf shelf;
    auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
    const int names = 2 + below(40);
    auto name = [&](int) { return std::to_string(below(names)); };
    std::vector<Cid> roots;
    for (int i = 0; i < 2; ++i) {
      std::vector<Cid> parts;  // trees of unlike heights side by side, some of them shared
      for (int k = 0; k <= below(3); ++k) parts.push_back(tree(shelf, 1 + below(4), 1 + below(3), name));
      if (i == 1 && below(2) == 0) parts.push_back(roots[0]);
      roots.push_back(shelf.node(parts));
    }
    auto sent = differ(shelf, roots[0], roots[1], static_cast<std::size_t>(1 + below(200)));
    auto covered = shelf.reach(roots[0]);
    covered.insert(sent.begin(), sent.end());
    for (const Cid& cid : shelf.reach(roots[1])) ASSERT_TRUE(covered.contains(cid)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace cairn::pinning
