// Whether a tree is the one that docs/formats/bucket.md makes of its contents.
//
// Contract: reads every node, and keeps those of one run of each level. Errc::corrupt names the first node that is not
// as it should be: level, order, counts, weights, or where it is cut. Other errors are those of NodeSource::load.
#pragma once

#include "daemon/bucket/index/tree.h"

namespace cairn::bucket::index {

Task<Status> checkShape(NodeSource& source, Root root);

}  // namespace cairn::bucket::index
