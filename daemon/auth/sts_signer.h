// Who signed a request to the Security Token Service: AWS Signature Version 4 for service sts, header form.
//
// Contract: thread-safe, no I/O. `of()` gives the widest session that the signer may ask for: of an access key that
// lies in the registry one that ends when the key is disabled or deleted, of a session one with its issue time, end and
// scope; `expires` 0 is no end of its own. The signature covers the body, whose SHA-256 the caller computes. An access
// key of one master's configuration is refused (access_denied): the others need not know it. Errors as those of
// Authenticator.
#pragma once

#include "daemon/auth/authenticator.h"

namespace cairn::auth {

class StsSigner {
 public:
  StsSigner(AuthConfig config, const CredentialSource& credentials, SharedIdentity shared)
      : config_(std::move(config)), credentials_(credentials), shared_(shared) {}

  /// Whether the Authorization header is one for service sts.
  static bool wants(std::string_view authorization);
  AuthResult<Session> of(const RequestView& request, const Sha256Digest& body, Timestamp now) const;

 private:
  AuthConfig config_;
  const CredentialSource& credentials_;
  SharedIdentity shared_;
};

}  // namespace cairn::auth
