#include "common/identity/action.h"

#include <algorithm>

#include "common/identity/members.h"
#include "common/identity/signed_text.h"
#include "common/identity/typed_data.h"

namespace cairn::identity {
namespace {

constexpr std::string_view kDomainTypes = R"([{"name":"name","type":"string"},{"name":"version","type":"string"}])";
constexpr std::string_view kDomain = R"({"name":"Cairn","version":"2"})";
constexpr ActionField kFleet{"string", "fleet"}, kNonce{"bytes32", "nonce"}, kExpires{"uint64", "expires"};

std::string member(std::string_view name, std::string_view json) {
  return '"' + std::string(name) + "\":" + std::string(json);
}

std::string hex(BytesView bytes) {
  return "\"0x" + toHex(bytes) + '"';
}

std::string jsonOf(const ActionValue& value) {
  struct Write {
    std::string operator()(const Address& v) const { return '"' + v.lowerCase() + '"'; }
    std::string operator()(const std::string& v) const { return quoteJson(v); }
    std::string operator()(std::uint64_t v) const { return std::to_string(v); }
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(const Digest& v) const { return hex(v); }
    std::string operator()(const Bytes& v) const { return hex(v); }
  };
  return std::visit(Write{}, value);
}

Result<ActionValue> readBytes(const std::string& text) {
  const auto bytes = text.starts_with("0x") ? fromHex(text.substr(2)) : std::nullopt;
  if (!bytes) return fail(Errc::invalid, "it is not 0x and hexadecimal digits in pairs");
  return ActionValue(*bytes);
}

/// The value of one field; what is wrong is kept by `members`, or told with the field's name.
Result<ActionValue> readValue(Members& members, const ActionField& field) {
  if (field.type == "uint64") return ActionValue(static_cast<std::uint64_t>(members.integer(field.name)));
  if (field.type == "bool") return ActionValue(members.boolean(field.name));
  const std::string& text = members.text(field.name);
  if (!members.status()) return members.status().error();
  Result<ActionValue> value = ActionValue(text);
  if (text.size() > kMaxActionText)
    value = fail(Errc::invalid, "it is longer than " + std::to_string(kMaxActionText) + " bytes");
  else if (field.type == "address")
    value = [&]() -> Result<ActionValue> {
      auto address = Address::parse(text);
      if (!address) return address.error();
      return ActionValue(*address);
    }();
  else if (field.type == "bytes32")
    value = [&]() -> Result<ActionValue> {
      auto word = readWord(text);
      if (!word) return word.error();
      return ActionValue(*word);
    }();
  else if (field.type == "bytes")
    value = readBytes(text);
  if (!value) return fail(Errc::invalid, "parameter " + std::string(field.name) + ": " + value.error().message);
  return value;
}

Result<const ActionType*> typeNamed(std::string_view name) {
  for (const ActionType& type : actionTypes())
    if (type.name == name) return &type;
  return fail(Errc::unsupported, "there is no action of that name");
}

std::string typeJson(const ActionType& type) {
  std::string out;
  auto add = [&out](const ActionField& f) {
    out += std::string(out.empty() ? "" : ",") + R"({"name":")" + std::string(f.name) + R"(","type":")" +
           std::string(f.type) + "\"}";
  };
  add(kFleet);
  for (const ActionField& field : type.fields) add(field);
  add(kNonce);
  add(kExpires);
  return "[" + out + "]";
}

}  // namespace

// A new action is a new row here, and one in daemon/auth/actions.cpp, which says what it does.
std::span<const ActionType> actionTypes() {
  static const std::vector<ActionType> kTypes = {
      {"ClaimAdmin", {{"address", "wallet"}}, "operator.claim", ""},
      {"SetOperator", {{"address", "wallet"}, {"string", "role"}}, "operator.set", "admin"},
      {"RevokeTokens", {{"address", "wallet"}, {"uint64", "upTo"}}, "token.revoke", "operator", true},
      {"RevokeGrant", {{"bytes32", "grant"}, {"uint64", "until"}}, "grant.revoke", "operator", true},
      {"RevokeOwnTokens", {{"address", "wallet"}, {"uint64", "upTo"}}, "token.revoke", ""},
      {"RevokeOwnGrant", {{"address", "wallet"}, {"bytes32", "grant"}}, "grant.revoke", ""},
      {"SetAccessKeyEnabled", {{"string", "id"}, {"bool", "enabled"}}, "key.set", "operator"},
      {"DeleteAccessKey", {{"string", "id"}}, "key.delete", "operator", true},
      {"RotateSharedKey", {{"string", "purpose"}}, "key.rotate", "admin", true, "id"},
      {"RetireSharedKey", {{"string", "id"}}, "key.retire", "admin", true},
      {"VouchMaster", {{"string", "master"}, {"bytes", "publicKey"}}, "master.vouch", "admin"},
      {"SetAlias", {{"string", "name"}, {"string", "owner"}, {"string", "bucket"}}, "alias.set", "operator"},
  };
  return kTypes;
}

