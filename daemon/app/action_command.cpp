#include "daemon/app/action_command.h"

#include <cstdio>

#include "common/identity/typed_data.h"
#include "daemon/app/api_call.h"
#include "daemon/app/offline.h"
#include "daemon/app/token_command.h"
#include "daemon/app/wallet.h"
#include "daemon/rt/clock.h"
#include "daemon/s3/sts.h"

namespace cairn::app {
namespace {

using identity::Action;

/// The first answer to `call` of one of the masters that is not "try again".
Result<http::Response> callAny(const std::vector<std::string>& apis, const ApiCall& call) {
  Result<http::Response> answer = fail(Errc::invalid, "name a master to ask with --api HOST:PORT");
  for (const std::string& api : apis) {
    answer = callApi(api, call);
    if (answer && answer->status == 503) answer = problemOf(api, *answer);
    if (answer) {
      if (answer->status != 200) return problemOf(api, *answer);
      return answer;
    }
    std::fprintf(stderr, "cairnd: %s\n", answer.error().message.c_str());
  }
  return answer;
}

Result<std::string> fleetOf(const ActionRequest& request) {
  if (!request.s3.empty()) {
    auto challenge = askChallenge(request.s3, AskDoor::s3);
    if (!challenge) return challenge.error();
    if (auto s = expectFleet(request.keyFile, request.fleet, challenge->fleet); !s) return s.error();
    return challenge->fleet;
  }
  Result<api::Challenge> challenge = fail(Errc::invalid, "name a master to ask with --api HOST:PORT");
  for (const std::string& api : request.apis)
    if (challenge = askChallenge(api); challenge) break;
  if (!challenge) return challenge.error();
  return challenge->fleet;
}

Result<Action> actionOf(const ActionRequest& request) {
  if (!request.documentFile.empty()) {
    auto text = readInput(request.documentFile, identity::kMaxTypedDataBytes);
    if (!text) return text.error();
    return identity::readActionDocument(*text);
  }
  auto parameters = readJson(request.parameters);
  if (!parameters) return fail(Errc::invalid, "--parameters: " + parameters.error().message);
  auto fleet = fleetOf(request);
  if (!fleet) return fleet.error();
  identity::Digest nonce;
  systemRandom()->fill(nonce);
  return identity::makeAction(request.name, *parameters, *fleet, nonce, nowSeconds() + request.seconds);
}

Result<Bytes> signatureOf(const ActionRequest& request, const Action& action) {
  if (!request.signature.empty()) {
    auto bytes = fromHex(request.signature.starts_with("0x") ? request.signature.substr(2) : request.signature);
    if (!bytes) return fail(Errc::invalid, "--signature is not 0x and hexadecimal digits");
    return *bytes;
  }
  if (request.keyFile.empty())
    return fail(Errc::invalid,
                "sign with --key FILE; or print the document with --print-document, have a wallet sign it, and send it "
                "with `cairnd action send --document FILE --signature 0x...`");
  auto key = readWallet(request.keyFile, request.passwordFile);
  if (!key) return key.error();
  const auto data = identity::TypedData::parse(documentOf(action));
  if (!data) return data.error();
  std::fprintf(stderr, "signing with %s:\n%s", identity::Address::of(key->publicKey()).text().c_str(),
               toText(*data).c_str());
  const auto signature = identity::RecoverableSignature::sign(*key, data->digest());
  return toBytes(signature.bytes());
}

Result<std::string> addressOf(const ActionRequest& request, const Whose& whose = {}) {
  auto key = readWallet(request.keyFile, request.passwordFile);
  if (!key) return key.error();
  const auto own = identity::Address::of(key->publicKey());
  if (whose && *whose != own)
    return fail(Errc::invalid, "that is of wallet " + whose->text() + ", and the key given is of " + own.text() +
                                   ": a wallet revokes what it signed itself");
  return own.lowerCase();
}

std::string wordsOf(const api::AuditRow& row) {
  const std::string what = row.action + " " + row.what + " by " + row.who;
  if (row.sequence == 0) return what + ": it was so already\n";
  return what + ": " + row.outcome + ", audit row " + std::to_string(row.sequence) +
         "; every master knows within two seconds\n";
}

Result<std::string> bodyOf(const ActionRequest& request, const Action& action, BytesView signature) {
  std::string body = R"({"action":)" + quoteJson(action.type->name) + R"(,"parameters":)" + parametersOf(action) +
                     R"(,"nonce":"0x)" + toHex(action.nonce) + R"(","expires":)" + std::to_string(action.expires) +
                     R"(,"signature":"0x)" + toHex(signature) + "\"";
  if (action.type->name == "ClaimAdmin") {
    if (request.codeFile.empty())
      return fail(Errc::invalid,
                  "--code-file names the file with the code that the master logged; - is standard input");
    auto code = readInput(request.codeFile, 256);
    if (!code) return code.error();
    body += R"(,"code":)" + quoteJson(*code);
  }
  return body + "}";
}

}  // namespace

