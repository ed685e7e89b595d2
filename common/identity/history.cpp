#include "common/identity/history.h"

#include <map>

namespace cairn::identity {
namespace {

std::string text(const std::optional<Cid>& root) {
  return root ? root->str() : std::string();
}

class Verifier {
 public:
  Verifier(const std::vector<HistoryRecord>& rows, const std::vector<Bytes>& checkpoints, const TrustedKeys& keys)
      : rows_(rows), keys_(keys) {
    for (const auto& row : rows) present_.insert(row.version);
    for (const Bytes& envelope : checkpoints) {
      auto opened = verifyCheckpoint(envelope);
      // An export has those of many buckets.
      if (opened && !rows.empty() && opened->checkpoint.bucket == rows.front().bucket &&
          keys.contains({opened->checkpoint.master, opened->key}))
        checkpoints_[opened->checkpoint.from] = std::move(opened->checkpoint);
    }
  }

  HistoryReport run() {
    if (!rows_.empty()) report_.first = rows_.front().version;
    for (const HistoryRecord& row : rows_) {
      if (row.bucket != rows_.front().bucket) fault(FaultKind::forged, row.version, "the row is of another bucket");
      if (!report_.fault) follow(row);
      if (!report_.fault) content(row);
      if (report_.fault) return std::move(report_);
      seen_.insert(row.version);
      lastRoot_ = row.root;
      lastHash_ = row.receipt.empty() ? Bytes() : receiptHash(row.receipt);
      report_.last = row.version;
    }
    return std::move(report_);
  }

 private:
  void fault(FaultKind kind, Version version, std::string why) {
    if (!report_.fault) report_.fault = HistoryFault{kind, version, std::move(why)};
  }
  bool begins() const { return seen_.empty(); }

  // Whether this row's version may come after the last one.
  void follow(const HistoryRecord& row) {
    if (begins()) return;
    Version expected(report_.last.get() + 1);
    if (row.version == expected) return;
    if (seen_.contains(row.version)) return fault(FaultKind::doubled, row.version, "this version occurs twice");
    if (row.version < expected) return fault(FaultKind::reordered, row.version, "this row comes after a later version");
    if (present_.contains(expected))
      return fault(FaultKind::reordered, row.version,
                   "version " + std::to_string(expected.get()) + " comes only later");
    if (!coveredUpTo(Version(row.version.get() - 1)))
      fault(FaultKind::missing, expected,
            "rows " + std::to_string(expected.get()) + " to " + std::to_string(row.version.get() - 1) +
                " are neither here nor covered by a checkpoint that continues the chain");
  }

  // Steps over checkpoints that follow one another and continue the chain.
  bool coveredUpTo(Version to) {
    while (report_.last < to) {
      auto at = checkpoints_.find(Version(report_.last.get() + 1));
      if (at == checkpoints_.end()) return false;
      const Checkpoint& c = at->second;
      if (c.to > to || c.before != lastHash_) return false;
      report_.coveredVersions += c.to.get() - c.from.get() + 1;
      report_.last = c.to;
      lastHash_ = c.last;
      lastRoot_ = text(c.root);
    }
    return true;
  }

  void content(const HistoryRecord& row) {
    if (row.receipt.empty()) {
      if (row.master != MasterId())
        return fault(FaultKind::forged, row.version,
                     "the row names master " + row.master.get() + " but has no receipt");
      ++report_.unsignedRows;
      return;
    }
    auto opened = verifyReceipt(row.receipt);
    if (!opened) return fault(FaultKind::forged, row.version, opened.error().message);
    const Receipt& r = opened->receipt;
    if (!keys_.contains({r.master, opened->key}))
      return fault(FaultKind::forged, row.version,
                   "signed by a key that is not known as master " + r.master.get() + "'s");
    if (!sameAs(row, r)) return fault(FaultKind::forged, row.version, "the receipt does not say what its row says");
    chained(row, r);
    if (!report_.fault) ++report_.signedRows;
  }

  static bool sameAs(const HistoryRecord& row, const Receipt& r) {
    return r.bucket == row.bucket && r.version == row.version && text(r.root) == row.root &&
           text(r.previousRoot) == row.previousRoot && r.commit == row.commit && r.master == row.master &&
           r.epoch == row.epoch && r.holders == row.holders && r.puts == row.puts && r.deletes == row.deletes &&
           r.others == row.others && r.attempts == row.attempts;
  }

  void chained(const HistoryRecord& row, const Receipt& r) {
    if (begins()) {
      if (row.version == Version(1) && (!r.previousReceipt.empty() || r.previousRoot))
        fault(FaultKind::forged, row.version, "the first version cannot have one before it");
      return;
    }
    if (r.previousReceipt != lastHash_)
      return fault(FaultKind::forged, row.version, "the receipt does not continue from the row before it");
    if (text(r.previousRoot) != lastRoot_)
      fault(FaultKind::forged, row.version, "the previous root is not the root of the row before it");
  }

  const std::vector<HistoryRecord>& rows_;
  const TrustedKeys& keys_;
  std::map<Version, Checkpoint> checkpoints_;
  std::set<Version> present_, seen_;
  std::string lastRoot_;
  Bytes lastHash_;
  HistoryReport report_;
};

}  // namespace

std::string_view toString(FaultKind kind) {
  switch (kind) {
    case FaultKind::forged:
      return "forged";
    case FaultKind::missing:
      return "missing";
    case FaultKind::doubled:
      return "doubled";
    case FaultKind::reordered:
      return "reordered";
  }
  return "forged";
}

HistoryReport verifyHistory(const std::vector<HistoryRecord>& rows, const std::vector<Bytes>& checkpoints,
                            const TrustedKeys& keys) {
  return Verifier(rows, checkpoints, keys).run();
}

}  // namespace cairn::identity
