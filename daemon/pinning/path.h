// Where a path below a CID leads: through UnixFS directories, links of DAG-PB by name, DAG-CBOR by key and index.
//
// Contract: resolve() reads the blocks on the way, each once, at most kMostSteps of them. `through` are those that the
// path passes, the root first, so that whoever has them can check it; `target` comes after them. A path that ends
// inside a DAG-CBOR block leads to that block. Errc::not_found when something on it does not exist, also when the
// source does not hold a block; Errc::too_large; errors of the source.
// https://specs.ipfs.tech/http-gateways/trustless-gateway/
#pragma once

#include <string>
#include <vector>

#include "daemon/blocks/source.h"

namespace cairn::pinning {

struct Path {
  std::vector<Cid> through;
  Cid target;
};

inline constexpr std::size_t kMostSteps = 1024;

Task<Result<Path>> resolve(blocks::Source& source, Cid root, std::vector<std::string> segments);

}  // namespace cairn::pinning
