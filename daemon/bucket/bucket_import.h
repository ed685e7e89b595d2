// All contents of a bucket that come as a CAR (docs/formats/import.md, "A whole bucket").
//
// Contract: see BucketImport. Blocks are stored and sent to the holders as they come; what lies below whole leaves of
// the index is marked complete on the way, so that the commit need not walk it all. Borrows the context, the store and
// the engines until it is destroyed.
#pragma once

#include "daemon/bucket/engines.h"
#include "daemon/bucket/service.h"

namespace cairn::bucket {

std::unique_ptr<BucketImport> makeBucketImport(EngineContext& context, blocks::Store& store, Engines& engines,
                                               BucketId bucket, BucketImportOrder order);

}  // namespace cairn::bucket
