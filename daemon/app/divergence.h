// Finding where a bucket's history was split: by two registries, or by a gateway that overwrote what it had not read.
//
// Contract: reads only. findDivergences() compares the heads of `ours` and `theirs`, and their kept histories down to
// the newest version at which both had the same root; deleted buckets have a head, too (a tombstone). What the other
// registry says is taken for a claim: a root that cannot be read is listed as such. foreignWrites() gives the versions
// of a bucket that another gateway wrote over a readable root, and the states before each that it can have read, newest
// first. Errors are the registries'.
#pragma once

#include "daemon/registry/registry.h"

namespace cairn::app {

enum class Split {
  same,          ///< one line: equal, or ours goes on where theirs ends
  theirs_ahead,  ///< theirs goes on where ours ends
  diverged,      ///< both went on
  theirs_only,   ///< it never was here
  deleted_here,  ///< it is gone here, and not there
  unreadable,    ///< a head that is no CID Cairn can read
};
std::string_view nameOf(Split split);

struct Divergence {
  BucketId bucket;
  Split split = Split::same;
  std::optional<Version> common;  ///< newest at which both had the same root; absent: none that is kept
  Version ourVersion, theirVersion;
  std::optional<Cid> theirRoot;
};
Task<Result<std::vector<Divergence>>> findDivergences(registry::Registry& ours, registry::Registry& theirs);
/// Of one bucket.
Task<Result<Divergence>> compareBucket(registry::Registry& ours, registry::Registry& theirs, BucketId bucket);

struct ForeignWrite {
  Version version;
  std::vector<Version> before;  ///< with a readable root; the first is its predecessor
};
/// At most `states` states before each.
Task<Result<std::vector<ForeignWrite>>> foreignWrites(registry::Registry& registry, BucketId bucket,
                                                      std::size_t states);

}  // namespace cairn::app
