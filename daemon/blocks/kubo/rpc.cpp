#include "daemon/blocks/kubo/rpc.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <system_error>

#include "common/base/url.h"
#include "common/cid/car.h"

namespace cairn::blocks::kubo {

namespace {

constexpr std::uint64_t kMostBlock = 64ULL << 20;  // what a store takes at most
// The bytes "cairn" as a CID that needs no block: a pin that says nothing and whose change syncs the log.
constexpr std::string_view kMarker = "bafkqabldmfuxe3q";

http::ClientOptions clientOptions() {
  http::ClientOptions options;
  options.connectTimeout = std::chrono::seconds(3);
  options.idlePerEndpoint = 64;
  return options;
}

/// kubo's {"Message": ...}, cut for logs.
std::string messageOf(const Bytes& body) {
  const auto json = parseJson(asText(body));
  const Json* message = json ? json->find("Message") : nullptr;
  std::string text = message != nullptr ? message->text : std::string(asText(body));
  if (text.size() > 300) text.resize(300);
  return text;
}

Error refusal(const std::string& target, int status, const std::string& message) {
  const std::string what = target.substr(0, target.find('?'));
  // A CID in the message may be followed by anything: only kubo's own words before it count.
  if (message.starts_with("block was not found locally (offline): ipld: could not find ") ||
      message.starts_with("ipld: could not find "))
    return fail(Errc::not_found, message);
  if (message.starts_with("import failed")) return fail(Errc::invalid, message);
  return fail(Errc::io, "kubo refused " + what + ": " + (message.empty() ? std::to_string(status) : message));
}

std::string textAt(const Json& json, std::initializer_list<std::string_view> path) {
  const Json* at = &json;
  for (std::string_view name : path)
    if (at = at->find(name); at == nullptr) return {};
  return at->text;
}

Status syncFileSystemOf(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int error = fd < 0 ? errno : 0;
  if (fd >= 0 && ::syncfs(fd) != 0) error = errno;
  if (fd >= 0) ::close(fd);
  if (error == 0) return {};
  return fail(Errc::io, "sync the file system of " + path + ": " + std::generic_category().message(error));
}

}  // namespace

RpcNode::RpcNode(net::io_context& io, RpcOptions options)
    : options_(std::move(options)), client_(io, clientOptions()) {}

Task<Result<Bytes>> RpcNode::ask(Call call) {
  for (bool again : {true, false}) {
    http::ClientRequest request;
    request.method = call.get ? "GET" : "POST";
    request.target = call.target;
    request.headers = call.headers;
    request.body = call.body;
    request.timeout = call.timeout.count() > 0 ? call.timeout : options_.readTimeout;
    request.maxResponseBytes = call.mostBytes;
    auto answer = co_await client_.request(options_.endpoint, std::move(request));
    // Every call may be repeated, and an idle connection of a kubo that was restarted is no use.
    if (!answer && answer.error().code == Errc::unknown_outcome && again) {
      client_.closeIdle();
      continue;
    }
    if (!answer) co_return fail(Errc::unavailable, "kubo does not answer: " + answer.error().message);
    if (answer->status != 200) co_return refusal(call.target, answer->status, messageOf(answer->body));
    // An error after the answer has begun.
    if (const auto error = answer->headers.find("X-Stream-Error"); error && !error->empty())
      co_return fail(Errc::io, "kubo gave up: " + std::string(*error));
    co_return std::move(answer->body);
  }
  co_return fail(Errc::unavailable, "kubo does not answer");
}

Task<Result<Json>> RpcNode::askJson(std::string target) {
  Call call;
  call.target = target;
  auto body = co_await ask(std::move(call));
  if (!body) co_return body.error();
  auto json = readJson(asText(*body));
  if (!json) co_return fail(Errc::io, "kubo answered " + target + " with what is no JSON");
  co_return std::move(*json);
}

Task<Result<About>> RpcNode::about() {
  About out;
  auto at = co_await instance();
  if (!at) co_return at.error();
  out.instance = std::move(*at);
  auto version = co_await askJson("/api/v0/version");
  if (!version) co_return version.error();
  out.version = textAt(*version, {"Version"});
  auto id = co_await askJson("/api/v0/id");
  if (!id) co_return id.error();
  out.peer = textAt(*id, {"ID"});
  if (out.version.empty() || out.peer.empty())
    co_return fail(Errc::io, "what answers is no kubo: it names no version or no peer id");
  auto config = co_await askJson("/api/v0/config/show");
  if (!config) co_return config.error();
  const Json* datastore = config->find("Datastore");
  const Json* spec = datastore != nullptr ? datastore->find("Spec") : nullptr;
  auto concluded = durabilityOf(spec != nullptr ? *spec : Json(), isRepositoryOf(out.peer));
  out.durability = concluded.durability;
  out.datastore = std::move(concluded.words);
  Call arguments;
  arguments.target = "/debug/pprof/cmdline";
  arguments.get = true;
  auto line = co_await ask(std::move(arguments));
  if (!line) co_return line.error();
  const std::string_view words = asText(*line);
  for (std::size_t from = 0; from < words.size();) {
    const std::size_t end = std::min(words.find('\0', from), words.size());
    const std::string_view word = words.substr(from, end - from);
    if (word == "--enable-gc" || word == "-enable-gc" || word == "--enable-gc=true") out.collects = true;
    from = end + 1;
  }
  co_return out;
}

// The time at which the process began, to a hundredth of a second.
Task<Result<std::string>> RpcNode::instance() {
  Call call;
  call.target = "/debug/metrics/prometheus";
  call.get = true;
  call.mostBytes = 16 << 20;
  auto body = co_await ask(std::move(call));
  if (!body) co_return body.error();
  static constexpr std::string_view name = "\nprocess_start_time_seconds ";
  const std::string_view text = asText(*body);
  const std::size_t at = text.find(name);
  if (at == std::string_view::npos) co_return fail(Errc::io, "kubo's metrics do not say when it was started");
  const std::size_t from = at + name.size();
  co_return std::string(text.substr(from, std::min(text.find('\n', from), text.size()) - from));
}

RpcNode::Call RpcNode::upload(std::string target, const Bytes& file) {
  std::array<std::uint8_t, 16> chance;  // so that no block can contain the boundary
  random_->fill(chance);
  const std::string boundary = "cairn-" + toHex(chance);
  Call call;
  call.target = std::move(target);
  call.headers.add("Content-Type", "multipart/form-data; boundary=" + boundary);
  call.timeout = options_.writeTimeout;
  const std::string head = "--" + boundary +
                           "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"blocks\"\r\n"
                           "Content-Type: application/octet-stream\r\n\r\n";
  const std::string tail = "\r\n--" + boundary + "--\r\n";
  call.body.reserve(head.size() + file.size() + tail.size());
  append(call.body, asBytes(head));
  append(call.body, file);
  append(call.body, asBytes(tail));
  return call;
}

// kubo keeps a block under its hash alone, and decodes what it imports only to find links, which nobody asks for here:
// it costs kubo most of the time of a DAG-CBOR block. So all are sent as raw ones.
Task<Status> RpcNode::import(std::vector<Block> blocks) {
  std::size_t size = 1024;
  for (const Block& block : blocks) size += car::blockBytes(block.cid, block.data.size());
  Bytes file;
  file.reserve(size);
  const Cid first = blocks.front().cid.withCodec(Codec::raw);
  car::appendHeader(file, {&first, 1});
  for (const Block& block : blocks) car::appendBlock(file, block.cid.withCodec(Codec::raw), block.data.view());
  auto call = upload(
      "/api/v0/dag/import?pin-roots=false&stats=true&allow-big-block=true&fast-provide-root=false&offline=true", file);
  auto answer = co_await ask(std::move(call));
  if (!answer) co_return answer.error();
  const auto json = parseJson(asText(*answer));
  const Json* stats = json ? json->find("Stats") : nullptr;
  const std::string took = stats != nullptr ? textAt(*stats, {"BlockCount"}) : std::string();
  if (took != std::to_string(blocks.size()))
    co_return fail(Errc::io, "kubo was sent " + std::to_string(blocks.size()) + " blocks and says that it took " +
                                 (took.empty() ? "none" : took));
  co_return Status{};
}

// dag/import takes only what it can decode, block/put takes any bytes.
Task<Status> RpcNode::put(Block block) {
  const char* codec = block.cid.codec() == Codec::raw      ? "raw"
                      : block.cid.codec() == Codec::dag_pb ? "dag-pb"
                                                           : "dag-cbor";
  const char* hash = block.cid.hash() == HashFunction::sha2_256 ? "sha2-256" : "blake3";
  auto call =
      upload(std::string("/api/v0/block/put?allow-big-block=true&offline=true&cid-codec=") + codec + "&mhtype=" + hash,
             toBytes(block.data.view()));
  auto answer = co_await ask(std::move(call));
  if (!answer) co_return answer.error();
  const auto json = parseJson(asText(*answer));
  if (!json || textAt(*json, {"Key"}) != block.cid.str())
    co_return fail(Errc::io, "kubo did not take block " + block.cid.str() + " as such");
  co_return Status{};
}

Task<Result<BlockData>> RpcNode::get(Cid cid) {
  if (reading_ >= kMostReads) {
    OneShot<bool> turn;
    queue_.push_back(turn);
    co_await turn.wait();
  } else {
    ++reading_;
  }
  Call call;
  call.target = "/api/v0/block/get?offline=true&arg=" + cid.str();
  call.mostBytes = kMostBlock;
  auto body = co_await ask(std::move(call));
  if (queue_.empty()) {
    --reading_;
  } else {
    queue_.front().set(true);
    queue_.pop_front();
  }
  if (!body) co_return body.error();
  co_return BlockData::own(std::move(*body));
}

Task<Status> RpcNode::makeDurable(Durability how) {
  switch (how) {
    case Durability::at_answer:
      co_return Status{};
    case Durability::by_file_system:
      co_return co_await syncFileSystem();
    case Durability::by_pin: {
      Call call;
      call.target = "/api/v0/pin/add?recursive=false&name=cairn-sync&arg=" + std::string(kMarker);
      call.timeout = options_.writeTimeout;
      auto answer = co_await ask(std::move(call));
      if (!answer) co_return answer.error();
      co_return Status{};
    }
    case Durability::unknown:
      break;
  }
  co_return fail(Errc::unsupported, "nothing makes this kubo's blocks durable");
}

Task<Status> RpcNode::syncFileSystem() {
  OneShot<Status> done;
  net::post(syncer_, [done, repository = options_.repository] {
    Status synced;
    // flatfs keeps its files in blocks/, which may be on a disk of its own.
    for (const std::string& path : {repository, repository + "/blocks"})
      if (synced) synced = syncFileSystemOf(path);
    done.set(std::move(synced));
  });
  co_return co_await done.wait();
}

/// Whether kubo's directory, as configured, is that of the kubo which answers.
bool RpcNode::isRepositoryOf(const std::string& peer) const {
  if (options_.repository.empty()) return false;
  std::ifstream file(options_.repository + "/config", std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const auto config = parseJson(text);
  return config && textAt(*config, {"Identity", "PeerID"}) == peer;
}

Task<Status> RpcNode::pin(Cid root, std::optional<Cid> from, std::string name) {
  Call call;
  call.timeout = options_.writeTimeout;
  if (from) {
    call.target = "/api/v0/pin/update?unpin=false&offline=true&arg=" + from->str() + "&arg=" + root.str();
    auto answer = co_await ask(call);
    if (answer) co_return Status{};
    const std::string& why = answer.error().message;
    if (why.find("'to' cid was already recursively pinned") != std::string::npos) co_return Status{};
    if (why.find("'from' cid was not recursively pinned") == std::string::npos) co_return answer.error();
  }
  call.target = "/api/v0/pin/add?recursive=true&offline=true&arg=" + root.str() +
                (name.empty() ? std::string() : "&name=" + uriEncode(name));
  auto answer = co_await ask(std::move(call));
  if (!answer) co_return answer.error();
  co_return Status{};
}

}  // namespace cairn::blocks::kubo
