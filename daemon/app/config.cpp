#include "daemon/app/config.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <set>

#include "daemon/app/config_pinning.h"
#include "daemon/app/config_reader.h"
#include "daemon/app/ethereum.h"
#include "daemon/app/keys.h"
#include "daemon/app/registry.h"
#include "daemon/fleet/membership.h"
#include "daemon/registry/postgres/postgres.h"

namespace cairn::app {

std::uint64_t defaultNodeCache() {
  const long pages = ::sysconf(_SC_PHYS_PAGES), bytes = ::sysconf(_SC_PAGESIZE);
  const std::uint64_t memory =
      pages > 0 && bytes > 0 ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(bytes) : 0;
  return std::clamp<std::uint64_t>(memory / 32, 64ULL << 20, 1ULL << 30);
}

namespace {

std::string parseListener(const std::string& text, Listener& to) {
  auto address = fleet::parseAddress(text);
  if (!address) return address.error().message;
  to.address = address->host;
  to.port = address->port;
  return {};
}

std::string oneOf(const std::string& value, std::initializer_list<const char*> allowed, std::string& to) {
  std::string list;
  for (const char* a : allowed) {
    if (value == a) return to = value, "";
    list += list.empty() ? std::string(a) : std::string(", ") + a;
  }
  return "is \"" + value + "\"; it can be " + list;
}

using Texts = std::vector<std::string>;

void readNode(Reader& r, Config& c) {
  r.text("node", "name", [&](const std::string& v) {
    c.node = v;
    bool plain = !v.empty() && v.size() <= 64 && std::all_of(v.begin(), v.end(), [](unsigned char ch) {
      return std::isalnum(ch) || ch == '-' || ch == '_' || ch == '.';
    });
    return plain ? "" : "is a name of 1 to 64 letters, digits, '-', '_' and '.'";
  });
  r.text("node", "data", [&](const std::string& v) { return c.data = v, v.empty() ? "is a directory" : ""; });
  r.text("node", "profile", [&](const std::string& v) { return oneOf(v, {"master", "storage"}, c.profile); });
  r.integer("node", "threads", 0, 256, [&](std::int64_t v) { c.threads = static_cast<std::size_t>(v); });
  r.duration("node", "drain", [&](auto v) { c.drain = v; });
  r.text("log", "level",
         [&](const std::string& v) { return oneOf(v, {"debug", "info", "warning", "error"}, c.logLevel); });
  r.text("log", "format", [&](const std::string& v) { return oneOf(v, {"json", "text"}, c.logFormat); });
}

void readDoors(Reader& r, Config& c) {
  for (auto [section, listener] : {std::pair{"s3", &c.s3}, std::pair{"api", &c.api}, std::pair{"blocks", &c.blocks}}) {
    Listener* to = listener;
    r.text(section, "listen", [to](const std::string& v) { return parseListener(v, *to); });
    if (to == &c.blocks) continue;  // its TLS is the node's own key
    r.text(section, "tls_certificate", [to](const std::string& v) { return to->certificateFile = v, ""; });
    r.text(section, "tls_key", [to](const std::string& v) { return to->keyFile = v, ""; });
  }
  r.boolean("api", "open_gateway", [&](bool v) { c.openGateway = v; });
  r.boolean("api", "loopback_reads", [&](bool v) { c.loopbackReads = v; });
  r.text("s3", "region", [&](const std::string& v) { return c.region = v, v.empty() ? "is empty" : ""; });
  r.texts("s3", "virtual_hosts", [&](const Texts& v) { return c.virtualHosts = v, ""; });
  r.text("s3", "access_log", [&](const std::string& v) { return oneOf(v, {"off", "errors", "all"}, c.accessLog); });
}

std::string urlProblem(const std::string& url, bool mayHavePassword) {
  if (!isPostgres(url)) return "is no address such as \"postgresql://cairn@db1,db2/cairn\"";
  auto checked = registry::checkPostgresUrl(url);
  if (!checked) return "cannot be read: " + checked.error().message;
  if (checked->hasPassword && !mayHavePassword) return "holds a password; put the address into a url_file of mode 0600";
  return {};
}

/// What [registry] says of a database; with the path it becomes Config::registryPath.
struct Where {
  std::string engine = "sqlite", url, urlFile;
};

void readStorage(Reader& r, Config& c, Where& where) {
  r.text("blocks", "advertise", [&](const std::string& v) -> std::string {
    c.blocksAdvertise = v;
    auto a = fleet::parseAddress(v);
    return a ? "" : a.error().message;
  });
  r.text("blocks", "directory", [&](const std::string& v) { return c.blocksDirectory = v, ""; });
  r.size("blocks", "reserve", [&](std::uint64_t v) { c.blocksReserve = v; });
  r.size("blocks", "node_cache", [&](std::uint64_t v) { c.nodeCache = v; });
  r.text("blocks", "engine", [&](const std::string& v) { return oneOf(v, {"embedded", "kubo"}, c.blocksEngine); });
  r.text("blocks", "kubo_api", [&](const std::string& v) {
    c.kuboApi = v;
    auto url = parseRpcUrl(v);
    return url && !url->endpoint.tls && url->target == "/" ? "" : "is the address of kubo's RPC: http://host:port";
  });
  r.text("blocks", "kubo_repository", [&](const std::string& v) { return c.kuboRepository = v, ""; });
  r.duration("blocks", "kubo_pin_every", [&](auto v) { c.kuboPinEvery = v; });
  r.size("blocks", "journal", [&](std::uint64_t v) { c.journalBytes = v; });
  r.texts("blocks", "allow_keys", [&](const Texts& v) {
    c.allowKeys = v;
    bool keys = std::all_of(v.begin(), v.end(), [](const std::string& k) { return k.size() == 64 && fromHex(k); });
    return keys ? "" : "lists node keys: 64 hexadecimal digits each, as `cairnd init` prints them";
  });
  r.text("registry", "engine", [&](const std::string& v) { return oneOf(v, {"sqlite", "postgres"}, where.engine); });
  r.text("registry", "path", [&](const std::string& v) { return c.registryPath = v, ""; });
  r.text("registry", "url", [&](const std::string& v) { return where.url = v, urlProblem(v, false); });
  r.text("registry", "url_file", [&](const std::string& v) { return where.urlFile = v, ""; });
  r.text("registry", "aliases", [&](const std::string& v) { return oneOf(v, {"first-come", "operators"}, c.aliases); });
  r.boolean("registry", "cas", [&](bool v) { c.cas = v; });
  r.integer("registry", "max_attempts", 1, 1000,
            [&](std::int64_t v) { c.maxAttempts = static_cast<std::uint32_t>(v); });
  r.duration("registry", "keep_losers", [&](auto v) { c.keepLosers = v; });
}

void readAuth(Reader& r, Config& c) {
  r.text("auth", "jwt_secret_file", [&](const std::string& v) { return c.jwtSecretFile = v, ""; });
  r.text("auth", "jwt_key_id", [&](const std::string& v) { return c.jwtKeyId = v, ""; });
  r.text("auth", "jwt_audience", [&](const std::string& v) { return c.jwtAudience = v, ""; });
  r.boolean("auth", "jwt_address_subjects", [&](bool v) { c.jwtAddressSubjects = v; });
  r.text("auth", "jwt_issuer", [&](const std::string& v) { return c.jwtIssuer = v, ""; });
  r.boolean("auth", "eip712", [&](bool v) { c.eip712 = v; });
  r.text("auth", "ethereum_rpc", [&](const std::string& v) {
    c.ethereumRpc = v;
    auto url = parseRpcUrl(v);
    return url ? "" : url.error().message;
  });
  r.text("auth", "key_encryption_key_file", [&](const std::string& v) { return c.keyEncryptionKeyFile = v, ""; });
  r.tables("access_keys", {"id", "owner", "secret_file"},
           [&](const std::map<std::string, std::string>& t) -> std::string {
             AccessKeyConfig k;
             for (auto [name, to] :
                  {std::pair{"id", &k.id}, std::pair{"owner", &k.owner}, std::pair{"secret_file", &k.secretFile}}) {
               if (!t.contains(name)) return std::string("lacks ") + name;
               *to = t.at(name);
             }
             c.accessKeys.push_back(std::move(k));
             return {};
           });
  r.tables("holders", {"name", "address", "key"}, [&](const std::map<std::string, std::string>& t) -> std::string {
    for (const char* name : {"name", "address", "key"})
      if (!t.contains(name)) return std::string("lacks ") + name;
    if (auto a = fleet::parseAddress(t.at("address")); !a) return a.error().message;
    if (t.at("key").size() != 64 || !fromHex(t.at("key"))) return "has a key that is not 64 hexadecimal digits";
    c.holders.push_back({t.at("name"), t.at("address"), t.at("key")});
    return {};
  });
}

void findRegistry(Reader& r, Config& c, const Where& where) {
  const bool postgres = where.engine == "postgres";
  const bool addressed = !where.url.empty() || !where.urlFile.empty();
  if (postgres != addressed || (postgres && !c.registryPath.empty()))
    return r.mistake(0, "[registry] engine \"postgres\" is used with url or url_file, \"sqlite\" with path");
  if (!where.url.empty() && !where.urlFile.empty())
    return r.mistake(0, "[registry] has both url and url_file; one is enough");
  if (!where.url.empty()) c.registryPath = where.url;
  if (where.urlFile.empty()) return;
  auto url = readSecretFile(where.urlFile);
  if (!url) return r.mistake(0, "[registry] url_file: " + url.error().message);
  if (std::string problem = urlProblem(*url, true); !problem.empty())
    return r.mistake(0, "[registry] url_file " + where.urlFile + " " + problem);
  c.registryPath = *url;
}

void finish(Reader& r, Config& c, const Where& where) {
  if (c.node.empty()) r.mistake(0, "[node] name is missing: the name of this node in its fleet, for example \"m1\"");
  if (c.data.empty()) r.mistake(0, "[node] data is missing: the directory for keys and blocks");
  auto inData = [&](std::string& path, const char* name) {
    if (path.empty()) path = (std::filesystem::path(c.data) / name).string();
  };
  inData(c.blocksDirectory, "blocks");
  findRegistry(r, c, where);
  inData(c.registryPath, "registry.sqlite");
  if (const char* credentials = std::getenv("CREDENTIALS_DIRECTORY"); credentials && c.keyEncryptionKeyFile.empty()) {
    const auto file = std::filesystem::path(credentials) / kKeyEncryptionKey;
    if (std::filesystem::exists(file)) c.keyEncryptionKeyFile = file.string();
  }
  inData(c.keyEncryptionKeyFile, kKeyEncryptionKey);
  for (auto [name, listener] : {std::pair{"s3", &c.s3}, std::pair{"api", &c.api}})
    if (listener->certificateFile.empty() != listener->keyFile.empty())
      r.mistake(0, std::string("[") + name + "] has only one of tls_certificate and tls_key");
  if (c.journalBytes < (16U << 20))
    r.mistake(0, "[blocks] journal is below 16MiB: it must hold what is written while kubo is being restarted");
  if (!c.jwtKeyId.empty() && c.jwtSecretFile.empty())
    r.mistake(0, "[auth] jwt_key_id is the kid of the secret in jwt_secret_file, which is missing");
  if (c.profile == "storage" && c.allowKeys.empty())
    r.mistake(0, "[blocks] allow_keys is missing: the keys of the masters that may store blocks here");
  std::set<std::string> names{c.node};
  for (const auto& h : c.holders)
    if (!names.insert(h.name).second) r.mistake(0, "[[holders]] names '" + h.name + "' twice, or this node itself");
}

}  // namespace

std::string Mistake::str() const {
  return (file.empty() ? "environment" : file) + (line > 0 ? ":" + std::to_string(line) : "") + ": " + what;
}

Loaded load(const std::string& file, const std::vector<std::string>& environment) {
  Loaded out;
  out.config.file = file;
  Reader reader(file, environment, out.mistakes);
  if (!reader.good()) return out;
  readNode(reader, out.config);
  readDoors(reader, out.config);
  Where where;
  readStorage(reader, out.config, where);
  readPinning(reader, out.config);
  readAuth(reader, out.config);
  reader.refuseUnknown();
  finish(reader, out.config, where);
  finishPinning(reader, out.config);
  return out;
}

}  // namespace cairn::app
