// A session's state as it lies in a session token: canonical DAG-CBOR; docs/formats/session.md.
//
// Contract: pure, any thread. encodeSession() and decodeSession() are each other's inverse; Errc::corrupt for anything
// that the former would not have written.
#pragma once

#include "daemon/auth/sessions.h"

namespace cairn::auth {

Bytes encodeSession(const Session& session, std::string_view accessKeyId);
struct DecodedSession {
  Session session;
  std::string accessKeyId;
};
Result<DecodedSession> decodeSession(BytesView cbor);

}  // namespace cairn::auth
