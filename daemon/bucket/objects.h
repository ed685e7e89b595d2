// Typed access to a bucket's two trees: entries by key, uploads and parts by key, id and number.
//
// Contract: keys as in docs/formats/bucket.md: an object's key as it is; an upload's is `key NUL id`, a part's
// `key NUL id NUL nnnnn` (five digits). Values over index::kMaxValue stand in a block of their own, linked; resolve()
// reads either form. Errors as index::get; any thread.
#pragma once

#include "daemon/bucket/entry.h"
#include "daemon/bucket/index/tree.h"

namespace cairn::bucket {

std::string uploadKey(std::string_view key, std::string_view id);
std::string partKey(std::string_view key, std::string_view id, std::uint32_t number);
struct UploadTreeKey {
  std::string_view key, id;
  std::optional<std::uint32_t> part;
};
/// nullopt for what neither function above makes.
std::optional<UploadTreeKey> parseUploadTreeKey(std::string_view treeKey);

/// The least string above every string that starts with `prefix`; nullopt when there is none.
std::optional<std::string> afterPrefix(std::string prefix);

/// The value itself, or what its link points at.
Task<Result<Bytes>> resolve(index::NodeSource& source, BytesView value);
/// What to put into the tree, and the block it links to if the value is too large.
struct Stored {
  Bytes value;
  std::optional<blocks::Block> block;
};
Stored storable(Bytes value);

Task<Result<std::optional<Entry>>> findEntry(index::NodeSource& source, index::Root objects, std::string key);
Task<Result<std::optional<Upload>>> findUpload(index::NodeSource& source, index::Root uploads, std::string key,
                                               std::string id);

}  // namespace cairn::bucket
