// From SQL columns to the registry's values, shared by the engine's statements.
//
// Contract: pure but for the statements they read. Root texts that are no CID we can read never become a CID: a Pointer
// then carries `bad`, and the text, so that callers refuse to overwrite it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/registry/registry.h"
#include "daemon/registry/sqlite/connection.h"

namespace cairn::registry::sqlite {

/// One row of bucket_roots with what belongs to it.
struct Pointer {
  RootRow row;
  std::string rootText;
  std::optional<Error> bad;  ///< Errc::corrupt, or why the row could not be read at all
};

Pointer readPointer(Connection& connection, const BucketId& bucket);
Result<std::vector<BucketRow>> listPointers(Connection& connection, const OwnerId& owner);
Result<std::vector<HistoryRow>> readHistory(Connection& connection, const BucketId& bucket, Version from, Version to,
                                            std::size_t limit);

Result<std::optional<HistoryRow>> readHistoryOfRoot(Connection& connection, const BucketId& bucket, const Cid& root);

std::string rootText(const std::optional<Cid>& root);
/// nullopt for '' and for text that is no CID.
std::optional<Cid> rootOf(const std::string& text);
Timestamp timeOf(std::int64_t milliseconds);

}  // namespace cairn::registry::sqlite
