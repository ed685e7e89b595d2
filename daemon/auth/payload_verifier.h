// Compares a body with the SHA-256 that the request's head promised (x-amz-content-sha256 as hex digits).
//
// Contract: update() with every byte in order, finish() once. Not for concurrent use. A caller that hashes the body
// with SHA-256 anyway (an object of a single leaf has it in its CID) may compare with BodyPlan::sha256 by itself
// instead.
#pragma once

#include "common/base/bytes.h"
#include "common/cid/sha256.h"
#include "daemon/auth/body_plan.h"
#include "daemon/auth/failure.h"

namespace cairn::auth {

class PayloadVerifier {
 public:
  explicit PayloadVerifier(const Sha256Digest& expected) : expected_(expected) {}
  void update(BytesView piece) { hash_.update(piece); }
  /// content_sha256_mismatch, with both hashes in the message as S3 does.
  AuthStatus finish();

 private:
  Sha256Digest expected_;
  Sha256 hash_;
};

}  // namespace cairn::auth
