// Comparing a request's SigV4 signature with the one that its key gives.
//
// Contract: pure, any thread. checkAllSigned(): every x-amz-*, x-cairn-import* and x-cairn-object header that changes
// what the request does is among the signed ones, or whoever carries the request could add it. checkSignature() tries
// S3's canonical form and the bytes as sent, compares in constant time, and answers signature_does_not_match.
#pragma once

#include "daemon/auth/sigv4.h"

namespace cairn::auth {

AuthStatus checkAllSigned(const RequestView& request, const SignedClaims& claims);
AuthStatus checkSignature(const RequestView& request, const SignedClaims& claims, const std::vector<QueryPair>& query,
                          const Sha256Digest& key);

}  // namespace cairn::auth
