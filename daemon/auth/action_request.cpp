#include "daemon/auth/action_request.h"

#include <algorithm>

#include "common/base/text.h"
#include "common/identity/signed_text.h"

namespace cairn::auth {
namespace {

Error malformed(std::string why) {
  return fail(Errc::invalid, "the request is no action: " + std::move(why));
}

/// A member of the request that must be text.
Result<std::string> textOf(const Json& request, std::string_view name) {
  const Json* found = request.find(name);
  if (found == nullptr || found->kind != Json::Kind::text)
    return malformed('"' + std::string(name) + "\" is missing or not text");
  return found->text;
}

Result<std::int64_t> expiryOf(const Json& request) {
  const Json* expires = request.find("expires");
  const auto seconds = expires != nullptr && expires->kind == Json::Kind::number ? parseDecimal(expires->text)
                                                                                 : std::optional<std::uint64_t>();
  if (!seconds || *seconds >= 1ULL << 53) return malformed("\"expires\" is missing or no whole number of seconds");
  return static_cast<std::int64_t>(*seconds);
}

}  // namespace

Result<AskedAction> readAction(std::string_view body, const Operators& operators) {
  const auto request = readJson(body);
  if (!request) return malformed(request.error().message);
  if (request->kind != Json::Kind::object) return malformed("it is not a JSON object");
  constexpr std::array<std::string_view, 6> known = {"action", "parameters", "nonce", "expires", "signature", "code"};
  for (const auto& [name, value] : request->members)
    if (std::ranges::find(known, name) == known.end()) return malformed("it has an unknown member");
  const auto expires = expiryOf(*request);
  if (!expires) return expires.error();
  const Json* parameters = request->find("parameters");
  if (parameters == nullptr) return malformed("\"parameters\" is missing");
  auto name = textOf(*request, "action"), nonce = textOf(*request, "nonce"), signature = textOf(*request, "signature");
  for (const auto* text : {&name, &nonce, &signature})
    if (!*text) return text->error();
  const auto word = identity::readWord(*nonce);
  if (!word) return malformed("\"nonce\": " + word.error().message);
  const auto bytes = signature->starts_with("0x") ? fromHex(signature->substr(2)) : std::nullopt;
  if (!bytes) return malformed("\"signature\" is not 0x and hexadecimal digits");
  auto action = identity::makeAction(*name, *parameters, operators.fleet(), *word, *expires);
  if (!action) return fail(Errc::invalid, action.error().message);
  const bool claim = action->type->name == "ClaimAdmin";
  if (claim != (request->find("code") != nullptr)) return malformed("\"code\" goes with ClaimAdmin, and with it alone");
  auto code = claim ? textOf(*request, "code") : std::string();
  if (!code) return code.error();
  auto verified = operators.verify(std::move(*action), *bytes);
  if (!verified) return verified.error();
  return AskedAction{std::move(*verified), std::move(*code)};
}

}  // namespace cairn::auth
