// cairnd fsck on a store whose blocks are all there and all what their CIDs say, and whose index is none of Cairn's.
#include "daemon/app/fsck.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "daemon/bucket/index/tree.h"
#include "daemon/bucket/root.h"
#include "daemon/registry/sqlite/sqlite.h"
#include "tests/support/run.h"

namespace cairn::app {
namespace {

using bucket::index::NodePtr;

NodePtr leaf(const std::vector<std::string>& keys) {
  Bytes value;
  cbor::Writer(value).text("v");
  std::vector<Bytes> raw;
  for (const auto& key : keys) raw.push_back(bucket::index::encodeLeafItem(key, 1, value));
  std::vector<bucket::index::Item> items;
  for (std::size_t i = 0; i < keys.size(); ++i) items.push_back({keys[i], raw[i], 1, 1});
  return bucket::index::buildNode(0, items);
}

NodePtr parentOf(int level, const NodePtr& child) {
  const Bytes raw = bucket::index::encodeInnerItem(*child);
  const bucket::index::Item item{child->key(0), raw, child->count(), child->weight()};
  return bucket::index::buildNode(level, std::span(&item, 1));
}

class Fsck : public ::testing::Test {
 protected:
  Fsck() {
    std::string name = (std::filesystem::temp_directory_path() / "cairn-fsck-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
    config_.node = "m1";
    config_.blocksDirectory = directory_ / "blocks";
    config_.registryPath = directory_ / "registry.sqlite";
    std::filesystem::create_directories(config_.blocksDirectory);
  }
  ~Fsck() override { std::filesystem::remove_all(directory_); }

  /// What is found of a bucket with this index, the nodes from the top down.
  BucketCheck found(const std::vector<NodePtr>& nodes, std::uint64_t count) {
    bucket::RootBlock root;
    root.objects = {nodes[0]->cid(), count, nodes[0]->weight()};
    Bytes encoded = bucket::encodeRoot(root);
    const Cid cid = Cid::of(Codec::dag_cbor, encoded);
    std::vector<blocks::Block> all{{cid, blocks::BlockData::own(std::move(encoded))}};
    for (const NodePtr& n : nodes) all.push_back({n->cid(), n->block()});
    write(cid, std::move(all));
    auto findings = check(config_);
    EXPECT_TRUE(findings.has_value()) << findings.error().message;
    EXPECT_EQ(findings->buckets.size(), 1U);
    EXPECT_EQ(findings->good(), findings->buckets.at(0).state == BucketState::whole);
    EXPECT_TRUE(findings->buckets.at(0).missing.empty());
    return findings->buckets.at(0);
  }

 private:
  void write(const Cid& root, std::vector<blocks::Block> all) {
    net::io_context io(1);  // outlives the store and the registry, whose threads answer into it
    blocks::EmbeddedOptions options;
    options.directory = config_.blocksDirectory;
    options.reserveBytes = 0;
    auto store = blocks::openEmbedded(options);
    auto registry = registry::openSqlite({config_.registryPath, {}, std::chrono::seconds(10)});
    auto go = [&]() -> Task<void> {
      EXPECT_TRUE((co_await (*store)->putDurably(std::move(all))).has_value());
      registry::Master master;
      master.id = MasterId("m1");
      master.profile = "master";
      auto registered = co_await (*registry)->registerMaster(master);
      EXPECT_TRUE(registered.has_value());
      registry::FlipRequest flip;
      flip.bucket = {OwnerId("alice"), BucketName("photos")};
      flip.nextRoot = root;
      flip.master = master.id;
      flip.epoch = registered->epoch;
      EXPECT_EQ((co_await (*registry)->flip(flip)).status, registry::FlipStatus::won);
    };
    spawn(io.get_executor(), go());
    io.run();
  }

  std::filesystem::path directory_;
  Config config_;
};

TEST_F(Fsck, AnIndexThatFitsIsWhole) {
  NodePtr a = leaf({"a", "b"});
  const BucketCheck bucket = found({a}, 2);
  EXPECT_EQ(bucket.state, BucketState::whole) << bucket.why;
  EXPECT_EQ(bucket.keys, 2U);
}

TEST_F(Fsck, ALevelTooManyIsFoundAndNamed) {
  NodePtr a = leaf({"a", "b"}), top = parentOf(1, a);
  const BucketCheck bucket = found({top, a}, 2);
  EXPECT_EQ(bucket.state, BucketState::unreadable);
  EXPECT_NE(bucket.why.find(top->cid().str()), std::string::npos) << bucket.why;
}

TEST_F(Fsck, ACountThatIsNotTheIndexsIsFound) {
  const BucketCheck bucket = found({leaf({"a", "b"})}, 3);
  EXPECT_EQ(bucket.state, BucketState::unreadable);
  EXPECT_NE(bucket.why.find("count"), std::string::npos) << bucket.why;
}

}  // namespace
}  // namespace cairn::app
