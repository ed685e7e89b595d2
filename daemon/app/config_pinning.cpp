#include "daemon/app/config_pinning.h"

#include <algorithm>
#include <charconv>

#include "daemon/app/ethereum.h"
#include "daemon/pinning/cluster/holder.h"

namespace cairn::app {
namespace {

using Texts = std::vector<std::string>;

Texts split(const std::string& text, char at) {
  Texts out;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(at, begin), text.size());
    out.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

/// A number from 1 (or `least`) to 100, the whole text.
std::optional<std::size_t> countOf(const std::string& text, std::size_t least) {
  std::size_t n = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size() || n < least || n > 100) return std::nullopt;
  return n;
}

/// "N of {a, b}" without its blanks.
bool parseHolders(const std::string& term, Config& config) {
  const std::size_t of = term.find("of{");
  if (of == std::string::npos || term.back() != '}' || !config.quorumOf.empty()) return false;
  auto count = countOf(term.substr(0, of), 0);
  config.quorumOf = split(term.substr(of + 3, term.size() - of - 4), ',');
  config.quorum = count.value_or(0);
  return count && std::ranges::none_of(config.quorumOf, &std::string::empty);
}

/// Terms joined by "+": "local", "N of {a, b}", "cluster:N".
std::string parseQuorum(std::string text, Config& config) {
  const std::string wrong =
      R"(is not "local", "local + N of {name, name}" or "cluster:N", nor some of these terms joined by +)";
  std::erase_if(text, [](char c) { return c == ' ' || c == '\t'; });
  config.quorum = config.clusterQuorum = 0;
  config.quorumOf.clear();
  bool local = false;
  for (const std::string& term : split(text, '+')) {
    if (term == "local") {
      if (std::exchange(local, true)) return wrong;
    } else if (term.starts_with("cluster:")) {
      auto peers = countOf(term.substr(8), 1);
      if (!peers || config.clusterQuorum != 0) return wrong;
      config.clusterQuorum = *peers;
    } else if (!parseHolders(term, config)) {
      return wrong;
    }
  }
  if (!local && config.clusterQuorum == 0) return wrong;
  if (config.quorum > config.quorumOf.size())
    return "asks for " + std::to_string(config.quorum) + " of " + std::to_string(config.quorumOf.size()) + " holders";
  return {};
}

std::string parseUrl(const std::string& text) {
  auto url = parseRpcUrl(text);
  if (!url) return url.error().message;
  return url->target.find('?') == std::string::npos ? "" : "has a query, which is not wanted here";
}

void readCluster(Reader& r, ClusterConfig& c) {
  r.text("cluster", "url", [&](const std::string& v) { return c.url = v, parseUrl(v); });
  r.text("cluster", "credentials_file", [&](const std::string& v) { return c.credentialsFile = v, ""; });
  r.text("cluster", "ca_file", [&](const std::string& v) { return c.caFile = v, ""; });
  r.texts("cluster", "kubo_api", [&](const Texts& v) -> std::string {
    c.kuboApis = v;
    for (const std::string& each : v)
      if (std::string problem = parseUrl(each); !problem.empty()) return "lists what " + problem;
    return {};
  });
  r.text("cluster", "kubo_credentials_file", [&](const std::string& v) { return c.kuboCredentialsFile = v, ""; });
  r.integer("cluster", "replication", 0, 1000, [&](std::int64_t v) { c.replication = static_cast<std::size_t>(v); });
  r.duration("cluster", "timeout", [&](auto v) { c.timeout = v; });
}

}  // namespace

void readPinning(Reader& r, Config& c) {
  r.text("pinning", "quorum", [&](const std::string& v) { return parseQuorum(v, c); });
  r.duration("pinning", "timeout", [&](auto v) { c.quorumTimeout = v; });
  r.text("pinning", "follow", [&](const std::string& v) {
    auto peers = v.starts_with("cluster:") ? countOf(v.substr(8), 1) : std::nullopt;
    c.followPeers = v == "cluster" ? 1 : peers.value_or(0);
    return c.followPeers > 0 || v.empty() ? "" : "can only be \"cluster\" or \"cluster:N\"";
  });
  r.duration("pinning", "follow_max_lag", [&](auto v) { c.followLag = v; });
  r.integer("pinning", "follow_max_roots", 1, 1'000'000'000,
            [&](std::int64_t v) { c.followRoots = static_cast<std::uint64_t>(v); });
  r.text("pinning", "follow_past_bound", [&](const std::string& v) {
    c.followStops = v == "stop";
    return c.followStops || v == "slow" ? "" : "is \"slow\" or \"stop\"";
  });
  readCluster(r, c.cluster);
}

void finishPinning(Reader& r, const Config& c) {
  std::set<std::string> of;
  for (const std::string& name : c.quorumOf)
    if (name == c.node || !of.insert(name).second)
      r.mistake(0, "[pinning] quorum names '" + name + "' twice, or this node itself");
  of.insert(c.node);
  for (const HolderConfig& h : c.holders) of.insert(h.name);
  const std::size_t peers = c.clusterQuorum + c.followPeers;
  const bool wanted = peers > 0;
  if (wanted && of.contains(pinning::kClusterName))
    r.mistake(0, "a node is named 'cluster', the name under which flips record the ipfs-cluster");
  if (wanted && c.cluster.url.empty())
    r.mistake(0, "[cluster] url is missing: the REST API of the cluster that [pinning] speaks of");
  if (wanted && c.cluster.kuboApis.empty())
    r.mistake(0, "[cluster] kubo_api is missing: the kubos to which new blocks are sent before the cluster pins");
  if (c.clusterQuorum > 0 && c.followPeers > 0)
    r.mistake(0, "[pinning] follow has the cluster follow, but quorum already waits for it in each commit");
  if (c.cluster.replication > 0 && c.cluster.replication < peers)
    r.mistake(0, "[cluster] replication is less than the peers that [pinning] asks for");
}

}  // namespace cairn::app
