// The audit log's hash chain: who did what, in rows of which each carries the hash of the one before;
// docs/formats/audit.md.
//
// Contract: pure, offline, any thread. auditHash() is of everything in a row but its own hash. encode() gives what is
// hashed, canonical DAG-CBOR if the row's texts are UTF-8 (cbor::validate tells). verifyAudit() walks rows in the order
// given and names the first that is forged (its hash is not that of its fields, or it does not continue from the row
// before), missing, doubled or reordered. A log whose newest rows were cut off still verifies: compare `last` and its
// hash with what was noted elsewhere.
#pragma once

#include <string>
#include <vector>

#include "common/base/ids.h"
#include "common/identity/history.h"

namespace cairn::identity {

inline constexpr std::uint64_t kAuditFormat = 1;

struct AuditRow {
  std::uint64_t sequence = 0;  ///< from 1, without gaps
  Timestamp at;
  std::string who;      ///< a wallet, an access key's id, a master's id for what it did by itself
  std::string action;   ///< "operator.set", "key.create" ...
  std::string what;     ///< JSON object: the action's parameters
  Bytes signature;      ///< r||s||v of the typed message, empty where none was asked for
  std::string message;  ///< that message as JSON, empty where none
  std::string from;     ///< the remote address, empty for a command on the machine
  std::string outcome;  ///< "done", or why it was refused
  Digest previous{};    ///< hash of the row before; zeros for the first
  Digest hash{};        ///< auditHash() of everything above
  friend bool operator==(const AuditRow&, const AuditRow&) = default;
};

Bytes encode(const AuditRow& row);
Digest auditHash(const AuditRow& row);

/// Where a chain stands after its row `sequence`; the default is before the first row.
struct AuditTail {
  std::uint64_t sequence = 0;
  Digest hash{};
  friend bool operator==(const AuditTail&, const AuditTail&) = default;
};

struct AuditFault {
  FaultKind kind;
  std::uint64_t sequence;  ///< the row, or the first one missing
  std::string why;
};

struct AuditReport {
  std::uint64_t rows = 0;           ///< that hold
  AuditTail last;                   ///< the last of them
  std::optional<AuditFault> fault;  ///< nullopt: the chain holds
};

/// `rows` must go on from `after`; so a long log is verified page by page.
AuditReport verifyAudit(const std::vector<AuditRow>& rows, const AuditTail& after = {});

}  // namespace cairn::identity
