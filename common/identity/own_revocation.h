// What stands in the registry in place of a grant's digest where its own wallet voided it.
//
// Contract: pure, any thread. It names wallet and digest, so that whoever names a digest that is another's voids
// nothing; docs/formats/action.md.
#pragma once

#include "common/cid/sha256.h"
#include "common/identity/address.h"
#include "common/identity/recoverable.h"

namespace cairn::identity {

inline Digest ownRevocation(const Address& wallet, const Digest& grant) {
  Sha256 hash;
  hash.update(asBytes("cairn own grant\n"));
  hash.update(wallet.bytes());
  hash.update(grant);
  return hash.finish();
}

}  // namespace cairn::identity
