#include "daemon/app/grant_command.h"

#include "common/base/json.h"
#include "common/base/url.h"
#include "common/identity/own_revocation.h"
#include "daemon/app/offline.h"
#include "daemon/app/wallet.h"
#include "daemon/registry/identity.h"
#include "daemon/rt/clock.h"

namespace cairn::app {
namespace {

using namespace identity;

constexpr std::string_view kParameter = "x-cairn-grant=";

Result<std::string> fleetOf(const GrantRequest& request) {
  if (!request.fleet.empty()) return request.fleet;
  if (request.api.empty() && request.s3.empty())
    return fail(Errc::invalid,
                "a grant is for one fleet: name its id with --fleet, or a master that tells it with --api or --s3");
  auto challenge = request.s3.empty() ? askChallenge(request.api) : askChallenge(request.s3, AskDoor::s3);
  if (!challenge) return challenge.error();
  return challenge->fleet;
}

Result<Grant> grantOf(const GrantRequest& request, const Address& wallet) {
  Grant grant;
  grant.wallet = wallet;
  auto fleet = fleetOf(request);
  if (!fleet) return fleet.error();
  grant.fleet = std::move(*fleet);
  if (!request.grantee.empty()) {
    auto grantee = Address::parse(request.grantee);
    if (!grantee) return grantee.error();
    if (*grantee == Address()) return fail(Errc::invalid, "the address of zeros is nobody's; leave --grantee out");
    grant.grantee = *grantee;
  }
  auto operations = Operations::parse(request.operations);
  if (!operations) return operations.error();
  grant.operations = *operations;
  grant.bucket = request.bucket;
  grant.prefix = request.prefix.empty() ? request.object : request.prefix;
  if (!request.object.starts_with(grant.prefix) && !request.object.empty())
    return fail(Errc::invalid, "the object does not begin with the prefix that is granted");
  grant.issued = nowSeconds();
  grant.expires = grant.issued + request.seconds;
  grant.count = request.count;
  systemRandom()->fill(grant.nonce);
  if (auto s = checkForm(grant); !s) return s.error();
  if (auto s = checkTimes(grant, grant.issued); !s) return fail(Errc::invalid, s.error().message);
  return grant;
}

/// Of the object, or of a listing of what is granted.
std::string addressOf(const GrantRequest& request, const Grant& grant, const std::string& text) {
  std::string url = request.url;
  while (url.ends_with('/')) url.pop_back();
  url += '/' + uriEncode(grant.bucket);
  if (!request.object.empty())
    return url + '/' + uriEncode(request.object, Slash::keep) + '?' + std::string(kParameter) + text;
  return url + "?list-type=2&prefix=" + uriEncode(grant.prefix) + '&' + std::string(kParameter) + text;
}

/// The grant in `input`, which is one or an address that holds one.
std::string_view grantIn(std::string_view input) {
  const std::size_t at = input.find(kParameter);
  if (at == input.npos) return input;
  input.remove_prefix(at + kParameter.size());
  return input.substr(0, input.find_first_of("&# \n"));
}

Result<std::string> readGrantText(const std::string& file) {
  auto input = readInput(file, 65536);
  if (!input) return input.error();
  return std::string(grantIn(*input));
}

/// What the registry has against a grant; empty if nothing.
Task<Result<std::string>> registryObjects(registry::Registry& registry, const SignedGrant& grant) {
  auto fleet = co_await registry.fleetId();
  if (!fleet) co_return fleet.error();
  if (auto s = checkFleet(grant.grant, *fleet); !s) co_return s.error().message + ": this one is " + *fleet;
  auto changes = co_await registry.identity().changesSince(0, "none");
  if (!changes) co_return changes.error();
  for (const auto& r : changes->revocations)
    if (r.wallet.get() == grant.grant.wallet.lowerCase() && grant.grant.issued <= r.upTo)
      co_return std::string("all that the wallet signed up to then was revoked");
  const Digest own = ownRevocation(grant.grant.wallet, grant.digest);
  for (const auto& digest : changes->revokedGrants)
    if (digest == grant.digest || digest == own) co_return std::string("the grant was revoked");
  co_return std::string();
}

/// Why it would be refused; empty if it would not.
Result<std::string> objections(const SignedGrant& grant, const std::string& registry) {
  if (auto s = checkSigner(grant); !s) return s.error().message;
  if (auto s = checkTimes(grant.grant, nowSeconds()); !s) return s.error().message;
  if (registry.empty()) return std::string();
  std::string why;
  auto status = withExistingRegistry(registry, [&](registry::Registry& r) -> Task<Status> {
    auto found = co_await registryObjects(r, grant);
    if (!found) co_return found.error();
    why = std::move(*found);
    co_return Status{};
  });
  if (!status) return status.error();
  return why;
}

std::string words(const SignedGrant& signedGrant) {
  const Grant& g = signedGrant.grant;
  return "grant of wallet " + g.wallet.text() + " to " +
         (g.forAnyone() ? std::string("whoever has it") : "wallet " + g.grantee.text()) + "\nallows " +
         g.operations.text() + " in bucket " + quoteJson(g.bucket) + " under " + quoteJson(g.prefix) + "\nfor fleet " +
         g.fleet + ", " + (g.count == 0 ? std::string("any number of") : std::to_string(g.count)) +
         " requests\nissued " + std::to_string(g.issued) + ", expires " + std::to_string(g.expires) +
         " (seconds since 1970)\ndigest " + toHex(signedGrant.digest) + "\n";
}

std::string fields(const SignedGrant& s) {
  const Grant& g = s.grant;
  return "\"wallet\":" + quoteJson(g.wallet.lowerCase()) + ",\"fleet\":" + quoteJson(g.fleet) +
         ",\"grantee\":" + (g.forAnyone() ? "null" : quoteJson(g.grantee.lowerCase())) +
         ",\"bucket\":" + quoteJson(g.bucket) + ",\"prefix\":" + quoteJson(g.prefix) +
         ",\"operations\":" + quoteJson(g.operations.text()) + ",\"iat\":" + std::to_string(g.issued) +
         ",\"exp\":" + std::to_string(g.expires) + ",\"count\":" + std::to_string(g.count) +
         ",\"digest\":" + quoteJson(toHex(s.digest));
}

Result<Digest> digestIn(const std::string& text) {
  auto digest = readWord(text.starts_with("0x") ? text : "0x" + text);
  if (!digest)
    return fail(Errc::invalid, "a grant's digest is 64 hexadecimal digits, as `cairnd grant inspect` prints it");
  return digest;
}

struct Revoked {
  Digest digest{};
  std::int64_t until = 0;  ///< seconds since 1970: when the grant is void by itself
  Whose whose{};           ///< where the grant itself was given
};

Result<Revoked> whatToRevoke(const GrantRevocation& request) {
  Revoked out{{}, nowSeconds() + kMostGrantLife + kMostAhead};
  if (request.file.empty()) {
    auto read = digestIn(request.digest);
    if (!read) return read.error();
    out.digest = *read;
    return out;
  }
  auto text = readGrantText(request.file);
  if (!text) return text.error();
  auto grant = readGrant(*text);
  if (!grant) return fail(Errc::invalid, grant.error().message);
  out.digest = grant->digest;
  out.whose = grant->grant.wallet;
  out.until = std::min(out.until, grant->grant.expires + kMostAhead);
  return out;
}

}  // namespace

Result<Report> createGrantCommand(const GrantRequest& request) {
  auto key = readWallet(request.keyFile, request.passwordFile);
  if (!key) return key.error();
  auto grant = grantOf(request, Address::of(key->publicKey()));
  if (!grant) return grant.error();
  const Digest digest = digestOf(*grant);
  const std::string text = grantText(*grant, RecoverableSignature::sign(*key, digest));
  if (auto read = readGrant(text); !read) return fail(Errc::invalid, read.error().message);  // too long
  const std::string url = request.url.empty() ? std::string() : addressOf(request, *grant, text);
  Report report;
  if (request.json) {
    report.text = "{\"grant\":" + quoteJson(text) + "," + fields({*grant, digest, {}}) +
                  (url.empty() ? std::string() : ",\"url\":" + quoteJson(url)) + "}\n";
  } else {
    report.text = (url.empty() ? text : url) + "\n";
  }
  return report;
}

Result<Report> inspectGrantCommand(const GrantInspection& request) {
  auto text = readGrantText(request.file);
  if (!text) return text.error();
  Report report;
  auto grant = readGrant(*text, Signers::contracts_too);
  if (!grant) {
    report.good = false;
    report.text = request.json ? "{\"good\":false,\"why\":" + quoteJson(grant.error().message) + "}\n"
                               : "refused: " + grant.error().message + "\n";
    return report;
  }
  auto why = objections(*grant, request.registry);
  if (!why) return why.error();
  report.good = why->empty();
  report.text = request.json ? "{" + fields(*grant) + ",\"good\":" + (report.good ? "true" : "false") +
                                   ",\"why\":" + quoteJson(*why) + "}\n"
                             : words(*grant) + (report.good ? "good\n" : "refused: " + *why + "\n");
  return report;
}

Result<Report> revokeGrantCommand(const Config& config, const GrantRevocation& request) {
  auto what = whatToRevoke(request);
  if (!what) return what.error();
  const auto& [digest, until, whose] = *what;
  auto status = withExistingRegistry(config.registryPath, [&](registry::Registry& r) {
    return act(r, config, registry::RevokeGrant{digest, Timestamp(until * 1000)}, "grant.revoke",
               "{\"digest\":" + quoteJson(toHex(digest)) + "}");
  });
  if (!status) return status.error();
  Report report;
  report.text = "the grant with digest " + toHex(digest) + " is void; every master knows within two seconds\n";
  return report;
}

Result<Report> revokeOwnGrantCommand(const ActionRequest& own, const GrantRevocation& request) {
  auto what = whatToRevoke(request);
  if (!what) return what.error();
  return revokeOwnGrant(own, what->digest, what->whose);
}

}  // namespace cairn::app
