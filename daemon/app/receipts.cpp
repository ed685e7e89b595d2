#include "daemon/app/receipts.h"

#include <algorithm>

namespace cairn::app {

Bytes ReceiptSigner::make(const registry::FlipRequest& flip, BytesView previousReceiptHash) {
  identity::Receipt r;
  r.bucket = flip.bucket;
  r.version = Version(flip.expectedVersion.get() + 1);
  r.root = flip.nextRoot;
  r.previousRoot = flip.expectedRoot;
  r.previousReceipt = toBytes(previousReceiptHash);
  r.commit = flip.commit;
  r.master = flip.master;
  r.epoch = flip.epoch;
  r.holders = flip.holders;
  r.puts = flip.operations.puts;
  r.deletes = flip.operations.deletes;
  r.others = flip.operations.others;
  r.attempts = flip.attempt;
  r.claimedAt = flip.claimedAt;
  return identity::sign(r, *key_);
}

Status checkReceipt(const registry::HistoryRow& row, const registry::HistoryRow* before,
                    const std::vector<registry::ReceiptKey>& keys) {
  if (row.receipt.empty()) return {};  // a foreign writer's row: it proves nothing and breaks nothing
  auto receipt = identity::verifyReceipt(row.receipt);
  if (!receipt) return receipt.error();
  const identity::Receipt& r = receipt->receipt;
  const Bytes key(receipt->key.begin(), receipt->key.end());
  if (std::none_of(keys.begin(), keys.end(),
                   [&](const registry::ReceiptKey& k) { return k.master == row.master && k.publicKey == key; }))
    return fail(Errc::corrupt, "signed by a key that is not " + row.master.get() + "'s");
  if (r.bucket != row.bucket || r.version != row.version || r.root != row.root || r.commit != row.commit ||
      r.master != row.master || r.epoch != row.epoch)
    return fail(Errc::corrupt, "the receipt does not say what its row says");
  if (before && r.previousReceipt != (before->receipt.empty() ? Bytes() : identity::receiptHash(before->receipt)))
    return fail(Errc::corrupt, "the receipt does not follow from the one before");
  return {};
}

}  // namespace cairn::app
