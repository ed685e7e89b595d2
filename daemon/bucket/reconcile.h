// Merging what another line of a bucket's history had into the present: nothing of either side is dropped.
//
// Contract: reconcile() reads trees and changes nothing. Of the keys that differ between `base` and `lost`: those that
// the present still has as `base` had them become what `lost` has, be it gone; those that were changed here as well
// stay as they are, and what `lost` has comes to stand beside them under secondName(). Two entries that differ only in
// when and how they were put are one change. What was deleted here and changed there comes back. A key deleted there
// and changed here stays. Where a group stages keys, `touched` says which: they count as changed here. Running it again
// on the result gives no edits. Errc::too_large: more differences on a side than `range.limit`.
#pragma once

#include <functional>

#include "daemon/bucket/index/tree.h"

namespace cairn::bucket {

/// Where what the other side has under `key` stands beside ours: the key (cut at a character where it would pass
/// S3's 1024 bytes), and " (conflict HEX)" of a digest of the whole key and the item. `turn`: 0 first, more where
/// that name is another item's. Pure.
std::string secondName(const std::string& key, BytesView value, std::uint64_t weight, std::uint64_t turn = 0);

struct SecondName {
  std::string key, name;
};
struct Reconciled {
  std::vector<index::Edit> edits;  ///< ascending
  std::vector<SecondName> both;    ///< keys that stand under two names
  std::vector<std::string> kept;   ///< changed here, deleted there
};
Task<Result<Reconciled>> reconcile(index::NodeSource& source, index::Root base, index::Root lost, index::Root present,
                                   index::Range range, std::function<bool(const std::string&)> touched);

}  // namespace cairn::bucket
