// Blocks in a map, as store and as source, and what was asked of them.
//
// Contract: for tests and fuzzers of code over blocks::Store; single-threaded, no I/O, everything put is durable. get()
// answers Errc::not_found for what was never put, and notes the CID in `asked`.
#pragma once

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "daemon/blocks/source.h"
#include "daemon/blocks/store.h"

namespace cairn::test {

class MemoryStore final : public blocks::Store, public blocks::Source {
 public:
  std::unordered_map<Cid, blocks::BlockData> blocks;
  std::vector<Cid> asked;

  Task<Status> put(std::vector<blocks::Block> more) override {
    for (auto& b : more) blocks.emplace(b.cid, std::move(b.data));
    co_return Status{};
  }
  Task<Status> sync() override { co_return Status{}; }
  Task<Result<blocks::BlockData>> get(Cid cid) override {
    asked.push_back(cid);
    const auto found = blocks.find(cid);
    if (found == blocks.end()) co_return fail(Errc::not_found, "no block " + cid.str());
    co_return found->second;
  }
  Task<Result<std::vector<Cid>>> missing(std::vector<Cid> cids) override {
    std::erase_if(cids, [this](const Cid& c) { return blocks.contains(c); });
    co_return cids;
  }
  std::vector<bool> complete(std::span<const Cid> cids) override { return std::vector<bool>(cids.size(), false); }
  void markComplete(std::span<const Cid>) override {}
  blocks::Stats stats() override { return {}; }
};

}  // namespace cairn::test
