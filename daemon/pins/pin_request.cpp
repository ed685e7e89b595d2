#include "daemon/pins/pin_request.h"

#include <algorithm>

#include "common/base/json.h"
#include "common/base/text.h"
#include "common/base/url.h"
#include "common/cid/multibase.h"
#include "daemon/pins/multiaddr.h"
#include "daemon/pins/text/fold.h"
#include "daemon/pins/times.h"

namespace cairn::pins {
namespace {

using registry::PinFilter;
using registry::PinRow;
using registry::PinState;

constexpr std::size_t kMaxName = 255, kMaxOrigins = 20, kMaxMeta = 1000, kMaxCids = 10, kMaxLimit = 1000;

/// In characters, as JSON's schemas count.
std::size_t lengthOf(std::string_view utf8) {
  return static_cast<std::size_t>(std::ranges::count_if(utf8, [](char c) { return (c & 0xc0) != 0x80; }));
}

bool hasNul(std::string_view text) {
  return text.find('\0') != text.npos;
}

Asked<Cid> readCid(std::string_view text) {
  if (text.empty() || text.size() > kMaxMultibaseText) return bad("cid: a CID is missing");
  const auto refuse = [&](const std::string& why) {
    return bad("cid: \"" + std::string(text.substr(0, 128)) + "\": " + why);
  };
  if (!std::ranges::all_of(text, [](unsigned char c) { return c > ' ' && c < 0x7f && c != '"'; }))
    return bad("cid: it holds characters that no CID has");
  const bool first = text.size() == 46 && text.starts_with("Qm");
  const auto bytes = decodeMultibase(first ? "z" + std::string(text) : std::string(text));
  if (!bytes) return refuse("it is no CID");
  std::size_t used = 0;
  const auto cid = first ? Cid::decodeForeign(*bytes, used) : Cid::decode(*bytes);
  if (!cid) return refuse(cid.error().message);
  if (first && used != bytes->size()) return refuse("it is no CID");
  return *cid;
}

Asked<std::string> readName(const Json* json) {
  if (json == nullptr || json->kind == Json::Kind::null) return std::string();
  if (json->kind != Json::Kind::text) return bad("name: it is a text");
  if (lengthOf(json->text) > kMaxName) return bad("name: it has at most 255 characters");
  if (hasNul(json->text)) return bad("name: it holds a NUL");
  return json->text;
}

Asked<std::vector<std::string>> readOrigins(const Json* json) {
  std::vector<std::string> out;
  if (json == nullptr || json->kind == Json::Kind::null) return out;
  if (json->kind != Json::Kind::array) return bad("origins: it is an array of multiaddrs");
  if (json->items.size() > kMaxOrigins) return bad("origins: at most 20 are taken");
  for (const Json& item : json->items) {
    if (item.kind != Json::Kind::text) return bad("origins: it is an array of multiaddrs");
    if (auto address = parseMultiaddr(item.text); !address) return bad("origins: " + address.error().message);
    if (std::ranges::find(out, item.text) == out.end()) out.push_back(item.text);
  }
  return out;
}

Asked<registry::PinMeta> readMeta(const Json* json) {
  registry::PinMeta out;
  if (json == nullptr || json->kind == Json::Kind::null) return out;
  if (json->kind != Json::Kind::object) return bad("meta: it is an object of texts");
  if (json->members.size() > kMaxMeta) return bad("meta: at most 1000 members are taken");
  for (const auto& [name, value] : json->members) {
    if (value.kind != Json::Kind::text) return bad("meta: its members are texts");
    if (hasNul(name) || hasNul(value.text)) return bad("meta: it holds a NUL");
    out.emplace(name, value.text);
  }
  return out;
}

/// "a,b" and "c" to {a, b, c}.
void addAll(std::vector<std::string>& to, std::string_view list) {
  for (;;) {
    const std::size_t comma = std::min(list.find(','), list.size());
    to.emplace_back(list.substr(0, comma));
    if (comma == list.size()) return;
    list.remove_prefix(comma + 1);
  }
}

/// The parameters of a list, each of them at most once but for the lists.
struct Parameters {
  std::vector<std::string> cids, states;
  std::map<std::string, std::string, std::less<>> others;

