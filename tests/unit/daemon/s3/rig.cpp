#include "rig.h"

#include <cstdlib>

#include "common/digest/digest.h"
#include "daemon/auth/hmac.h"

namespace cairn::s3::test {
namespace {

constexpr std::string_view kSecret = "a secret of this test alone, long enough";

std::string base64Url(BytesView bytes) {
  std::string text = base64(bytes);
  while (!text.empty() && text.back() == '=') text.pop_back();
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  return text;
}

std::filesystem::path freshDirectory() {
  std::string pattern = (std::filesystem::temp_directory_path() / "cairn-s3-XXXXXX").string();
  if (!::mkdtemp(pattern.data())) throw std::runtime_error("no temporary directory");
  return pattern;
}

template <class T>
T must(Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

}  // namespace

std::string tokenFor(const std::string& subject) {
  const std::string head = base64Url(asBytes(R"({"alg":"HS256","typ":"JWT"})"));
  const std::string text = head + "." + base64Url(asBytes(R"({"sub":")" + subject + R"("})"));
  return text + "." + base64Url(auth::hmacSha256(asBytes(kSecret), text));
}

std::string Answered::element(const std::string& name) const {
  const std::string open = "<" + name + ">";
  const auto from = body.find(open);
  const auto to = body.find("</" + name + ">");
  if (from == std::string::npos || to == std::string::npos) return {};
  return body.substr(from + open.size(), to - from - open.size());
}

Rig::Rig() : directory_(freshDirectory()), clock_(systemClock()), random_(systemRandom()) {
  work_.emplace(net::make_work_guard(io_));
  for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { io_.run(); });
  registry::SqliteOptions sqlite;
  sqlite.path = directory_ / "registry.db";
  registry_ = must(registry::openSqlite(std::move(sqlite)));
  blocks::EmbeddedOptions embedded;
  embedded.directory = (directory_ / "blocks").string();
  store_ = must(blocks::openEmbedded(std::move(embedded)));
  source_ = std::make_unique<pinning::Fetcher>(*store_, std::vector<std::shared_ptr<pinning::Holder>>{});
  quorum_ = std::make_unique<pinning::Quorum>(std::make_shared<pinning::LocalHolder>(MasterId("m1"), *store_), *store_,
                                              std::vector<std::shared_ptr<pinning::Holder>>{}, pinning::QuorumRule{0});
  nodes_ = std::make_unique<bucket::index::NodeSource>(*source_, 8U << 20);
  roots_ = std::make_unique<bucket::Roots>(*registry_, *source_);
  registry::Master master;
  master.id = MasterId("m1");
  master.cas = true;
  master.profile = "master";
  writer_.master = master.id;
  writer_.epoch = must(run(registry_->registerMaster(master))).epoch;
  context_ = std::make_unique<bucket::EngineContext>(bucket::EngineContext{
      *registry_, *quorum_, *nodes_, *roots_, *clock_, *random_, receipts_, writer_, bucket::EngineOptions{}});
  service_ = bucket::makeService(*context_, *store_, *source_, io_.get_executor());
  auth::AuthConfig config;
  config.jwtKeys.push_back({kSecret});
  authenticator_ = std::make_unique<auth::Authenticator>(
      std::move(config), std::make_shared<auth::StaticCredentials>(*auth::StaticCredentials::make({})));
  Options options;
  options.virtualHostSuffixes = {"s3.test"};
  options.accessLog = AccessLog::off;
  door_ = std::make_unique<Door>(std::move(options), *service_, *authenticator_, *clock_, *random_);
  http::ServerOptions server;
  server.limits.bodyBytes = http::Limits::kNoLimit;
  server_ = std::make_unique<http::Server>(
      io_, std::move(server), [this](http::Request& request, http::BodyReader& body, http::ResponseWriter& writer) {
        return door_->handle(request, body, writer);
      });
  const auto started = server_->start();
  if (!started) throw std::runtime_error(started.error().message);
  client_ = std::make_unique<http::Client>(io_, http::ClientOptions{});
}

Rig::~Rig() {
  run(server_->drain(std::chrono::milliseconds(2000)));
  client_.reset();
  work_.reset();
  for (auto& thread : threads_) thread.join();
  server_.reset();
  service_.reset();
  quorum_.reset();
  store_.reset();
  registry_.reset();
  std::filesystem::remove_all(directory_);
}

Answered Rig::send(http::ClientRequest request) {
  auto response = run(client_->request(endpoint(), std::move(request)));
  if (!response) throw std::runtime_error("no answer: " + response.error().message);
  return {response->status, std::move(response->headers), std::string(asText(response->body))};
}

Answered Rig::request(const std::string& method, const std::string& target, const std::string& body,
                      const Fields& headers, const std::string& owner) {
  http::ClientRequest request;
  request.method = method;
  request.target = target;
  request.headers.add("Authorization", "Bearer " + tokenFor(owner));
  for (const auto& [name, value] : headers) request.headers.add(name, value);
  request.body = toBytes(asBytes(body));
  return send(std::move(request));
}

Answered Rig::anonymous(const std::string& method, const std::string& target, const Fields& headers) {
  http::ClientRequest request;
  request.method = method;
  request.target = target;
  for (const auto& [name, value] : headers) request.headers.add(name, value);
  return send(std::move(request));
}

}  // namespace cairn::s3::test
