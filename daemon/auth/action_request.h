// An action as it is sent: {"action","parameters":{...},"nonce","expires","signature"}, and "code" for ClaimAdmin
// alone; docs/formats/action.md.
//
// Contract: thread-safe, no I/O. readAction() gives the action that the request asks for, made for this fleet, with
// whose signature it is. Errc::invalid, in words for whoever asked, for what cannot be read; otherwise as
// Operators::verify().
#pragma once

#include "daemon/auth/operators.h"

namespace cairn::auth {

inline constexpr std::size_t kMaxActionBody = 16384;

struct AskedAction {
  VerifiedAction action;
  std::string code;
};
Result<AskedAction> readAction(std::string_view body, const Operators& operators);

}  // namespace cairn::auth