std::size_t Action::index(std::string_view field) const {
  const auto found = std::ranges::find(type->fields, field, &ActionField::name);
  CAIRN_ASSERT(found != type->fields.end());
  return static_cast<std::size_t>(found - type->fields.begin());
}

Result<Action> makeAction(std::string_view name, const Json& parameters, std::string fleet, const Digest& nonce,
                          std::int64_t expires) {
  auto type = typeNamed(name);
  if (!type) return type.error();
  std::vector<std::string_view> names;
  for (const ActionField& field : (*type)->fields) names.push_back(field.name);
  Members members(parameters, names);
  Action action{*type, std::move(fleet), {}, nonce, expires};
  for (const ActionField& field : (*type)->fields) {
    auto value = readValue(members, field);
    if (!members.status()) return fail(Errc::invalid, "parameters: " + members.status().error().message);
    if (!value) return value.error();
    action.values.push_back(std::move(*value));
  }
  return action;
}

std::string parametersOf(const Action& action) {
  std::string out;
  for (std::size_t i = 0; i < action.values.size(); ++i)
    out += std::string(i == 0 ? "" : ",") + member(action.type->fields[i].name, jsonOf(action.values[i]));
  return "{" + out + "}";
}

std::string documentOf(const Action& action) {
  std::string message = "{" + member(kFleet.name, quoteJson(action.fleet));
  for (std::size_t i = 0; i < action.values.size(); ++i)
    message += "," + member(action.type->fields[i].name, jsonOf(action.values[i]));
  message +=
      "," + member(kNonce.name, hex(action.nonce)) + "," + member(kExpires.name, std::to_string(action.expires)) + "}";
  return "{" +
         member("types", "{" + member(kDomainType, kDomainTypes) + "," +
                             member(action.type->name, typeJson(*action.type)) + "}") +
         "," + member("primaryType", quoteJson(action.type->name)) + "," + member("domain", kDomain) + "," +
         member("message", message) + "}";
}

Digest digestOf(const Action& action) {
  const auto data = TypedData::parse(documentOf(action));
  CAIRN_ASSERT(data);
  return data->digest();
}

Result<Action> readActionDocument(std::string_view json) {
  const auto data = TypedData::parse(json);
  if (!data) return data.error();
  auto document = readJson(json, kMaxTypedDepth);
  if (!document) return document.error();
  Json message = *document->find("message");
  auto take = [&message](std::string_view name) {
    auto node = message.members.extract(std::string(name));
    return node ? node.mapped() : Json{};
  };
  const Json fleet = take(kFleet.name), nonce = take(kNonce.name), expires = take(kExpires.name);
  const auto word = readWord(nonce.text);
  const auto seconds = parseDecimal(expires.text);
  if (fleet.kind != Json::Kind::text || !word || !seconds || *seconds >= 1ULL << 53)
    return fail(Errc::invalid, "the document's message is no action: it lacks fleet, nonce or expires");
  auto action = makeAction(data->primaryType(), message, fleet.text, *word, static_cast<std::int64_t>(*seconds));
  if (!action) return action.error();
  // Another domain, or members that this action's type does not have.
  if (digestOf(*action) != data->digest())
    return fail(Errc::invalid, "the document is not that of an action: its domain or its types differ");
  return action;
}

Result<Address> signerOf(const Action& action, BytesView signature) {
  const auto parsed = RecoverableSignature::parse(signature, VPolicy::only_27_28);
  if (!parsed) return fail(Errc::corrupt, "its signature is none: " + std::string(explain(parsed.error())));
  const auto signer = parsed->recover(digestOf(action));
  if (!signer) return fail(Errc::corrupt, "its signature is none: " + std::string(explain(signer.error())));
  return *signer;
}

Status checkActionTimes(const Action& action, std::int64_t now) {
  if (action.expires <= now)
    return fail(Errc::denied, "the message has expired " + std::to_string(now - action.expires) +
                                  " s ago by this master's clock: sign another");
  if (action.expires > now + kMostActionLife)
    return fail(Errc::denied, "the message is good for more than " + std::to_string(kMostActionLife) +
                                  " s from now by this master's clock: sign one that expires sooner");
  return {};
}

}  // namespace cairn::identity
