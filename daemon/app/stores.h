// The block store that the configuration names.
//
// Contract: opened once, blocking; the error is for an operator. One of `embedded` and `kubo` is `store` seen as what
// it is, the other is null.
#pragma once

#include <memory>

#include "daemon/app/config.h"
#include "daemon/blocks/embedded/embedded.h"
#include "daemon/blocks/kubo/kubo.h"

namespace cairn::app {

struct BlockStore {
  std::unique_ptr<blocks::Store> store;
  blocks::EmbeddedStore* embedded = nullptr;
  blocks::KuboStore* kubo = nullptr;
};

Result<BlockStore> openBlocks(const Config& config);

}  // namespace cairn::app
