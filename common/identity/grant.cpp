#include "common/identity/grant.h"

#include "common/identity/members.h"
#include "common/identity/struct_encoder.h"

namespace cairn::identity {
namespace {

const std::string kWhat = "grant";
constexpr std::size_t kMaxName = 64;  // of a fleet or a bucket
constexpr std::uint64_t kMostCount = (1ULL << 53) - 1;

const StructType& grantType() {
  static const StructType kType("CairnGrant", {{"address", "wallet"},
                                               {"string", "fleet"},
                                               {"address", "grantee"},
                                               {"string", "bucket"},
                                               {"string", "prefix"},
                                               {"string", "operations"},
                                               {"uint64", "iat"},
                                               {"uint64", "exp"},
                                               {"uint64", "count"},
                                               {"bytes32", "nonce"}});
  return kType;
}

const Domain& domain() {
  static const Domain kDomain{.name = "Cairn", .version = "2"};
  return kDomain;
}

/// As JSON.stringify writes it, members in the type's order.
std::string payloadOf(const Grant& g) {
  return "{\"wallet\":" + quoteJson(g.wallet.lowerCase()) + ",\"fleet\":" + quoteJson(g.fleet) +
         ",\"grantee\":" + quoteJson(g.grantee.lowerCase()) + ",\"bucket\":" + quoteJson(g.bucket) +
         ",\"prefix\":" + quoteJson(g.prefix) + ",\"operations\":" + quoteJson(g.operations.text()) +
         ",\"iat\":" + std::to_string(g.issued) + ",\"exp\":" + std::to_string(g.expires) +
         ",\"count\":" + std::to_string(g.count) + ",\"nonce\":" + quoteJson("0x" + toHex(g.nonce)) + "}";
}

Result<Grant> readPayload(std::string_view json) {
  auto parsed = readJson(json);
  if (!parsed) return parsed.error();
  Members m(*parsed, {"wallet", "fleet", "grantee", "bucket", "prefix", "operations", "iat", "exp", "count", "nonce"});
  Grant grant;
  auto wallet = Address::parseAnyCase(m.text("wallet")), grantee = Address::parseAnyCase(m.text("grantee"));
  auto operations = Operations::parse(m.text("operations"));
  auto nonce = readNonce(m.text("nonce"));
  grant.fleet = m.text("fleet");
  grant.bucket = m.text("bucket");
  grant.prefix = m.text("prefix");
  grant.issued = m.integer("iat");
  grant.expires = m.integer("exp");
  grant.count = static_cast<std::uint64_t>(m.integer("count"));
  if (!m.status()) return m.status().error();
  if (!wallet) return wallet.error();
  if (!grantee) return grantee.error();
  if (!operations) return operations.error();
  if (!nonce) return nonce.error();
  grant.wallet = *wallet;
  grant.grantee = *grantee;
  grant.operations = *operations;
  grant.nonce = *nonce;
  if (auto s = checkForm(grant); !s) return s.error();
  if (payloadOf(grant) != json)
    return fail(Errc::invalid, "it is not spelled as JSON.stringify does with its members in order");
  return grant;
}

}  // namespace

Scope Grant::scope() const {
  auto made = Scope::make({{bucket, prefix, operations}});
  CAIRN_ASSERT(made.has_value());  // checkForm()
  return std::move(*made);
}

Status checkForm(const Grant& grant) {
  if (grant.fleet.empty() || grant.fleet.size() > kMaxName) return fail(Errc::invalid, "it names no fleet");
  if (grant.bucket == kAnyBucket || grant.bucket.size() > kMaxName)
    return fail(Errc::invalid, "a grant is of one bucket, named in full");
  if (grant.count > kMostCount) return fail(Errc::invalid, "its count is over 2^53 - 1");
  auto scope = Scope::make({{grant.bucket, grant.prefix, grant.operations}});
  if (!scope) return scope.error();
  return {};
}

Digest digestOf(const Grant& g) {
  static const Digest kSeparator = domain().separator();
  StructEncoder encoder(grantType());
  encoder.address(g.wallet).text(g.fleet).address(g.grantee).text(g.bucket).text(g.prefix).text(g.operations.text());
  encoder.uint(static_cast<std::uint64_t>(g.issued)).uint(static_cast<std::uint64_t>(g.expires)).uint(g.count);
  return typedDataDigest(kSeparator, encoder.fixedBytes(g.nonce).finish());
}

std::string documentOf(const Grant& grant) {
  return document(domain(), grantType(), payloadOf(grant));
}

std::string grantText(const Grant& grant, const RecoverableSignature& signature) {
  return joinSigned(kGrantPrefix, payloadOf(grant), signature.bytes());
}

TokenResult<SignedGrant> readGrant(std::string_view text, Signers signers) {
  if (!text.starts_with(kGrantPrefix))
    return TokenError{TokenFault::not_a_token, "it does not begin with " + std::string(kGrantPrefix)};
  auto parts = splitSigned(text, kGrantPrefix, VPolicy::only_27_28, signers, kWhat);
  if (!parts) return parts.error();
  auto grant = readPayload(asText(parts->payload));
  if (!grant) return TokenError{TokenFault::malformed, "the grant's payload is refused: " + grant.error().message};
  const Digest digest = digestOf(*grant);
  return SignedGrant{std::move(*grant), digest, std::move(parts->signature)};
}

TokenStatus checkSigner(const SignedGrant& grant) {
  return checkKey(grant.signature, grant.digest, grant.grant.wallet, kWhat);
}

TokenStatus checkTimes(const Grant& grant, std::int64_t now) {
  return checkLife(grant.issued, grant.expires, now, kMostGrantLife, "90 days", kWhat);
}

TokenStatus checkFleet(const Grant& grant, std::string_view fleet) {
  if (grant.fleet == fleet) return {};
  return TokenError{TokenFault::other_fleet, "the grant is for another fleet"};
}

}  // namespace cairn::identity
