// An immutable root of a bucket, readable.
//
// Contract: see Snapshot in service.h. Holds references to the node source and its root block, nothing else.
#pragma once

#include "daemon/bucket/objects.h"
#include "daemon/bucket/root.h"
#include "daemon/bucket/service.h"

namespace cairn::bucket {

SnapshotPtr makeSnapshot(index::NodeSource& nodes, BucketId bucket, registry::RootRow row, RootBlock root);

}  // namespace cairn::bucket
