// This node as a holder: the block store and the closure walk. The server side of POST /v0/hold.
//
// Contract: see Holder. Thread-safe; ends as soon as the store does. hold() with blocks that a stranger sent is safe:
// the caller has verified them against their CIDs, and completeness is judged from the links in the bytes.
#pragma once

#include "daemon/pinning/closure.h"

namespace cairn::pinning {

class LocalHolder final : public Holder {
 public:
  LocalHolder(MasterId id, blocks::Store& store) : id_(std::move(id)), store_(store) {}
  MasterId id() const override { return id_; }
  Task<Result<HoldAnswer>> hold(Cid root, Origin origin, std::vector<blocks::Block> blocks) override;
  Task<Status> store(std::vector<blocks::Block> blocks) override;
  Task<Result<blocks::BlockData>> fetch(Cid cid) override;

 private:
  Task<Result<Closure>> reach(Cid root, const Origin& origin, const Fresh& fresh);
  bool isComplete(const std::optional<Cid>& base);
  MasterId id_;
  blocks::Store& store_;
};

}  // namespace cairn::pinning
