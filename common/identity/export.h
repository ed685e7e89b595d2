// A bucket's history as text, for verification away from the fleet: JSON lines; docs/formats/receipt.md.
//
// Contract: pure. One history row, checkpoint or key a line, each line one JSON object. Reading is strict about the
// fields it knows and ignores others: Errc::invalid names the line. Keys in an export are claims of whoever wrote it; a
// verifier who trusts the fleet's keys from elsewhere passes those instead.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/identity/history.h"

namespace cairn::identity {

struct HistoryExport {
  std::vector<HistoryRecord> rows;
  std::vector<Bytes> checkpoints;
  TrustedKeys keys;
};

std::string exportRow(const HistoryRecord& row);
std::string exportCheckpoint(BytesView envelope);
std::string exportKey(const MasterId& master, const PublicKey& key);
/// Each of the above ends with a newline; any order, empty lines allowed.
Result<HistoryExport> parseExport(std::string_view lines);

}  // namespace cairn::identity
