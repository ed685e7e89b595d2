// The contents of a bucket as they come in a CAR, seen to be what docs/formats/bucket.md makes of them.
//
// Contract. take() is given the blocks in the order of the CAR, each verified against its CID; they must be those below
// the root, all of them, depth first, each in the order of its parent's links. One that came before may be left out, as
// exporters do, as long as fewer than pinning::CarStream::kMostOnce came. Every index node is compared with its parent
// and with where its keys say that it is cut, every value with its one encoding and with `rule`, every file with its
// sizes: what is taken is what inserting every entry anew would give. Faults: malformed_car, missing_block,
// invalid_request, too_large; what reading a block again gives. Blocks that were taken must be in `store`, which is
// read for values that come twice. Memory: some 100 bytes a block, of at most kMostOnce of them, and of what is still
// to come kMostDue blocks; the nodes of one run a level (kMostKept). After a failure the walk is over.
#pragma once

#include <unordered_map>

#include "daemon/bucket/index/shape.h"
#include "daemon/bucket/service.h"

namespace cairn::bucket {

class ContentsWalk {
 public:
  static constexpr std::size_t kMostDue = 1U << 18;
  static constexpr std::size_t kMostKept = 64U << 20;
  static constexpr std::uint64_t kMostBytes = 1ULL << 62;  ///< of all content, so that sums do not wrap

  ContentsWalk(blocks::Store& store, EntryRule rule) : store_(store), rule_(std::move(rule)) {}
  void start(const Cid& root);
  Task<Outcome<void>> take(blocks::Block block);
  Task<Outcome<index::Root>> finish();
  /// Leaves of the index below which everything has come, since the last call.
  std::vector<Cid> whole() { return std::exchange(whole_, {}); }

 private:
  enum class Role : std::uint8_t { node, value, file, end };
  struct Step {
    Role role;
    Cid cid;
    std::uint64_t size = 0;  ///< value and file: bytes of content
    std::size_t depth = 0;   ///< file: links above it
    std::string key;         ///< value: under which it stands
    index::NodePtr parent{};
    std::size_t slot = 0;
    std::optional<std::string> limit{};
  };

  /// Past what came before, up to the block that is due. `next`: what has come now.
  Task<Outcome<void>> pass(const Cid* next);
  Outcome<void> visit(Step step, blocks::BlockData block);
  Outcome<void> visitNode(const Step& step, blocks::BlockData block);
  Outcome<void> visitValue(const Step& step, BytesView value);
  Outcome<void> visitFile(const Step& step, BytesView block);
  Outcome<Step> itemOf(const index::Node& leaf, std::size_t slot);
  Outcome<Step> fileOf(const std::string& key, BytesView value, std::uint64_t size);

  blocks::Store& store_;
  EntryRule rule_;
  std::vector<Step> due_;  ///< next one last
  std::unordered_map<Cid, std::uint64_t> came_;
  std::vector<Cid> whole_;
  index::Shape shape_{kMostKept};
  index::Root root_;
  std::uint64_t bytes_ = 0;
};

}  // namespace cairn::bucket
