#include <fstream>

#include "daemon/http/tls.h"
#include "rig.h"

namespace cairn::http::test {
namespace {

using namespace std::chrono_literals;

ClientRequest get(std::string target) {
  ClientRequest r;
  r.target = std::move(target);
  return r;
}

TEST(Client, ReusesItsConnections) {
  Rig rig(echo);
  Client client(rig.loop.io, {});
  for (int i = 0; i < 5; ++i) {
    auto r = rig.loop.run(client.request(rig.endpoint(), get("/x?y")));
    ASSERT_TRUE(r) << r.error().message;
    EXPECT_EQ(asText(r->body), "GET /x 0");
    EXPECT_EQ(r->headers.find("x-echo"), "1");
  }
  EXPECT_EQ(client.idle(), 1u);
  EXPECT_EQ(rig.server.connections(), 1u);
}

TEST(Client, RepeatsWhatAClosedIdleConnectionSwallowed) {
  // A server of the old school: one answer per connection, without saying that it will close.
  Loop loop;
  net::io_context io;
  net::ip::tcp::acceptor acceptor(io, {net::ip::make_address("127.0.0.1"), 0});
  std::atomic<int> requests{0};
  std::promise<void> mayClose;
  std::thread old([&] {
    for (int i = 0; i < 3; ++i) {
      auto s = acceptor.accept();
      std::string got;
      net::read(s, net::dynamic_buffer(got),
                [&](auto&&...) -> std::size_t { return got.ends_with("\r\n\r\n") ? 0 : 1; });
      ++requests;
      if (i == 0) {
        net::write(s, net::buffer(std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")));
        std::string next;  // the second request arrives, and is dropped unanswered
        net::read(s, net::dynamic_buffer(next),
                  [&](auto&&...) -> std::size_t { return next.ends_with("\r\n\r\n") ? 0 : 1; });
      }
      if (i == 1) net::write(s, net::buffer(std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")));
      if (i == 1) {
        std::string next;
        net::read(s, net::dynamic_buffer(next),
                  [&](auto&&...) -> std::size_t { return next.find("\r\n\r\n") != next.npos ? 0 : 1; });
      }
    }
  });
  Client client(loop.io, {});
  Endpoint e{"127.0.0.1", acceptor.local_endpoint().port(), false, ""};
  EXPECT_TRUE(loop.run(client.request(e, get("/"))));
  auto again = loop.run(client.request(e, get("/")));
  EXPECT_TRUE(again) << again.error().message;
  ClientRequest post = get("/");
  post.method = "POST";
  auto lost = loop.run(client.request(e, post));
  ASSERT_FALSE(lost) << "a POST was repeated";
  EXPECT_EQ(lost.error().code, Errc::unknown_outcome);
  // The third connection was never asked for by the client; end the thread.
  net::ip::tcp::socket last(io);
  last.connect(acceptor.local_endpoint());
  net::write(last, net::buffer(std::string_view("\r\n\r\n")));
  old.join();
}

TEST(Client, TellsWhyItCannotConnect) {
  Loop loop;
  net::ip::tcp::acceptor closed(loop.io, {net::ip::make_address("127.0.0.1"), 0});
  auto port = closed.local_endpoint().port();
  closed.close();
  Client client(loop.io, {});
  auto r = loop.run(client.request({"127.0.0.1", port, false, ""}, get("/")));
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, Errc::unavailable);
  EXPECT_NE(r.error().message.find("127.0.0.1:" + std::to_string(port)), std::string::npos);
}

TEST(Client, GivesUpAtItsTimeoutAndItsLimit) {
  OneShot<bool> go;
  Rig rig([&](Request& r, BodyReader&, ResponseWriter& w) -> Task<void> {
    if (r.path == "/slow") co_await go.wait();
    Bytes body(1000);
    co_await w.send({200, {}}, body);
  });
  Client client(rig.loop.io, {});
  ClientRequest slow = get("/slow");
  slow.timeout = 100ms;
  EXPECT_EQ(rig.loop.run(client.request(rig.endpoint(), slow)).error().code, Errc::timeout);
  go.set(true);
  ClientRequest small = get("/");
  small.maxResponseBytes = 999;
  EXPECT_EQ(rig.loop.run(client.request(rig.endpoint(), small)).error().code, Errc::too_large);
  ClientRequest split = get("/ HTTP/1.1\r\nX: ");
  EXPECT_EQ(rig.loop.run(client.request(rig.endpoint(), split)).error().code, Errc::invalid);
}

TEST(Client, MalformedAnswersAreErrors) {
  for (std::string_view bad : {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                               "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nshort",
                               "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    Loop loop;
    net::io_context io;
    net::ip::tcp::acceptor acceptor(io, {net::ip::make_address("127.0.0.1"), 0});
    std::thread server([&] {
      auto s = acceptor.accept();
      std::string got;
      net::read(s, net::dynamic_buffer(got),
                [&](auto&&...) -> std::size_t { return got.ends_with("\r\n\r\n") ? 0 : 1; });
      net::write(s, net::buffer(bad));
    });
    Client client(loop.io, {});
    auto r = loop.run(client.request({"127.0.0.1", acceptor.local_endpoint().port(), false, ""}, get("/")));
    server.join();
    ASSERT_FALSE(r) << bad;
    EXPECT_EQ(r.error().code, Errc::invalid) << r.error().message;
  }
}

std::size_t residentKiB() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6));
  return 0;
}

constexpr std::uint64_t kHuge = 200ull * 1024 * 1024;

Handler mirror() {
  return [](Request& r, BodyReader& b, ResponseWriter& w) -> Task<void> {
    co_await w.start({200, {}}, r.contentLength);
    for (;;) {
      auto part = co_await b.read(10'000);
      if (!part || part->empty()) break;
      if (auto s = co_await w.write(*part); !s) co_return;
    }
    co_await w.finish();
  };
}

Task<void> countInto(std::uint64_t& total, bool& sane, BodyReader& body) {
  for (;;) {
    auto part = co_await body.read();
    if (!part) sane = false;
    if (!part || part->empty()) co_return;
    for (std::size_t i = 0; i < part->size(); i += 4093)
      sane = sane && (*part)[i] == static_cast<std::uint8_t>((total + i) % 251);
    total += part->size();
  }
}

/// 200 MiB up to `sink`, then 200 MiB down from `spring`; the bytes are position mod 251.
void streamHuge(Rig& rig, Client& client, const Endpoint& endpoint, bool announced) {
  Bytes pattern(251 * 1024);
  for (std::size_t i = 0; i < pattern.size(); ++i) pattern[i] = static_cast<std::uint8_t>(i % 251);
  std::uint64_t given = 0;
  ClientRequest up;
  up.method = "PUT";
  up.source = [&]() -> Task<Result<BytesView>> {
    auto n = static_cast<std::size_t>(std::min<std::uint64_t>(pattern.size(), kHuge - given));
    given += n;
    co_return BytesView(pattern).first(n);
  };
  if (announced) up.sourceLength = kHuge;
  auto sent = rig.loop.run(client.request(endpoint, up));
  ASSERT_TRUE(sent) << sent.error().message;
  EXPECT_EQ(asText(sent->body), std::to_string(kHuge) + " sane");
  auto down = [&]() -> Task<std::string> {
    ClientRequest r = get("/down");
    r.maxResponseBytes = kHuge;
    auto stream = co_await client.open(endpoint, std::move(r));
    if (!stream) co_return stream.error().message;
    std::uint64_t total = 0;
    bool sane = true;
    co_await countInto(total, sane, **stream);
    co_return std::to_string(total) + (sane ? " sane" : " broken");
  };
  EXPECT_EQ(rig.loop.run(down()), std::to_string(kHuge) + " sane");
}

Handler springAndSink(bool announced) {
  return [announced](Request& r, BodyReader& b, ResponseWriter& w) -> Task<void> {
    if (r.method == "PUT") {
      std::uint64_t total = 0;
      bool sane = true;
      co_await countInto(total, sane, b);
      co_await w.send({200, {}}, asBytes(std::to_string(total) + (sane ? " sane" : " broken")));
      co_return;
    }
    Bytes pattern(251 * 1024);
    for (std::size_t i = 0; i < pattern.size(); ++i) pattern[i] = static_cast<std::uint8_t>(i % 251);
    co_await w.start({200, {}}, announced ? std::optional(kHuge) : std::nullopt);
    for (std::uint64_t at = 0; at < kHuge;) {
      auto n = static_cast<std::size_t>(std::min<std::uint64_t>(pattern.size(), kHuge - at));
      if (auto s = co_await w.write(BytesView(pattern).first(n)); !s) co_return;
      at += n;
    }
    co_await w.finish();
  };
}

TEST(Streams, HugeBodiesPassAtConstantMemory) {
  for (bool announced : {true, false}) {
    ServerOptions o;
    o.limits.bodyBytes = Limits::kNoLimit;
    Rig rig(springAndSink(announced), o);
    Client client(rig.loop.io, {});
    rig.loop.run(client.request(rig.endpoint(), get("/warm")));  // is over the client's limit; warms every buffer up
    std::size_t before = residentKiB();
    streamHuge(rig, client, rig.endpoint(), announced);
    EXPECT_LT(residentKiB(), before + 16 * 1024);
  }
}

TEST(Streams, AnAnswerMayBeginBeforeTheRequestEnds) {
  Rig rig(mirror());
  Client client(rig.loop.io, {});
  ClientRequest r;
  r.method = "POST";
  std::string text(300'000, 'q');
  std::size_t at = 0;
  r.source = [&]() -> Task<Result<BytesView>> {
    auto piece = asBytes(text).subspan(at, std::min<std::size_t>(7'777, text.size() - at));
    at += piece.size();
    co_return piece;
  };
  auto got = rig.loop.run(client.request(rig.endpoint(), r));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(asText(got->body), text);
}

TEST(Streams, ARefusalIsReadWithoutSendingTheRest) {
  Rig rig(echo);  // its bodies end at 16 MiB
  Client client(rig.loop.io, {});
  Bytes piece(1 << 20);
  std::uint64_t given = 0;
  ClientRequest r;
  r.method = "PUT";
  r.sourceLength = 1ull << 40;
  r.source = [&]() -> Task<Result<BytesView>> {
    given += piece.size();
    co_return BytesView(piece);
  };
  auto got = rig.loop.run(client.request(rig.endpoint(), r));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->status, 413);
  EXPECT_EQ(client.idle(), 0u);
}

struct Keys {
  KeyAndCertificate pair;
  std::string key;
  explicit Keys(const char* name)
      : pair(*makeSelfSigned(name, {"localhost", "127.0.0.1"})), key(*spkiFingerprint(pair.certPem)) {}
  ClientOptions client() const {
    ClientOptions o;
    o.certPem = pair.certPem;
    o.keyPem = pair.keyPem;
    return o;
  }
};

ServerOptions secure(const Keys& server, std::function<bool(const std::string&)> allow = {}) {
  ServerOptions o;
  o.tls = ServerTls{server.pair.certPem, server.pair.keyPem, std::move(allow)};
  o.limits.bodyBytes = Limits::kNoLimit;
  return o;
}

Task<void> tellPeer(Request& r, BodyReader&, ResponseWriter& w) {
  co_await w.send({200, {}}, asBytes(r.peerKey ? *r.peerKey : std::string(r.tls ? "tls" : "plain")));
}

TEST(Tls, ServesVerifiedByNameOrByKey) {
  Keys server("m1"), other("m2");
  Rig rig(tellPeer, secure(server));
  ClientOptions trusting;
  trusting.caPem = server.pair.certPem;
  Client byName(rig.loop.io, trusting);
  auto r = rig.loop.run(byName.request(rig.endpoint(true), get("/")));
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ(asText(r->body), "tls");
  Client plain(rig.loop.io, {});
  EXPECT_TRUE(rig.loop.run(plain.request(rig.endpoint(true, server.key), get("/"))));
  EXPECT_EQ(rig.loop.run(plain.request(rig.endpoint(true, other.key), get("/"))).error().code, Errc::denied);
  EXPECT_EQ(rig.loop.run(plain.request(rig.endpoint(true), get("/"))).error().code, Errc::denied);
  EXPECT_FALSE(rig.loop.run(plain.request(rig.endpoint(false), get("/"))));
}

TEST(Tls, MutualTlsLetsOnlyListedKeysIn) {
  Keys server("m1"), friendly("n1"), stranger("x");
  std::atomic<bool> listed{true};
  Rig rig(tellPeer, secure(server, [&](const std::string& key) { return listed && key == friendly.key; }));
  Client good(rig.loop.io, friendly.client());
  auto r = rig.loop.run(good.request(rig.endpoint(true, server.key), get("/")));
  ASSERT_TRUE(r) << r.error().message;
  EXPECT_EQ(asText(r->body), friendly.key);
  Client bad(rig.loop.io, stranger.client()), nobody(rig.loop.io, {});
  for (Client* refused : {&bad, &nobody}) {
    auto answer = rig.loop.run(refused->request(rig.endpoint(true, server.key), get("/")));
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, Errc::denied) << answer.error().message;
  }
  listed = false;  // the open connection is of no use any more either
  auto gone = rig.loop.run(good.request(rig.endpoint(true, server.key), get("/")));
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->status, 403);
  EXPECT_EQ(rig.loop.run(good.request(rig.endpoint(true, server.key), get("/"))).error().code, Errc::denied);
}

TEST(Tls, HugeBodiesPass) {
  Keys server("m1");
  Rig rig(springAndSink(true), secure(server));
  Client client(rig.loop.io, {});
  streamHuge(rig, client, rig.endpoint(true, server.key), true);
}

TEST(Tls, UnusableKeysAreToldAtStart) {
  Loop loop;
  Keys a("a"), b("b");
  ServerOptions o = secure(a);
  o.tls->keyPem = b.pair.keyPem;
  EXPECT_EQ(Server(loop.io, o, echo).start().error().code, Errc::invalid);
  o.tls->certPem = "nonsense";
  EXPECT_EQ(Server(loop.io, o, echo).start().error().code, Errc::invalid);
  EXPECT_FALSE(spkiFingerprint("nonsense"));
  EXPECT_FALSE(makeSelfSigned(""));
  EXPECT_FALSE(makeSelfSigned("n", {"a,DNS:b"}));
  EXPECT_EQ(a.key.size(), 64u);
}

}  // namespace
}  // namespace cairn::http::test
