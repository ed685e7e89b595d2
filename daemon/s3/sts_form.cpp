#include "daemon/s3/sts_form.h"

#include <algorithm>
#include <array>

#include "common/base/url.h"
#include "daemon/s3/dates.h"
#include "daemon/s3/parts.h"
#include "daemon/s3/policy.h"

namespace cairn::s3 {
namespace {

constexpr std::string_view kNamespace = "https://sts.amazonaws.com/doc/2011-06-15/";
constexpr std::array<std::string_view, 6> kOfBoth = {"Action",          "Version",         "RoleArn",
                                                     "RoleSessionName", "DurationSeconds", "Policy"};
constexpr std::array<std::string_view, 2> kOfWebIdentity = {"WebIdentityToken", "ProviderId"};
constexpr std::uint64_t kLeast = 900, kMost = 43200, kUsual = 3600;

bool takes(std::string_view action, std::string_view name) {
  if (std::ranges::find(kOfBoth, name) != kOfBoth.end()) return true;
  return action == kWithWebIdentity && std::ranges::find(kOfWebIdentity, name) != kOfWebIdentity.end();
}

std::string_view signedCode(auth::AuthFailure failure) {
  using enum auth::AuthFailure;
  if (failure == invalid_access_key_id || failure == invalid_token) return "InvalidClientTokenId";
  return auth::s3Code(failure);
}

}  // namespace

StsResult<StsForm> StsForm::read(std::string_view text) {
  auto pairs = parseQuery(text);
  if (!pairs) return StsError{400, "MalformedInput", "the form is not percent-encoded as it should be"};
  StsForm form;
  for (auto& pair : *pairs)
    if (!form.values_.emplace(std::move(pair.name), std::move(pair.value)).second)
      return StsError{400, "MalformedInput", "a parameter comes twice"};
  for (std::string_view action : {kWithWebIdentity, kAssumeRole})
    if (form.get("Action") == action) form.action_ = action;
  if (form.action_.empty())
    return StsError{400, "InvalidAction", "of STS, AssumeRole and AssumeRoleWithWebIdentity are offered"};
  for (const auto& [name, value] : form.values_)
    if (!takes(form.action_, name))
      return StsError{400, "ValidationError", name + " is not supported: a session is narrowed with Policy"};
  const auto seconds = form.readSeconds();
  if (!seconds) return seconds.error();
  form.seconds_ = *seconds;
  return form;
}

std::string_view StsForm::get(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string_view() : std::string_view(found->second);
}

StsResult<std::int64_t> StsForm::readSeconds() const {
  const std::string_view text = get("DurationSeconds");
  if (text.empty()) return static_cast<std::int64_t>(kUsual);
  const auto seconds = decimal(text);
  if (!seconds || *seconds < kLeast || *seconds > kMost)
    return StsError{400, "ValidationError", "DurationSeconds must be between 900 and 43200"};
  return static_cast<std::int64_t>(*seconds);
}

StsResult<auth::Session> narrowed(auth::Session session, const StsForm& form, Timestamp now) {
  const std::int64_t end = now.get() / 1000 + form.seconds();
  session.expires = session.expires == 0 ? end : std::min(session.expires, end);
  const std::string_view policy = form.get("Policy");
  if (policy.empty()) return session;
  if (policy.size() > kMaxPolicyBytes) return StsError{400, "PackedPolicyTooLarge", "a Policy has at most 2048 bytes"};
  const auto asked = scopeOfPolicy(policy);
  if (!asked) return StsError{400, "MalformedPolicyDocument", asked.error().message};
  auto both = identity::intersection(session.scope.value_or(identity::Scope::everything()), *asked);
  if (!both && both.error().code == Errc::denied)
    return StsError{403, "AccessDenied", "the Policy allows nothing that the credentials allow"};
  if (!both) return StsError{400, "PackedPolicyTooLarge", both.error().message};
  session.scope = std::move(*both);
  session.role = identity::TokenRole::storage;  // a policy speaks of storage alone
  return session;
}

StsError fromAuthError(const auth::AuthError& error, std::string_view action) {
  using enum auth::AuthFailure;
  if (error.failure == unavailable) return {503, "ServiceUnavailable", error.message};
  if (action == kAssumeRole)
    return {error.failure == expired_token ? 400 : 403, signedCode(error.failure), error.message};
  if (error.failure == token_expired) return {400, "ExpiredTokenException", error.message};
  return {400, "InvalidIdentityToken", error.message};
}

Reply stsReply(const StsError& error, const std::string& requestId) {
  XmlWriter xml("ErrorResponse", kNamespace);
  xml.open("Error");
  xml.plain("Type", error.status < 500 ? "Sender" : "Receiver");
  xml.text("Code", error.code);
  xml.text("Message", error.message);
  xml.close("Error");
  xml.plain("RequestId", requestId);
  Reply reply = xmlReply(xml.finish());
  reply.status = error.status;
  if (error.status == 503) reply.headers.add("Retry-After", "1");
  return reply;
}

Reply stsReply(const auth::SessionCredentials& made, const StsForm& form, const OwnerId& owner,
               const std::string& requestId) {
  const bool byWallet = form.action() == kWithWebIdentity;
  const std::string action(form.action()), session(form.get("RoleSessionName"));
  XmlWriter xml(action + "Response", kNamespace);
  xml.open(action + "Result");
  xml.open("Credentials");
  xml.text("AccessKeyId", made.accessKeyId);
  xml.text("SecretAccessKey", made.secret);
  xml.text("SessionToken", made.token);
  xml.plain("Expiration", isoDate(Timestamp(made.expires * 1000)));
  xml.close("Credentials");
  if (byWallet) xml.text("SubjectFromWebIdentityToken", owner.get());
  xml.open("AssumedRoleUser");
  xml.text("Arn", "arn:aws:sts::cairn:assumed-role/" + owner.get() + "/" + session);
  xml.text("AssumedRoleId", owner.get() + ":" + session);
  xml.close("AssumedRoleUser");
  if (byWallet) xml.text("Provider", "cairn");
  xml.close(action + "Result");
  xml.open("ResponseMetadata");
  xml.plain("RequestId", requestId);
  xml.close("ResponseMetadata");
  return xmlReply(xml.finish());
}

}  // namespace cairn::s3
