// POST /bucket?cairn-restore, ?cairn-undo, ?cairn-adopt, ?cairn-reconcile: bringing back what a bucket had
// (docs/formats/moment.md).
#include <algorithm>

#include "daemon/s3/names.h"
#include "daemon/s3/parts.h"

namespace cairn::s3 {
namespace {

constexpr std::size_t kMostAdopted = 1000;
/// A second name cuts a long key, and must not leave the prefix.
constexpr std::size_t kLongestPrefix = 900;

Answer<void> readMoment(const Parts& parts, const char* name, std::optional<bucket::Moment>& out) {
  const auto moment = bucket::parseMoment(parts.text(name));
  if (!moment) return badArgument(std::string(name) + " " + moment.error().message, name, parts.text(name));
  out = *moment;
  return {};
}

Answer<void> readReconcile(const Parts& parts, BringBack& out) {
  out.what = BringBack::What::reconcile;
  if (parts.has("at") == parts.has("from"))
    return refuse(ErrorCode::InvalidRequest, "a reconciliation takes what is merged at a moment, or from a bucket");
  if (parts.text("prefix").size() > kLongestPrefix)
    return badArgument("the prefix of a reconciliation has at most 900 bytes", "prefix", parts.text("prefix"));
  if (parts.has("base"))
    if (auto ok = readMoment(parts, "base", out.base); !ok) return ok;
  if (parts.has("at")) return readMoment(parts, "at", out.at);
  if (auto ok = checkBucketName(parts.text("from")); !ok) return ok;
  out.from = BucketName(std::string(parts.text("from")));
  return {};
}

Answer<void> readWhat(const Parts& parts, BringBack& out) {
  if (parts.has("cairn-reconcile")) return readReconcile(parts, out);
  if (parts.has("cairn-restore")) {
    out.what = BringBack::What::restore;
    return readMoment(parts, "at", out.at);
  } else if (parts.has("cairn-undo")) {
    out.what = BringBack::What::undo;
    if (!parts.has("version")) return {};
    const auto version = decimal(parts.text("version"));
    if (!version || *version == 0) return badArgument("no version of a bucket", "version", parts.text("version"));
    out.version = Version(*version);
  } else {
    out.what = BringBack::What::adopt;
    const auto race = decimal(parts.text("race"));
    if (!race) return badArgument("no lost race's number", "race", parts.text("race"));
    out.race = *race;
    for (const auto& pair : parts.query) {
      if (pair.name != "key") continue;
      if (auto ok = checkKey(pair.value); !ok) return ok.error();
      out.keys.push_back(pair.value);
    }
    std::ranges::sort(out.keys);
    out.keys.erase(std::ranges::unique(out.keys).begin(), out.keys.end());
    if (out.keys.empty() || out.keys.size() > kMostAdopted)
      return badArgument("1 to " + std::to_string(kMostAdopted) + " keys are to be named", "key", "");
  }
  return {};
}

}  // namespace

std::optional<Answer<Action>> parseBringBack(const Parts& parts) {
  const int asked =
      parts.has("cairn-restore") + parts.has("cairn-undo") + parts.has("cairn-adopt") + parts.has("cairn-reconcile");
  if (asked == 0) return std::nullopt;
  if (asked > 1)
    return Answer<Action>(refuse(ErrorCode::InvalidRequest, "one of restore, undo, adopt and reconcile at a time"));
  BringBack out;
  auto claims = readClaims(parts);
  if (!claims) return Answer<Action>(claims.error());
  out.claims = std::move(*claims);
  if (auto ok = readWhat(parts, out); !ok) return Answer<Action>(ok.error());
  auto prefix = readListText(parts, "prefix");
  if (!prefix) return Answer<Action>(prefix.error());
  if (!prefix->empty() && out.what == BringBack::What::adopt)
    return Answer<Action>(badArgument("an adoption names keys", "prefix", *prefix));
  out.prefix = std::move(*prefix);
  out.dryRun = parts.has("dry-run");
  return Answer<Action>(Action(std::move(out)));
}

}  // namespace cairn::s3
