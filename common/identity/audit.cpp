#include "common/identity/audit.h"

#include <set>

#include "common/cid/cbor.h"
#include "common/cid/sha256.h"

namespace cairn::identity {
namespace {

constexpr std::string_view kDomain = "cairn audit 1\n";

/// What is wrong with a row that should be the next one; nullopt if nothing is.
std::optional<AuditFault> faultOf(const AuditRow& row, const AuditTail& after) {
  auto forged = [&](std::string why) { return AuditFault{FaultKind::forged, row.sequence, std::move(why)}; };
  if (row.previous != after.hash)
    return forged(after.sequence == 0 ? "the first row names a row before it"
                                      : "it does not continue from row " + std::to_string(after.sequence));
  if (row.hash != auditHash(row)) return forged("its hash is not that of what it says");
  return std::nullopt;
}

/// Why `sequence` is not the one that must come now.
AuditFault misplaced(std::uint64_t sequence, const AuditTail& after, const std::set<std::uint64_t>& present,
                     const std::set<std::uint64_t>& seen) {
  const std::uint64_t expected = after.sequence + 1;
  if (seen.contains(sequence) || sequence == after.sequence)
    return {FaultKind::doubled, sequence, "this sequence occurs twice"};
  if (sequence < expected) return {FaultKind::reordered, sequence, "this row comes after a later one"};
  if (present.contains(expected))
    return {FaultKind::reordered, sequence, "row " + std::to_string(expected) + " comes only later"};
  return {FaultKind::missing, expected,
          "rows " + std::to_string(expected) + " to " + std::to_string(sequence - 1) + " are not there"};
}

}  // namespace

Bytes encode(const AuditRow& row) {
  Bytes out;
  cbor::Writer w(out);
  cbor::MapWriter map(w, 11);
  map.key("v").uint(kAuditFormat);
  map.key("at").integer(row.at.get());
  map.key("who").text(row.who);
  map.key("from").text(row.from);
  map.key("what").text(row.what);
  map.key("action").text(row.action);
  map.key("message").text(row.message);
  map.key("outcome").text(row.outcome);
  map.key("previous").bytes(row.previous);
  map.key("sequence").uint(row.sequence);
  map.key("signature").bytes(row.signature);
  return out;
}

Digest auditHash(const AuditRow& row) {
  Sha256 hash;
  hash.update(asBytes(kDomain));
  hash.update(encode(row));
  return hash.finish();
}

AuditReport verifyAudit(const std::vector<AuditRow>& rows, const AuditTail& after) {
  AuditReport report;
  report.last = after;
  std::set<std::uint64_t> present, seen;
  for (const AuditRow& row : rows) present.insert(row.sequence);
  for (const AuditRow& row : rows) {
    report.fault = row.sequence == report.last.sequence + 1 ? faultOf(row, report.last)
                                                            : misplaced(row.sequence, report.last, present, seen);
    if (report.fault) return report;
    seen.insert(row.sequence);
    report.last = {row.sequence, row.hash};
    ++report.rows;
  }
  return report;
}

}  // namespace cairn::identity
