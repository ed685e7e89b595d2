// Index nodes kept in a map, for tests of pure functions over trees.
//
// Contract: not thread-safe. keep() stores what an edit created; get() answers Errc::not_found otherwise.
#pragma once

#include <unordered_map>

#include "daemon/bucket/index/tree.h"
#include "tests/support/run.h"

namespace cairn::test {

class MemoryBlocks final : public blocks::Source {
 public:
  Task<Result<blocks::BlockData>> get(Cid cid) override {
    auto found = blocks_.find(cid);
    if (found == blocks_.end()) co_return fail(Errc::not_found, "no block " + cid.str());
    co_return found->second;
  }
  void keep(const bucket::index::Edited& edited) {
    for (const auto& n : edited.created) blocks_[n->cid()] = n->block();
  }
  std::size_t size() const { return blocks_.size(); }

 private:
  std::unordered_map<Cid, blocks::BlockData> blocks_;
};

/// A tree under test with its blocks; a tiny cache, so that loads are real.
struct TreeFixture {
  MemoryBlocks blocks;
  bucket::index::NodeSource source{blocks, 64 << 20};

  bucket::index::Edited edit(const bucket::index::Root& root, std::vector<bucket::index::Edit> edits) {
    auto edited = run(bucket::index::apply(source, root, std::move(edits)));
    CAIRN_ASSERT(edited.has_value());
    blocks.keep(*edited);
    return std::move(*edited);
  }
};

inline Bytes cborText(std::string_view text) {
  Bytes out;
  cbor::Writer(out).text(text);
  return out;
}

}  // namespace cairn::test
