// kubo's RPC against an imposter that answers like kubo 0.39, and one that answers wrong, half, slowly or nonsense.
#include "daemon/blocks/kubo/rpc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "common/base/url.h"
#include "common/cid/car.h"
#include "daemon/http/server.h"
#include "tests/unit/daemon/blocks/support.h"

namespace cairn::blocks {
namespace {

using test::block;
using testing::HasSubstr;

struct Canned {
  int status = 200;
  std::string body;
  std::uint64_t announce = 0;  ///< more bytes than come
  std::string streamError{};
  bool silent = false;  ///< no answer at all
};

/// Answers what it was told to, by path, and remembers what it was asked.
class Imposter {
 public:
  Imposter() : server_(io_, {}, [this](auto& q, auto& b, auto& r) { return serve(q, b, r); }) {
    EXPECT_TRUE(server_.start());
    answers["/debug/metrics/prometheus"].body = "# HELP\nprocess_start_time_seconds 1.75e+09\ngo_info 1\n";
    answers["/debug/pprof/cmdline"].body = std::string("ipfs\0daemon", 11);
    answers["/api/v0/version"].body = R"({"Version":"0.39.0"})";
    answers["/api/v0/id"].body = R"({"ID":"12D3KooWimposter"})";
    answers["/api/v0/config/show"].body = R"({"Datastore":{"Spec":{"type":"pebbleds","path":"p"}}})";
  }
  ~Imposter() {
    net::post(io_, [this] { never_.cancel(); });
    run(server_.drain(std::chrono::milliseconds(100)));
    io_.stop();
    thread_.join();
  }
  kubo::Node& node() {
    kubo::RpcOptions options;
    options.endpoint = {"127.0.0.1", server_.port(), false, {}};
    options.readTimeout = options.writeTimeout = timeout;
    options.repository = repository;
    // On the loop, which may still be busy with connections of the one before.
    net::post(io_, net::use_future([&] { node_ = std::make_unique<kubo::RpcNode>(io_, options); })).get();
    return *node_;
  }
  template <class T>
  T run(Task<T> task) {
    return net::co_spawn(io_, std::move(task), net::use_future).get();
  }

