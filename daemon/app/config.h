// cairnd's configuration: a TOML file, each key of which can also be given as CAIRN_SECTION_KEY in the environment.
//
// Contract: load() reads, checks everything and gives either a Config or every mistake found, each with file, line and
// what would be right. Unknown keys are mistakes. Secrets are never in the file itself: it names files of mode 0600.
// The reference with defaults is docs/configuration.md.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace cairn::app {

struct Listener {
  std::string address;  ///< IP address
  std::uint16_t port = 0;
  std::string certificateFile, keyFile;  ///< TLS when both are set
};

struct HolderConfig {
  std::string name;     ///< of a storage node
  std::string address;  ///< of its block door
  std::string key;      ///< hex SHA-256 of its TLS public key
};

struct AccessKeyConfig {
  std::string id, owner, secretFile;
};

/// An ipfs-cluster that holds roots, and the kubos under its peers.
struct ClusterConfig {
  std::string url;              ///< of the REST API; empty: there is none
  std::string credentialsFile;  ///< "user:password"
  std::string caFile;           ///< PEM of whom to trust instead of the system's
  std::vector<std::string> kuboApis;
  std::string kuboCredentialsFile;
  std::size_t replication = 0;  ///< 0: on every peer
  std::chrono::milliseconds timeout = std::chrono::seconds(15);
};

/// A thirty-second of the machine's memory, between 64 MiB and 1 GiB.
std::uint64_t defaultNodeCache();

struct Config {
  std::string file;
  std::string profile = "master";  ///< or "storage"

  std::string node;  ///< [node] name
  std::string data;  ///< [node] data: keys and, by default, blocks

  Listener s3{"127.0.0.1", 9000, {}, {}};
  std::string region = "us-east-1";
  std::vector<std::string> virtualHosts;
  std::string accessLog = "errors";  ///< "off" | "errors" | "all"

  Listener api{"127.0.0.1", 9001, {}, {}};
  bool openGateway = false;    ///< /ipfs answers whoever asks
  bool loopbackReads = false;  ///< with eip712: who is on this machine reads the API without a token

  Listener blocks{"127.0.0.1", 9002, {}, {}};
  std::string blocksAdvertise;  ///< host:port that other nodes use; default: what was bound
  std::string blocksDirectory;  ///< default: <data>/blocks
  std::uint64_t blocksReserve = 256ULL << 20;
  std::uint64_t nodeCache = defaultNodeCache();
  std::string blocksEngine = "embedded";  ///< or "kubo"
  std::string kuboApi = "http://127.0.0.1:5001";
  std::string kuboRepository;  ///< kubo's directory, where it is on this machine and its datastore does not sync itself
  std::uint64_t journalBytes = 1ULL << 30;  ///< bound of the journal before kubo
  std::chrono::milliseconds kuboPinEvery = std::chrono::seconds(10);
  std::vector<std::string> allowKeys;  ///< storage: keys of the masters that may call

  std::string registryPath;            ///< or a database's URL, whose password nobody may show: daemon/app/registry.h
  std::string aliases = "first-come";  ///< or "operators": who gives buckets their fleet-wide names
  bool cas = false;
  std::uint32_t maxAttempts = 16;
  std::chrono::milliseconds keepLosers = std::chrono::hours(1);

  std::size_t quorum = 0;  ///< of `quorumOf`, beside this node
  std::vector<std::string> quorumOf;
  std::size_t clusterQuorum = 0;  ///< peers of the cluster that each commit needs; 0: none
  std::chrono::milliseconds quorumTimeout = std::chrono::seconds(15);
  std::size_t followPeers = 0;  ///< of the cluster, which is brought along after the flips; 0: it is not
  std::uint64_t followRoots = 1000;
  std::chrono::milliseconds followLag = std::chrono::seconds(60);
  bool followStops = false;
  ClusterConfig cluster;
  std::vector<HolderConfig> holders;

  std::vector<AccessKeyConfig> accessKeys;
  std::string jwtSecretFile, jwtKeyId, jwtAudience, jwtIssuer;
  bool jwtAddressSubjects = false;
  bool eip712 = false;               ///< wallets' tokens and sessions
  std::string ethereumRpc;           ///< of a node that is asked about contract wallets; empty: they are refused
  std::string keyEncryptionKeyFile;  ///< default: the systemd credential, else <data>/key-encryption.key

  std::string logLevel = "info", logFormat = "json";
  std::size_t threads = 0;  ///< 0: as many as the machine has cores
  std::chrono::milliseconds drain = std::chrono::seconds(20);
};

/// The key-encryption key's name in the data directory and among systemd's credentials.
inline constexpr const char* kKeyEncryptionKey = "key-encryption.key";

struct Mistake {
  std::string file;
  std::size_t line = 0;  ///< 0: the environment, or the file as a whole
  std::string what;
  std::string str() const;
};

struct Loaded {
  Config config;
  std::vector<Mistake> mistakes;
};

/// `environment` as "NAME=value" entries; only those that begin with CAIRN_ matter.
Loaded load(const std::string& file, const std::vector<std::string>& environment);
/// Of the process.
std::vector<std::string> processEnvironment();

}  // namespace cairn::app
