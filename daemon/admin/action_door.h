// What operators do through the admin API: signed actions, and reading who they are and what they did.
//
// Contract: thread-safe; borrows what it is given. act() takes the body of POST /admin/v1/actions (action_request.h)
// and gives the audit row of what was done; the same message again, here or at another master, gives the same row.
// What wallets void of their own is OwnRevocations' to answer.
// Errors: Errc::invalid for what cannot be read or makes no sense, Errc::denied for what may not be or the registry
// refused, Errc::already_exists for a nonce that another message used, Errc::unavailable (also for an unknown outcome):
// the same message may be sent again. A refusal is written to the audit log only if a known operator signed it, and
// uses the message up: so the log grows by a row for each message that an operator signed, and not with what strangers
// send or send again.
#pragma once

#include "common/api/messages.h"
#include "daemon/admin/query.h"
#include "daemon/auth/action_request.h"
#include "daemon/auth/claim_code.h"
#include "daemon/auth/own_revocations.h"
#include "daemon/registry/registry.h"

namespace cairn::admin {

class ActionDoor {
 public:
  ActionDoor(registry::Registry& registry, auth::OwnRevocations& own, auth::ClaimCode& code)
      : registry_(registry), operators_(own.operators()), own_(own), code_(code) {}

  Task<Result<api::AuditRow>> act(std::string body, std::string from);
  Task<Result<api::Operators>> list();
  /// ?from= (1) ?limit= (100, up to 1000); ascending
  Task<Result<api::Audit>> audit(Query query);

 private:
  Status checkCode(const auth::AskedAction& asked);
  Task<Status> checkKey(auth::VerifiedAction action);
  Task<Status> checkBucket(registry::Change change);
  Task<Result<registry::AuditRow>> make(auth::VerifiedAction action, std::string from);
  Task<Result<registry::AuditRow>> noteRefusal(auth::VerifiedAction action, std::string from, std::string why);

  registry::Registry& registry_;
  const auth::Operators& operators_;
  auth::OwnRevocations& own_;
  auth::ClaimCode& code_;
};

}  // namespace cairn::admin
