#include "daemon/s3/sts.h"

#include <algorithm>
#include <array>
#include <map>

#include "common/base/url.h"
#include "daemon/s3/dates.h"
#include "daemon/s3/parse.h"
#include "daemon/s3/parts.h"

namespace cairn::s3 {
namespace {

constexpr std::size_t kMaxForm = 64U << 10;
constexpr std::string_view kNamespace = "https://sts.amazonaws.com/doc/2011-06-15/";
constexpr std::array<std::string_view, 7> kKnown = {
    "Action", "Version", "RoleArn", "RoleSessionName", "WebIdentityToken", "ProviderId", "DurationSeconds"};
constexpr std::uint64_t kLeast = 900, kMost = 43200, kUsual = 3600;

using Form = std::map<std::string, std::string, std::less<>>;

/// What STS calls an error.
struct StsError {
  StsError() = default;
  StsError(int httpStatus, std::string_view wireCode, std::string text)
      : status(httpStatus), code(wireCode), message(std::move(text)) {}
  int status = 500;
  std::string_view code;
  std::string message;
};
template <class T>
using StsResult = boost::system::result<T, StsError>;
[[noreturn, maybe_unused]] void throw_exception_from_error(const StsError& e, const boost::source_location&) {
  throw std::runtime_error(e.message);
}

StsResult<Form> readForm(std::string_view text) {
  auto pairs = parseQuery(text);
  if (!pairs) return StsError{400, "MalformedInput", "the form is not percent-encoded as it should be"};
  Form form;
  for (auto& pair : *pairs)
    if (!form.emplace(std::move(pair.name), std::move(pair.value)).second)
      return StsError{400, "MalformedInput", "a parameter comes twice"};
  return form;
}

std::string_view get(const Form& form, std::string_view name) {
  const auto found = form.find(name);
  return found == form.end() ? std::string_view() : std::string_view(found->second);
}

StsResult<std::uint64_t> durationOf(const Form& form) {
  const std::string_view text = get(form, "DurationSeconds");
  if (text.empty()) return kUsual;
  const auto seconds = decimal(text);
  if (!seconds || *seconds < kLeast || *seconds > kMost)
    return StsError{400, "ValidationError", "DurationSeconds must be between 900 and 43200"};
  return *seconds;
}

StsError fromAuthError(const auth::AuthError& error) {
  if (error.failure == auth::AuthFailure::unavailable) return {503, "ServiceUnavailable", error.message};
  if (error.failure == auth::AuthFailure::token_expired) return {400, "ExpiredTokenException", error.message};
  return {400, "InvalidIdentityToken", error.message};
}

Reply errorReply(const StsError& error, const std::string& requestId) {
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

Reply credentialsReply(const auth::SessionCredentials& made, const auth::WalletToken& token, std::string_view session,
                       const std::string& requestId) {
  XmlWriter xml("AssumeRoleWithWebIdentityResponse", kNamespace);
  xml.open("AssumeRoleWithWebIdentityResult");
  xml.open("Credentials");
  xml.text("AccessKeyId", made.accessKeyId);
  xml.text("SecretAccessKey", made.secret);
  xml.text("SessionToken", made.token);
  xml.plain("Expiration", isoDate(Timestamp(made.expires * 1000)));
  xml.close("Credentials");
  xml.text("SubjectFromWebIdentityToken", token.owner.get());
  xml.open("AssumedRoleUser");
  xml.text("Arn", "arn:aws:sts::cairn:assumed-role/" + token.owner.get() + "/" + std::string(session));
  xml.text("AssumedRoleId", token.owner.get() + ":" + std::string(session));
  xml.close("AssumedRoleUser");
  xml.text("Provider", "cairn");
  xml.close("AssumeRoleWithWebIdentityResult");
  xml.open("ResponseMetadata");
  xml.plain("RequestId", requestId);
  xml.close("ResponseMetadata");
  return xmlReply(xml.finish());
}

auth::Session sessionOf(const auth::WalletToken& token, std::uint64_t seconds, Timestamp now) {
  auth::Session session;
  session.owner = token.owner;
  session.issued = token.token.issued;
  session.expires = std::min(token.token.expires, now.get() / 1000 + static_cast<std::int64_t>(seconds));
  session.role = token.token.role;
  if (token.scope) session.scope = *token.scope;
  return session;
}

}  // namespace

bool Sts::wants(const http::Request& request) {
  const auto type = request.headers.find("content-type");
  return request.method == "POST" && request.path == "/" && request.rawQuery.empty() &&
         !request.headers.has("authorization") && type &&
         lowerCase(*type).starts_with("application/x-www-form-urlencoded");
}

Task<Reply> Sts::answer(const http::Request& request, http::BodyReader& body, Timestamp now, std::string requestId) {
  auto text = co_await http::readAll(body, kMaxForm);
  if (!text)
    co_return errorReply({400, "MalformedInput", "the form cannot be read: " + text.error().message}, requestId);
  const auto form = readForm(asText(*text));
  if (!form) co_return errorReply(form.error(), requestId);
  if (get(*form, "Action") != "AssumeRoleWithWebIdentity")
    co_return errorReply({400, "InvalidAction", "of STS, AssumeRoleWithWebIdentity is offered"}, requestId);
  for (const auto& [name, value] : *form)
    if (std::ranges::find(kKnown, name) == kKnown.end())
      co_return errorReply({400, "ValidationError", name + " is not supported: a session has the scope of its token"},
                           requestId);
  const auto seconds = durationOf(*form);
  if (!seconds) co_return errorReply(seconds.error(), requestId);
  const auto token = tokens_.verify(get(*form, "WebIdentityToken"), now);
  if (!token) co_return errorReply(fromAuthError(token.error()), requestId);
  if (auto s = co_await tokens_.admit(*token); !s) co_return errorReply(fromAuthError(s.error()), requestId);
  const auto made = sessions_.open(sessionOf(**token, *seconds, now));
  if (!made) co_return errorReply({503, "ServiceUnavailable", made.error().message}, requestId);
  co_return credentialsReply(*made, **token, get(*form, "RoleSessionName"), requestId);
}

}  // namespace cairn::s3
