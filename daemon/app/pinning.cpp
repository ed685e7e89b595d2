#include "daemon/app/pinning.h"

#include <algorithm>

#include "common/digest/base64.h"
#include "daemon/app/ethereum.h"
#include "daemon/app/keys.h"
#include "daemon/pinning/cluster/holder.h"

namespace cairn::app {
namespace {

/// "user:password" of a file as the value of an Authorization header; empty without a file.
Result<Secret> basicAuthorization(const std::string& file) {
  if (file.empty()) return Secret();
  auto text = readSecretFile(file);
  if (!text) return text.error();
  const bool sound = text->find(':') != std::string::npos && text->find('\n') == std::string::npos;
  Secret out(sound ? "Basic " + base64(asBytes(*text)) : std::string());
  wipe(*text);
  if (!sound) return fail(Errc::invalid, file + " is not one line \"user:password\"");
  return out;
}

pinning::Service serviceAt(std::string what, const std::string& url, const Secret& authorization) {
  auto parsed = parseRpcUrl(url);  // which the configuration's reader has checked
  while (parsed->target.ends_with('/')) parsed->target.pop_back();
  return {std::move(what), parsed->endpoint, parsed->target, authorization};
}

Result<pinning::ClusterOptions> clusterOptions(const Config& config) {
  const ClusterConfig& c = config.cluster;
  auto rest = basicAuthorization(c.credentialsFile);
  if (!rest) return rest.error();
  auto kubo = basicAuthorization(c.kuboCredentialsFile);
  if (!kubo) return kubo.error();
  pinning::ClusterOptions out;
  out.rest = serviceAt("the cluster's REST API", c.url, *rest);
  for (const std::string& url : c.kuboApis) out.kubos.push_back(serviceAt("the cluster's kubo", url, *kubo));
  out.peers = config.clusterQuorum + config.followPeers;
  if (c.replication > 0) out.replication = {static_cast<int>(out.peers), static_cast<int>(c.replication)};
  out.timeout = c.timeout;
  return out;
}

Result<std::unique_ptr<http::Client>> makeCaller(const Config& config, net::io_context& io) {
  http::ClientOptions options;
  options.connectTimeout = std::chrono::seconds(3);
  if (!config.cluster.caFile.empty()) {
    auto pem = readTextFile(config.cluster.caFile);
    if (!pem) return pem.error();
    options.caPem = *pem + "\n";
  }
  return std::make_unique<http::Client>(io, std::move(options));
}

}  // namespace

Result<Pinning> Pinning::open(const Config& config, blocks::Store& store, http::Client& client, LocateNode locate,
                              Clock& clock, net::io_context& io) {
  auto isStorage = [&](const std::string& name) {
    return std::ranges::any_of(config.holders, [&](const HolderConfig& h) { return h.name == name; });
  };
  std::vector<std::string> names = config.quorumOf;
  std::ranges::sort(names, {}, [&](const std::string& name) { return std::pair(isStorage(name), name); });
  pinning::QuorumRule rule{config.quorum, static_cast<std::size_t>(std::ranges::count_if(names, isStorage)), 0};
  std::vector<std::shared_ptr<pinning::Holder>> others;
  for (const std::string& name : names)
    others.push_back(pinning::makeRemoteHolder(
        MasterId(name), client, [locate, name] { return locate(MasterId(name)); }, config.quorumTimeout));
  Pinning out;
  std::vector<std::shared_ptr<pinning::Holder>> sources = others;
  if (config.clusterQuorum + config.followPeers > 0) {
    auto options = clusterOptions(config);
    if (!options) return options.error();
    auto caller = makeCaller(config, io);
    if (!caller) return caller.error();
    out.clusterClient = std::move(*caller);
    out.clusterSource = std::make_unique<pinning::Fetcher>(store, others, &clock);
    auto cluster = makeClusterHolder(std::move(*options), *out.clusterClient, *out.clusterSource, clock);
    sources.push_back(cluster);
    if (config.followPeers > 0) {
      pinning::FollowRule follow{config.followRoots, config.followLag, config.followStops};
      out.follower = std::make_shared<pinning::Follower>(cluster, follow, clock, io.get_executor());
    } else {
      others.push_back(cluster);
      rule.required = 1;
    }
  }
  out.local = std::make_shared<pinning::LocalHolder>(MasterId(config.node), store);
  out.fetcher = std::make_unique<pinning::Fetcher>(store, sources, &clock);
  out.quorum = std::make_unique<pinning::Quorum>(out.local, store, others, rule, &clock);
  out.quorum->follow(out.follower);
  return out;
}

Task<std::vector<Cid>> rootsBefore(registry::Registry& registry, BucketId bucket, Version now) {
  constexpr std::uint64_t kMost = 64;  // more than a cluster that follows usually is behind
  std::vector<Cid> out;
  if (now.get() < 2) co_return out;
  const Version last(now.get() - 1), first(last.get() > kMost ? last.get() - kMost + 1 : 1);
  auto rows = co_await registry.history(bucket, first, last, kMost);
  if (!rows) co_return out;
  for (auto row = rows->rbegin(); row != rows->rend(); ++row)
    if (row->root) out.push_back(*row->root);
  co_return out;
}

}  // namespace cairn::app
