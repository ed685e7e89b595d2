// Signs this master's receipts, and checks others' for the chain that the admin door walks.
//
// Contract: thread-safe. See bucket::Receipts and docs/formats/receipt.md.
#pragma once

#include <memory>

#include "common/identity/receipt.h"
#include "daemon/bucket/engine.h"

namespace cairn::app {

class ReceiptSigner final : public bucket::Receipts {
 public:
  explicit ReceiptSigner(std::shared_ptr<const identity::SecretKey> key) : key_(std::move(key)) {}
  Bytes make(const registry::FlipRequest& flip, BytesView previousReceiptHash) override;

 private:
  std::shared_ptr<const identity::SecretKey> key_;
};

/// Whether a row's receipt says what the row says, by a key that its master ever registered, and follows from the row
/// before.
Status checkReceipt(const registry::HistoryRow& row, const registry::HistoryRow* before,
                    const std::vector<registry::ReceiptKey>& keys);

}  // namespace cairn::app
