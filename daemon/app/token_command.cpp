#include "daemon/app/token_command.h"

#include <chrono>

#include "common/base/json.h"
#include "common/identity/scope_json.h"
#include "daemon/app/offline.h"
#include "daemon/app/wallet.h"
#include "daemon/registry/identity.h"
#include "daemon/rt/clock.h"

namespace cairn::app {
namespace {

using namespace identity;

Result<Scope> scopeOf(const IssueRequest& request) {
  auto operations = Operations::parse(request.operations);
  if (!operations) return operations.error();
  return Scope::make({{request.bucket, request.prefix, *operations}});
}

/// What the registry knows of a token; empty if nothing speaks against it.
Task<Result<std::string>> registryObjects(registry::Registry& registry, const SignedToken& token) {
  auto fleet = co_await registry.fleetId();
  if (!fleet) co_return fleet.error();
  if (auto s = checkFleet(token.token, *fleet); !s) co_return s.error().message + ": this one is " + *fleet;
  auto changes = co_await registry.identity().changesSince(0, "none");
  if (!changes) co_return changes.error();
  for (const auto& row : changes->unreadable)
    if (row.table == "revocations" && row.key == token.token.wallet.lowerCase())
      co_return std::string("the wallet's revocation in the registry cannot be read, so that all its tokens are void");
  for (const auto& r : changes->revocations)
    if (r.wallet.get() == token.token.wallet.lowerCase() && token.token.issued <= r.upTo)
      co_return std::string("the token was revoked");
  co_return std::string();
}

/// Why it would be refused; empty if it would not.
Result<std::string> objections(const SignedToken& token, const std::string& registry) {
  if (auto s = checkSigner(token); !s) return s.error().message;
  if (auto s = checkTimes(token.token, nowSeconds()); !s) return s.error().message;
  if (registry.empty()) return std::string();
  std::string why;
  auto status = withExistingRegistry(registry, [&](registry::Registry& r) -> Task<Status> {
    auto found = co_await registryObjects(r, token);
    if (!found) co_return found.error();
    why = std::move(*found);
    co_return Status{};
  });
  if (!status) return status.error();
  return why;
}

std::string words(const SignedToken& signedToken) {
  const Token& t = signedToken.token;
  std::string out = "version " + std::to_string(t.version) + " token of wallet " + t.wallet.text() + "\nissued " +
                    std::to_string(t.issued) + ", expires " + std::to_string(t.expires) + " (seconds since 1970)\n";
  if (t.version == 2) {
    out += "for fleet " + t.fleet + ", role " + std::string(toText(t.role)) + "\n";
    for (const ScopeEntry& e : t.scope.entries())
      out += "allows " + e.operations.text() + " in bucket " + quoteJson(e.bucket) + " under " + quoteJson(e.prefix) +
             "\n";
  }
  return out + "digest " + toHex(signedToken.digest) + "\n";
}

std::string inspectJson(const SignedToken& t, const std::string& why) {
  std::string out = "{\"version\":" + std::to_string(t.token.version) +
                    ",\"wallet\":" + quoteJson(t.token.wallet.lowerCase()) +
                    ",\"iat\":" + std::to_string(t.token.issued) + ",\"exp\":" + std::to_string(t.token.expires);
  if (t.token.version == 2)
    out += ",\"fleet\":" + quoteJson(t.token.fleet) + ",\"role\":" + quoteJson(toText(t.token.role)) +
           ",\"scope\":" + scopeJson(t.token.scope);
  return out + ",\"digest\":" + quoteJson(toHex(t.digest)) + ",\"good\":" + (why.empty() ? "true" : "false") +
         ",\"why\":" + quoteJson(why) + "}\n";
}

struct Revoked {
  Address wallet;
  std::int64_t upTo = 0;
};

Result<Revoked> whatToRevoke(const RevokeRequest& request) {
  std::int64_t upTo = request.upTo.value_or(nowSeconds() + kMostAhead);
  if (request.tokenFile.empty()) {
    auto wallet = Address::parse(request.wallet);
    if (!wallet) return wallet.error();
    return Revoked{*wallet, upTo};
  }
  auto text = readInput(request.tokenFile, kMaxTokenBytes);
  if (!text) return text.error();
  auto token = readToken(*text);
  if (!token) return fail(Errc::invalid, token.error().message);
  if (auto s = checkSigner(*token); !s) return fail(Errc::invalid, s.error().message);
  return Revoked{token->token.wallet, token->token.issued};
}

}  // namespace

Result<Report> issueTokenCommand(const IssueRequest& request) {
  auto key = readWallet(request.keyFile, request.passwordFile);
  if (!key) return key.error();
  Token token;
  token.version = request.version;
  token.wallet = Address::of(key->publicKey());
  token.issued = nowSeconds();
  token.expires = token.issued + request.seconds;
  if (auto s = checkTimes(token, token.issued); !s) return fail(Errc::invalid, s.error().message);
  if (request.version == 1 && (request.bucket != "*" || !request.prefix.empty() || request.asOperator ||
                               request.operations != Operations::all().text()))
    return fail(Errc::invalid, "a version-1 token is for all storage: it has neither scope nor role");
  if (request.version == 2) {
    auto scope = scopeOf(request);
    if (!scope) return scope.error();
    if (request.api.empty() && request.s3.empty())
      return fail(Errc::invalid,
                  "a version-2 token holds a challenge: name a master to ask with --api HOST:PORT or --s3 HOST:PORT");
    auto challenge = request.s3.empty() ? askChallenge(request.api) : askChallenge(request.s3, AskDoor::s3);
    if (!challenge) return challenge.error();
    auto nonce = fromHex(challenge->nonce.starts_with("0x") ? challenge->nonce.substr(2) : "");
    if (!nonce || nonce->size() != token.nonce.size())
      return fail(Errc::invalid, "the challenge of " + request.api + request.s3 + " is malformed");
    if (auto s = expectFleet(request.keyFile, request.fleet, challenge->fleet); !s) return s.error();
    std::copy(nonce->begin(), nonce->end(), token.nonce.begin());
    token.fleet = challenge->fleet;
    token.scope = std::move(*scope);
    token.role = request.asOperator ? TokenRole::operator_ : TokenRole::storage;
  }
  Report report;
  report.text = tokenText(token, RecoverableSignature::sign(*key, digestOf(token))) + "\n";
  return report;
}

Result<Report> inspectTokenCommand(const InspectRequest& request) {
  auto text = readInput(request.file, 65536);
  if (!text) return text.error();
  Report report;
  auto token = readToken(*text, Signers::contracts_too);
  if (!token) {
    report.good = false;
    report.text = request.json ? "{\"good\":false,\"why\":" + quoteJson(token.error().message) + "}\n"
                               : "refused: " + token.error().message + "\n";
    return report;
  }
  auto why = objections(*token, request.registry);
  if (!why) return why.error();
  report.good = why->empty();
  if (request.json) {
    report.text = inspectJson(*token, *why);
  } else {
    report.text = words(*token) + (why->empty() ? "good\n" : "refused: " + *why + "\n");
  }
  return report;
}

Result<Report> revokeTokenCommand(const Config& config, const RevokeRequest& request) {
  auto what = whatToRevoke(request);
  if (!what) return what.error();
  const auto& [wallet, upTo] = *what;
  auto status = withExistingRegistry(config.registryPath, [&](registry::Registry& r) {
    return act(r, config, registry::Revocation{OwnerId(wallet.lowerCase()), upTo}, "token.revoke",
               "{\"wallet\":" + quoteJson(wallet.lowerCase()) + ",\"upTo\":" + std::to_string(upTo) + "}");
  });
  if (!status) return status.error();
  Report report;
  report.text = "tokens of " + wallet.text() + " issued up to " + std::to_string(upTo) +
                " are void, and sessions made from them; every master knows within two seconds\n";
  if (upTo > nowSeconds() + kMostAhead)
    report.text += "That moment is ahead: until then the wallet can get no token that is taken.\n";
  return report;
}

Result<Report> revokeOwnTokensCommand(const ActionRequest& own, RevokeRequest request) {
  if (request.tokenFile.empty()) return revokeOwnTokens(own, request.upTo.value_or(nowSeconds() + kMostAhead), {});
  auto what = whatToRevoke(request);
  if (!what) return what.error();
  return revokeOwnTokens(own, what->upTo, what->wallet);
}

}  // namespace cairn::app
