// Grants: a wallet's word that somebody may act in one of its buckets; docs/formats/grant.md.
//
// Contract: values and pure functions, any thread; none looks at revocations or counts. The text is
// "cairn-grant.<payload>.<signature>" and has one spelling, as version-2 tokens have; with a grantee of zero it is a
// secret, for whoever has it may use it. readGrant() takes a text apart and checks its form; checkSigner() that the key
// of the wallet named signed it; checkTimes() and checkFleet() whether it holds here and now. Issue and expiry are
// seconds since 1970. What identifies a grant is its digest.
#pragma once

#include "common/identity/scope.h"
#include "common/identity/signed_text.h"

namespace cairn::identity {

inline constexpr std::string_view kGrantPrefix = "cairn-grant.";
inline constexpr std::int64_t kMostGrantLife = 90 * 24 * 3600;  ///< seconds from issue to expiry

struct Grant {
  Address wallet;  ///< whose bucket it is
  std::string fleet;
  Address grantee;  ///< who may use it; all zero: whoever has it
  std::string bucket;
  std::string prefix;  ///< compared byte by byte with the beginning of keys
  Operations operations;
  std::int64_t issued = 0, expires = 0;
  std::uint64_t count = 0;  ///< how many requests; 0: any number
  Digest nonce{};           ///< random: tells equal grants apart, so that one can be revoked without the other
  friend bool operator==(const Grant&, const Grant&) = default;

  bool forAnyone() const { return grantee == Address(); }
  /// What it allows, and nothing else.
  Scope scope() const;
};

struct SignedGrant {
  Grant grant;
  Digest digest{};
  ClaimedSignature signature;
};

/// The EIP-712 digest: what is signed, and what names the grant.
Digest digestOf(const Grant& grant);
/// For a wallet's eth_signTypedData_v4.
std::string documentOf(const Grant& grant);
std::string grantText(const Grant& grant, const RecoverableSignature& signature);

TokenResult<SignedGrant> readGrant(std::string_view text, Signers signers = Signers::keys);
TokenStatus checkSigner(const SignedGrant& grant);
TokenStatus checkTimes(const Grant& grant, std::int64_t now);
TokenStatus checkFleet(const Grant& grant, std::string_view fleet);

/// Errc::invalid for what readGrant() would not take: before it is signed.
Status checkForm(const Grant& grant);

}  // namespace cairn::identity
