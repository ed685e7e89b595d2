#include "daemon/gateway/ipfs_request.h"

#include <charconv>

#include "common/base/text.h"
#include "common/base/url.h"
#include "common/cid/multibase.h"
#include "common/cid/sha256.h"
#include "common/cid/varint.h"

namespace cairn::gateway {
namespace {

constexpr std::string_view kRaw = "application/vnd.ipld.raw", kCar = "application/vnd.ipld.car";
constexpr std::string_view kProbe = "bafkqaaa";

using Query = std::vector<QueryPair>;

std::optional<std::string_view> parameter(const Query& query, std::string_view name) {
  for (const auto& pair : query)
    if (pair.name == name) return pair.value;
  return std::nullopt;
}

/// Cut at `separator`, trimmed.
std::string_view take(std::string_view& rest, char separator) {
  const auto at = std::min(rest.find(separator), rest.size());
  const std::string_view piece = trim(rest.substr(0, at));
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return piece;
}

/// Version 0, which has no multibase prefix, is another name of the same block.
Result<Cid> cidOf(std::string_view text) {
  if (text.size() != 46 || !text.starts_with("Qm")) return Cid::parse(text);
  const auto bytes = decodeMultibase("z" + std::string(text));
  if (!bytes || bytes->size() != 34) return fail(Errc::invalid, "not a CID: neither version 1 nor 0");
  std::size_t used = 0;
  return Cid::decodeForeign(*bytes, used);
}

struct CarParameters {
  std::string version, order, dups;
};

/// Why no such CAR is made here; else what it changes in the order.
std::optional<std::string> apply(const CarParameters& car, pinning::CarOrder& order) {
  if (!car.version.empty() && car.version != "1") return "CAR version " + car.version + " is not made here";
  if (!car.order.empty() && car.order != "dfs" && car.order != "unk") return "order " + car.order + " is not made here";
  if (!car.dups.empty() && car.dups != "y" && car.dups != "n") return "dups is y or n";
  order.duplicates = car.dups == "y" ? pinning::Duplicates::each : pinning::Duplicates::once;
  return std::nullopt;
}

/// One member of an Accept list.
struct Wanted {
  std::string type;
  CarParameters car;
  double q = 1;
};

Wanted readWanted(std::string_view member) {
  Wanted out;
  out.type = lowered(take(member, ';'));
  while (!member.empty()) {
    std::string_view value = take(member, ';');
    const std::string name = lowered(take(value, '='));
    if (name == "version") out.car.version = value;
    if (name == "order") out.car.order = value;
    if (name == "dups") out.car.dups = value;
    if (name == "q" && std::from_chars(value.data(), value.data() + value.size(), out.q).ec != std::errc()) out.q = 0;
  }
  return out;
}

/// The best that Accept names and that is made here.
std::optional<Refusal> choose(std::string_view accept, IpfsRequest& out, CarParameters& car) {
  Refusal refusal{400, "say which form: format=raw or format=car, or the same in Accept"};
  double best = 0;
  while (!accept.empty()) {
    const Wanted wanted = readWanted(take(accept, ','));
    if (wanted.type != kRaw && wanted.type != kCar) {
      if (wanted.type != "*/*" && best == 0)
        refusal = {406, "only raw blocks and CARs are answered here, which need no trust"};
      continue;
    }
    pinning::CarOrder order;
    if (const auto why = wanted.type == kCar ? apply(wanted.car, order) : std::nullopt) {
      refusal = {406, *why};
      continue;
    }
    if (wanted.q <= best) continue;
    best = wanted.q;
    out.form = wanted.type == kCar ? Form::car : Form::raw;
    car = wanted.car;
  }
  if (best == 0) return refusal;
  return std::nullopt;
}

std::optional<std::int64_t> offset(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Refusal> readScope(const Query& query, pinning::CarOrder& order) {
  using pinning::DagScope;
  if (const auto scope = parameter(query, "dag-scope")) {
    if (*scope != "block" && *scope != "entity" && *scope != "all")
      return Refusal{400, "dag-scope is block, entity or all"};
    order.scope = *scope == "block" ? DagScope::block : *scope == "entity" ? DagScope::entity : DagScope::all;
  }
  const auto bytes = parameter(query, "entity-bytes");
  if (!bytes) return std::nullopt;
  const auto colon = bytes->find(':');
  const auto from = offset(bytes->substr(0, colon));
  const std::string_view last = colon == std::string_view::npos ? "" : bytes->substr(colon + 1);
  const auto to = offset(last);
  if (!from || (!to && last != "*")) return Refusal{400, "entity-bytes is from:to, both integers, or * for the end"};
  order.scope = DagScope::entity;
  order.bytes = pinning::EntityBytes{*from, to};
  return std::nullopt;
}

std::optional<Refusal> readForm(const http::Request& request, const Query& query, IpfsRequest& out,
                                CarParameters& car) {
  const auto format = parameter(query, "format");
  if (!format) return choose(request.headers.find("Accept").value_or(""), out, car);
  if (*format != "raw" && *format != "car")
    return Refusal{406, "format is raw or car: only what needs no trust is answered here"};
  out.form = *format == "car" ? Form::car : Form::raw;
  IpfsRequest same;
  CarParameters named;
  if (!choose(request.headers.find("Accept").value_or(""), same, named) && same.form == out.form) car = named;
  return std::nullopt;
}

/// Empty segments, such as behind a slash at the end, are nothing.
std::optional<Refusal> readPath(std::string_view path, IpfsRequest& out) {
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view raw = path.substr(0, path.find('/'));
    path.remove_prefix(raw.size());
    if (raw.empty()) continue;
    auto segment = percentDecode(raw);
    if (!segment) return Refusal{400, segment.error().message};
    if (*segment == "." || *segment == "..") return Refusal{400, "a path has no . or .. here"};
    out.path.push_back(std::move(*segment));
  }
  if (out.form == Form::raw && !out.path.empty()) return Refusal{400, "a raw block has no path below its CID"};
  return std::nullopt;
}

}  // namespace

Asked<IpfsRequest> parseIpfsRequest(const http::Request& request) {
  auto query = parseQuery(request.rawQuery);
  if (!query) return Refusal{400, query.error().message};
  std::string_view path = std::string_view(request.path).substr(std::string_view("/ipfs/").size());
  const std::string_view name = path.substr(0, path.find('/'));
  IpfsRequest out;
  CarParameters car;
  if (auto refusal = readForm(request, *query, out, car)) return *refusal;
  if (name.size() < path.size()) {
    if (auto refusal = readPath(path.substr(name.size()), out)) return *refusal;
  }
  out.probe = name == kProbe;
  if (!out.probe) {
    const auto cid = cidOf(name);
    if (!cid) return Refusal{400, cid.error().message};
    out.order.root = *cid;
  }
  if (out.form == Form::raw) return out;
  if (const auto v = parameter(*query, "car-version")) car.version = *v;
  if (const auto v = parameter(*query, "car-order")) car.order = *v;
  if (const auto v = parameter(*query, "car-dups")) car.dups = *v;
  if (const auto why = apply(car, out.order)) return Refusal{406, *why};
  if (auto refusal = readScope(*query, out.order)) return *refusal;
  return out;
}

std::string IpfsRequest::fileName() const {
  const std::string name = probe ? std::string(kProbe) : order.root.str();
  return name + (form == Form::car ? ".car" : ".bin");
}

std::string IpfsRequest::contentType() const {
  if (form == Form::raw) return std::string(kRaw);
  const bool once = order.duplicates == pinning::Duplicates::once;
  return std::string(kCar) + "; version=1; order=dfs; dups=" + (once ? "n" : "y");
}

std::string IpfsRequest::etag() const {
  const std::string name = probe ? std::string(kProbe) : order.root.str();
  if (form == Form::raw) return "\"" + name + ".raw\"";
  using pinning::DagScope;
  std::string text = "\"" + name;
  Bytes segments;
  for (const std::string& segment : path) {
    appendVarint(segments, segment.size());
    append(segments, asBytes(segment));
  }
  if (!path.empty()) text += "." + toHex(sha256(segments));
  text += ".car.";
  text += order.scope == DagScope::block ? "block" : order.scope == DagScope::entity ? "entity" : "all";
  if (order.bytes)
    text +=
        "." + std::to_string(order.bytes->from) + "_" + (order.bytes->to ? std::to_string(*order.bytes->to) : "end");
  return text + (order.duplicates == pinning::Duplicates::once ? ".n\"" : ".y\"");
}

}  // namespace cairn::gateway