  std::map<std::string, Canned> answers;
  std::vector<std::string> targets;
  std::vector<std::string> bodies;
  std::chrono::milliseconds timeout{60'000};
  std::string repository;

 private:
  Task<void> serve(http::Request& request, http::BodyReader& body, http::ResponseWriter& response) {
    auto all = co_await http::readAll(body, 64 << 20);
    targets.push_back(request.method + " " + request.target);
    bodies.push_back(all ? std::string(asText(*all)) : std::string());
    const auto found = answers.find(request.path);
    Canned canned = found != answers.end() ? found->second : Canned{404, "404 page not found"};
    boost::system::error_code cancelled;
    if (canned.silent) co_return co_await never_.async_wait(net::redirect_error(net::use_awaitable, cancelled));
    http::ResponseHead head{canned.status, {}};
    if (!canned.streamError.empty()) head.headers.add("X-Stream-Error", canned.streamError);
    if (canned.announce == 0) {
      (void)co_await response.send(std::move(head), asBytes(canned.body));
    } else {
      (void)co_await response.start(std::move(head), canned.announce);
      (void)co_await response.write(asBytes(canned.body));
    }
  }

  net::io_context io_{1};
  net::executor_work_guard<net::io_context::executor_type> work_{io_.get_executor()};
  net::steady_timer never_{io_, net::steady_timer::time_point::max()};
  http::Server server_;
  std::unique_ptr<kubo::RpcNode> node_;
  std::thread thread_{[this] { io_.run(); }};
};

constexpr const char* kGet = "/api/v0/block/get";
constexpr const char* kImport = "/api/v0/dag/import";

std::vector<Block> two() {
  return {block(1, 100), block(2, 3000)};
}

TEST(KuboRpc, LearnsWhatItTalksTo) {
  Imposter kubo;
  auto about = kubo.run(kubo.node().about());
  ASSERT_TRUE(about) << about.error().message;
  EXPECT_EQ(about->version, "0.39.0");
  EXPECT_EQ(about->peer, "12D3KooWimposter");
  EXPECT_EQ(about->instance, "1.75e+09");
  EXPECT_FALSE(about->collects);
  EXPECT_EQ(about->durability, kubo::Durability::by_pin);
  for (const char* flag : {"--enable-gc", "--enable-gc=true"}) {
    kubo.answers["/debug/pprof/cmdline"].body = std::string("ipfs\0daemon\0", 12) + flag;
    about = kubo.run(kubo.node().about());
    ASSERT_TRUE(about);
    EXPECT_TRUE(about->collects);
  }
}

TEST(KuboRpc, BelievesThatADirectoryIsKubosOnlyByItsPeerId) {
  Imposter kubo;
  test::TemporaryDirectory dir;
  kubo.repository = dir.path();
  kubo.answers["/api/v0/config/show"].body = R"({"Datastore":{"Spec":{"type":"flatfs","path":"blocks","sync":false}}})";
  auto about = kubo.run(kubo.node().about());
  ASSERT_TRUE(about);
  EXPECT_EQ(about->durability, kubo::Durability::unknown);
  std::ofstream(dir.path() + "/config") << R"({"Identity":{"PeerID":"12D3KooWother"}})";
  EXPECT_EQ(kubo.run(kubo.node().about())->durability, kubo::Durability::unknown);
  std::ofstream(dir.path() + "/config") << R"({"Identity":{"PeerID":"12D3KooWimposter"}})";
  EXPECT_EQ(kubo.run(kubo.node().about())->durability, kubo::Durability::by_file_system);
  EXPECT_FALSE(kubo.run(kubo.node().makeDurable(kubo::Durability::by_file_system))) << "its files are elsewhere";
  std::filesystem::create_directory(dir.path() + "/blocks");
  EXPECT_TRUE(kubo.run(kubo.node().makeDurable(kubo::Durability::by_file_system)));
}

TEST(KuboRpc, WhatIsNoKuboIsNotTakenForOne) {
  const std::pair<const char*, const char*> wrong[] = {{"/api/v0/version", "nonsense"},
                                                       {"/api/v0/version", "{}"},
                                                       {"/api/v0/id", "[1,"},
                                                       {"/api/v0/config/show", "<html>"},
                                                       {"/debug/metrics/prometheus", "go_info 1\n"}};
  for (const auto& [path, body] : wrong) {
    Imposter kubo;
    kubo.answers[path].body = body;
    EXPECT_EQ(kubo.run(kubo.node().about()).error().code, Errc::io) << path;
    kubo.answers.erase(path);
    EXPECT_FALSE(kubo.run(kubo.node().about())) << path;
  }
}

TEST(KuboRpc, ImportsACarAndCountsWhatWasTaken) {
  Imposter kubo;
  kubo.answers[kImport].body = R"({"Stats":{"BlockCount":2,"BlockBytesCount":3100}})"
                               "\n";
  auto imported = kubo.run(kubo.node().import(two()));
  ASSERT_TRUE(imported) << imported.error().message;
  EXPECT_THAT(kubo.targets.back(), testing::StartsWith("POST /api/v0/dag/import?pin-roots=false&stats=true"));
  // The file between the multipart's lines is a CAR of the two, both as raw: decoding is what costs kubo most.
  const std::string& body = kubo.bodies.back();
  const std::size_t from = body.find("\r\n\r\n") + 4, to = body.rfind("\r\n--cairn-");
  std::vector<Cid> found;
  car::Reader reader([&](const Cid& cid, BytesView) {
    found.push_back(cid);
    return Status{};
  });
  ASSERT_TRUE(reader.feed(asBytes(std::string_view(body).substr(from, to - from))));
  ASSERT_TRUE(reader.finish());
  EXPECT_EQ(found, (std::vector<Cid>{two()[0].cid.withCodec(Codec::raw), two()[1].cid.withCodec(Codec::raw)}));
}

TEST(KuboRpc, AnImportThatWasNotWholeDidNotHappen) {
  const Canned wrong[] = {{200, ""},
                          {200, R"({"Stats":{"BlockCount":1}})"},
                          {200, R"({"Stats":{"BlockCount":2}})", 0, "pebble: disk full"},
                          {200, "nonsense"},
                          {500, R"({"Message":"pebble: no space left on device","Type":"error"})"},
                          {403, "403 - Forbidden"}};
  for (const Canned& canned : wrong) {
    Imposter kubo;
    kubo.answers[kImport] = canned;
    auto imported = kubo.run(kubo.node().import(two()));
    ASSERT_FALSE(imported) << canned.body;
    EXPECT_EQ(imported.error().code, Errc::io) << imported.error().message;
  }
  Imposter kubo;
  kubo.answers[kImport] = {500, R"({"Message":"import failed at block \"bafy\": Invalid majorByte: 0xff"})"};
  EXPECT_EQ(kubo.run(kubo.node().import(two())).error().code, Errc::invalid);
}

TEST(KuboRpc, PutsABlockOfAnyCodecAndChecksItsName) {
  Imposter kubo;
  const Bytes bytes{0xff};
  const Block odd{Cid::of(Codec::dag_cbor, bytes, HashFunction::blake3), BlockData::copy(bytes)};
  kubo.answers["/api/v0/block/put"].body = R"({"Key":")" + odd.cid.str() + R"(","Size":1})";
  EXPECT_TRUE(kubo.run(kubo.node().put(odd)));
  EXPECT_THAT(kubo.targets.back(), HasSubstr("cid-codec=dag-cbor&mhtype=blake3"));
  EXPECT_EQ(kubo.run(kubo.node().put(two()[0])).error().code, Errc::io);
}

TEST(KuboRpc, TellsAMissingBlockFromAKuboThatFails) {
  const Block b = block(1, 5000);
  const std::string missing =
      R"({"Message":"block was not found locally (offline): ipld: could not find )" + b.cid.str() + R"(","Code":0})";
  Imposter kubo;
  kubo.answers[kGet] = {200, std::string(asText(b.data.view()))};
  auto got = kubo.run(kubo.node().get(b.cid));
  ASSERT_TRUE(got);
  EXPECT_TRUE(b.cid.verifies(got->view()));
  EXPECT_EQ(kubo.targets.back(), "POST /api/v0/block/get?offline=true&arg=" + b.cid.str());
  kubo.answers[kGet] = {500, missing};
  EXPECT_EQ(kubo.run(kubo.node().get(b.cid)).error().code, Errc::not_found);
  kubo.answers[kGet] = {500, R"({"Message":"pebble: closed"})"};
  EXPECT_EQ(kubo.run(kubo.node().get(b.cid)).error().code, Errc::io);
  kubo.answers[kGet] = {404, "404 page not found"};
  EXPECT_EQ(kubo.run(kubo.node().get(b.cid)).error().code, Errc::io);
  kubo.answers[kGet] = {200, "half", 5000};
  EXPECT_EQ(kubo.run(kubo.node().get(b.cid)).error().code, Errc::unavailable);
}

TEST(KuboRpc, ASilentKuboAndNoneAreUnavailable) {
  Imposter kubo;
  kubo.timeout = std::chrono::milliseconds(50);
  kubo.answers[kGet].silent = true;
  EXPECT_EQ(kubo.run(kubo.node().get(block(1, 1).cid)).error().code, Errc::unavailable);
  net::io_context io{1};
  kubo::RpcOptions nobody;
  nobody.endpoint = {"127.0.0.1", 1, false, {}};
  kubo::RpcNode node(io, nobody);
  auto got = net::co_spawn(io, node.get(block(1, 1).cid), net::use_future);
  io.run();
  auto answer = got.get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::unavailable);
  EXPECT_THAT(answer.error().message, HasSubstr("kubo does not answer"));
}

TEST(KuboRpc, MovesAPinAndMakesOneWhereThereWasNone) {
  Imposter kubo;
  const Cid a = block(1, 10).cid, b = block(2, 10).cid;
  kubo.answers["/api/v0/pin/update"].body = "{}";
  kubo.answers["/api/v0/pin/add"].body = "{}";
  ASSERT_TRUE(kubo.run(kubo.node().pin(b, a, "demo/x y")));
  EXPECT_EQ(kubo.targets.back(), "POST /api/v0/pin/update?unpin=false&offline=true&arg=" + a.str() + "&arg=" + b.str());
  kubo.answers["/api/v0/pin/update"] = {500, R"({"Message":"'from' cid was not recursively pinned already"})"};
  ASSERT_TRUE(kubo.run(kubo.node().pin(b, a, "demo/x y")));
  EXPECT_EQ(kubo.targets.back(),
            "POST /api/v0/pin/add?recursive=true&offline=true&arg=" + b.str() + "&name=demo%2Fx%20y");
  kubo.answers["/api/v0/pin/update"] = {500, R"({"Message":"'to' cid was already recursively pinned"})"};
  EXPECT_TRUE(kubo.run(kubo.node().pin(b, a, "")));
  kubo.answers["/api/v0/pin/update"] = {500, R"({"Message":"something else"})"};
  EXPECT_EQ(kubo.run(kubo.node().pin(b, a, "")).error().code, Errc::io);
}

}  // namespace
}  // namespace cairn::blocks