Result<Report> actionCommand(const ActionRequest& request) {
  auto action = actionOf(request);
  if (!action) return action.error();
  Report report;
  if (request.print) {
    report.text = documentOf(*action) + "\n";
    return report;
  }
  auto signature = signatureOf(request, *action);
  if (!signature) return signature.error();
  auto body = bodyOf(request, *action, *signature);
  if (!body) return body.error();
  auto answer = request.s3.empty() ? callAny(request.apis, {"POST", "/admin/v1/actions", {}, *body})
                                   : callAny({request.s3}, {"POST", std::string(s3::kRevokePath), {}, *body});
  if (!answer) return answer.error();
  auto row = api::fromJson<api::AuditRow>(asText(answer->body));
  if (!row) return row.error();
  report.text = request.json ? api::toJson(*row) + "\n" : wordsOf(*row);
  return report;
}

Result<Report> claimCommand(ActionRequest request, const std::string& wallet) {
  std::string address = wallet;
  if (address.empty() && !request.keyFile.empty()) {
    auto own = addressOf(request);
    if (!own) return own.error();
    address = *own;
  }
  request.name = "ClaimAdmin";
  request.parameters = R"({"wallet":)" + quoteJson(address) + "}";
  return actionCommand(request);
}

Result<Report> aliasCommand(ActionRequest request, const std::string& name, const std::string& owner,
                            std::string bucket) {
  const auto wallet = identity::Address::parse(owner);
  if (bucket.empty() && !owner.empty()) bucket = name;
  request.name = "SetAlias";
  request.parameters = R"({"name":)" + quoteJson(name) + R"(,"owner":)" +
                       quoteJson(wallet ? wallet->lowerCase() : owner) + R"(,"bucket":)" + quoteJson(bucket) + "}";
  return actionCommand(request);
}

Result<Report> revokeOwnTokens(ActionRequest request, std::int64_t upTo, const Whose& whose) {
  auto wallet = addressOf(request, whose);
  if (!wallet) return wallet.error();
  request.name = "RevokeOwnTokens";
  request.parameters = R"({"wallet":)" + quoteJson(*wallet) + R"(,"upTo":)" + std::to_string(upTo) + "}";
  return actionCommand(request);
}

Result<Report> revokeOwnGrant(ActionRequest request, const identity::Digest& grant, const Whose& whose) {
  auto wallet = addressOf(request, whose);
  if (!wallet) return wallet.error();
  request.name = "RevokeOwnGrant";
  request.parameters = R"({"wallet":)" + quoteJson(*wallet) + R"(,"grant":"0x)" + toHex(grant) + "\"}";
  return actionCommand(request);
}

Result<std::string> readAsOperator(const OperatorRead& read, const std::string& target) {
  auto token = readToken(read.tokenFile);
  if (!token) return token.error();
  Result<http::Response> answer = fail(Errc::invalid, "name a master to ask with --api HOST:PORT");
  if (token->empty() && !read.keyFile.empty() && !read.apis.empty()) {
    IssueRequest issue;
    issue.keyFile = read.keyFile;
    issue.passwordFile = read.passwordFile;
    issue.api = read.apis.front();
    issue.seconds = 60;
    issue.asOperator = true;
    auto issued = issueTokenCommand(issue);
    if (!issued) return issued.error();
    *token = issued->text.substr(0, issued->text.find('\n'));
  }
  answer = callAny(read.apis, {"GET", target, *token, {}});
  if (!answer) return answer.error();
  return std::string(asText(answer->body));
}

Result<Report> listOperatorsCommand(const OperatorRead& read, bool json) {
  auto body = readAsOperator(read, "/admin/v1/operators");
  if (!body) return body.error();
  auto found = api::fromJson<api::Operators>(*body);
  if (!found) return found.error();
  Report report;
  if (json) {
    report.text = *body + "\n";
    return report;
  }
  for (const auto& row : found->operators)
    report.text += row.wallet.get() + "  " + row.role + (row.by.get().empty() ? "" : "  by " + row.by.get()) + "\n";
  if (found->operators.empty()) report.text = "no operators\n";
  return report;
}

Result<Report> vouchCommand(ActionRequest request, const OperatorRead& read, const std::string& master,
                            std::string publicKey) {
  if (publicKey.empty()) {
    auto body = readAsOperator(read, "/admin/v1/chain");
    if (!body) return body.error();
    auto chain = api::fromJson<api::ChainStatus>(*body);
    if (!chain) return chain.error();
    for (const auto& key : chain->keys.value_or(std::vector<api::MasterKey>())) {
      if (key.master.get() != master) continue;
      if (!publicKey.empty())
        return fail(Errc::invalid, "master " + master + " registered several receipt keys, among them " + publicKey +
                                       " and " + key.publicKey + ": name the one with --public-key");
      publicKey = key.publicKey;
    }
    if (publicKey.empty()) return fail(Errc::not_found, "the registry lists no receipt key of a master " + master);
  }
  request.name = "VouchMaster";
  request.parameters = R"({"master":)" + quoteJson(master) + R"(,"publicKey":"0x)" + publicKey + "\"}";
  return actionCommand(request);
}

}  // namespace cairn::app