  const std::string* find(std::string_view name) const {
    const auto found = others.find(name);
    return found == others.end() ? nullptr : &found->second;
  }
};

Asked<Parameters> readParameters(std::string_view rawQuery) {
  static constexpr std::string_view known[] = {"name", "match", "before", "after", "limit", "meta"};
  const auto query = parseQuery(rawQuery);
  if (!query) return bad("the query holds a '%' that two hexadecimal digits do not follow");
  Parameters out;
  for (const QueryPair& pair : *query) {
    if (pair.name == "cid") {
      addAll(out.cids, pair.value);
    } else if (pair.name == "status") {
      addAll(out.states, pair.value);
    } else if (std::ranges::find(known, pair.name) == std::end(known)) {
      return bad("there is no parameter of this name; there are cid, name, match, status, before, after, limit, meta");
    } else if (!out.others.emplace(pair.name, pair.value).second) {
      return bad(pair.name + ": it is given twice");
    }
  }
  return out;
}

Asked<void> readLists(const Parameters& from, PinFilter& to) {
  for (const std::string& text : from.cids) {
    const auto cid = readCid(text);
    if (!cid) return cid.error();
    if (std::ranges::find(to.roots, *cid) == to.roots.end()) to.roots.push_back(*cid);
  }
  if (to.roots.size() > kMaxCids) return bad("cid: at most 10 are taken");
  for (const std::string& text : from.states) {
    const auto state = registry::pinStateOf(text);
    if (!state) return bad("status: it is queued, pinning, pinned or failed");
    if (std::ranges::find(to.states, *state) == to.states.end()) to.states.push_back(*state);
  }
  const bool filtered = !from.cids.empty() || from.find("name") != nullptr || from.find("meta") != nullptr;
  // Whoever asks for a pin by what it is wants to know how it stands, too.
  if (to.states.empty() && !filtered) to.states.push_back(PinState::pinned);
  return {};
}

Asked<void> readNameFilter(const Parameters& from, PinFilter& to) {
  const std::string* match = from.find("match");
  if (match != nullptr) {
    if (*match != "exact" && *match != "iexact" && *match != "partial" && *match != "ipartial")
      return bad("match: it is exact, iexact, partial or ipartial");
    to.ignoreCase = match->starts_with('i');
    to.partial = match->ends_with("partial");
  }
  const std::string* name = from.find("name");
  if (name == nullptr) return {};
  const auto read = parseJson(quoteJson(*name));  // which tells what is no UTF-8
  if (!read || hasNul(*name)) return bad("name: it is a text in UTF-8");
  if (lengthOf(*name) > kMaxName) return bad("name: it has at most 255 characters");
  to.name = to.ignoreCase ? folded(*name) : *name;
  return {};
}

Asked<void> readTimes(const Parameters& from, PinFilter& to) {
  for (const char* name : {"before", "after"}) {
    const std::string* text = from.find(name);
    if (text == nullptr) continue;
    const auto time = parseTime(*text);
    if (!time) return bad(std::string(name) + ": it is a time such as 2020-07-27T17:32:28Z");
    const bool before = *name == 'b';
    // What was created at 28.123 s is before 28.1234 s.
    (before ? to.before : to.after) = Timestamp(time->time.get() + (before && time->rounded ? 1 : 0));
  }
  return {};
}

}  // namespace

Asked<PinRow> parsePin(std::string_view body) {
  const auto json = readJson(body);
  if (!json) return bad("the body is no JSON: " + json.error().message);
  if (json->kind != Json::Kind::object) return bad("the body is a JSON object: {\"cid\": ...}");
  const Json* cid = json->find("cid");
  if (cid == nullptr || cid->kind != Json::Kind::text) return bad("cid: a CID is missing");
  PinRow row;
  const auto root = readCid(cid->text);
  if (!root) return root.error();
  row.root = *root;
  row.cid = cid->text;
  auto name = readName(json->find("name"));
  if (!name) return name.error();
  row.name = std::move(*name);
  row.foldedName = folded(row.name);
  auto origins = readOrigins(json->find("origins"));
  if (!origins) return origins.error();
  row.origins = std::move(*origins);
  auto meta = readMeta(json->find("meta"));
  if (!meta) return meta.error();
  row.meta = std::move(*meta);
  return row;
}

Asked<PinFilter> parseFilter(std::string_view rawQuery) {
  const auto given = readParameters(rawQuery);
  if (!given) return given.error();
  PinFilter out;
  for (auto read : {readLists, readNameFilter, readTimes})
    if (auto s = read(*given, out); !s) return s.error();
  if (const std::string* limit = given->find("limit")) {
    const auto number = parseDecimal(*limit);
    if (!number || *number < 1 || *number > kMaxLimit) return bad("limit: it is a number from 1 to 1000");
    out.limit = static_cast<std::size_t>(*number);
  }
  if (const std::string* text = given->find("meta")) {
    const auto json = readJson(*text);
    if (!json) return bad("meta: it is no JSON: " + json.error().message);
    auto meta = readMeta(&*json);
    if (!meta) return meta.error();
    out.meta = std::move(*meta);
  }
  return out;
}

bool isRequestId(std::string_view text) {
  const auto digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == 32 && std::ranges::all_of(text, digit);
}

}  // namespace cairn::pins
