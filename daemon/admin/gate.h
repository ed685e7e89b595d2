// Who may read the operators' door.
//
// Contract: thread-safe; borrows what it is given. admit() lets a request pass that carries, as bearer, a version-2
// token of role operator whose wallet is an operator of any role, or that comes from this machine where the
// configuration opens the door to it (never one that a proxy passed on and says so, nor one that names as Host anything
// but localhost or a loopback address, as a web page's does whose name was bound to this machine). Otherwise the
// refusal: 401 for what is no good token, 403 for a wallet that may not, 503 when it cannot be told now. What admit()
// gave may be asked later whether it would still pass: a stream of events ends with the right to it.
#pragma once

#include <functional>

#include "daemon/auth/wallet_tokens.h"
#include "daemon/http/message.h"

namespace cairn::admin {

struct Refusal {
  int status = 403;
  std::string code, message;
};

class Gate {
 public:
  Gate(auth::WalletTokens& tokens, const auth::IdentityView& view, Clock& clock, bool loopbackReads)
      : tokens_(tokens), view_(view), clock_(clock), loopbackReads_(loopbackReads) {}

  struct Answer {
    std::optional<Refusal> refusal;
    std::function<bool()> still;  ///< empty: always
  };
  Task<Answer> admit(const http::Request& request) const;

 private:
  std::optional<Refusal> check(const auth::WalletToken& token) const;

  auth::WalletTokens& tokens_;
  const auth::IdentityView& view_;
  Clock& clock_;
  const bool loopbackReads_;
};

}  // namespace cairn::admin
