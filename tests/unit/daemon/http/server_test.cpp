#include <condition_variable>

#include "rig.h"

namespace cairn::http::test {
namespace {

using namespace std::chrono_literals;

TEST(Server, KeepsConnectionsAliveAndAnswersInOrder) {
  Rig rig(echo);
  RawSocket s(rig.server.port());
  s.send("GET /a?x=1 HTTP/1.1\r\nHost: h\r\n\r\n");
  std::string first = s.readResponse();
  EXPECT_EQ(statusOf(first), 200);
  EXPECT_TRUE(first.ends_with("GET /a 0")) << first;
  EXPECT_NE(first.find("\r\nDate: "), first.npos);
  s.send("POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
  EXPECT_TRUE(s.readResponse().ends_with("POST /b 3"));
}

TEST(Server, AnswersPipelinedRequestsOfOneSegment) {
  Rig rig(echo);
  RawSocket s(rig.server.port());
  s.send(
      "PUT /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nxx"
      "\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n"
      "PUT /3 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"
      "GET /4 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(s.readResponse().ends_with("PUT /1 2"));
  EXPECT_TRUE(s.readResponse().ends_with("GET /2 0"));
  EXPECT_TRUE(s.readResponse().ends_with("PUT /3 4"));
  std::string last = s.readAll();
  EXPECT_TRUE(last.ends_with("GET /4 0"));
  EXPECT_NE(last.find("Connection: close"), last.npos);
}

TEST(Server, Http10ClosesUnlessAskedAndEndsUnknownLengthsByClosing) {
  Rig rig([](Request&, BodyReader&, ResponseWriter& w) -> Task<void> {
    co_await w.start({200, {}}, std::nullopt);
    co_await w.write(asBytes("part"));
    co_await w.finish();
  });
  RawSocket s(rig.server.port());
  s.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  std::string answer = s.readAll();
  EXPECT_TRUE(answer.ends_with("\r\n\r\npart")) << answer;
  EXPECT_EQ(answer.find("chunked"), answer.npos);
}

TEST(Server, SendsContinueOnlyWhenTheBodyIsRead) {
  Rig rig([](Request& r, BodyReader& b, ResponseWriter& w) -> Task<void> {
    if (r.path == "/refuse") co_return (void)(co_await w.send({403, {}}, {}));
    co_await echo(r, b, w);
  });
  RawSocket s(rig.server.port());
  for (const std::string body : {"", "body"}) {  // botocore wants it before an empty one, too
    const std::string size = std::to_string(body.size());
    s.send("PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: " + size + "\r\nExpect: 100-continue\r\n\r\n");
    EXPECT_EQ(s.readUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    s.send(body);
    EXPECT_TRUE(s.readResponse().ends_with("PUT /k " + size));
  }
  s.send("PUT /refuse HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  const std::string refused = s.readAll();
  EXPECT_TRUE(statusOf(refused) == 403 && refused.find("Connection: close") != refused.npos) << refused;
}

TEST(Server, StreamsChunkedBothWays) {
  Rig rig([](Request&, BodyReader& b, ResponseWriter& w) -> Task<void> {
    co_await w.start({200, {}}, std::nullopt);
    for (;;) {
      auto part = co_await b.read(4);
      if (!part || part->empty()) break;
      co_await w.write(*part);
    }
    std::array<BytesView, 2> tail{asBytes("<"), asBytes(">")};
    co_await w.writeParts(tail);
    co_await w.finish();
  });
  RawSocket s(rig.server.port());
  s.send(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n6\r\nabcdef\r\n0\r\n\r\n");
  std::string answer = s.readAll();
  EXPECT_TRUE(answer.ends_with("\r\n\r\n4\r\nabcd\r\n2\r\nef\r\n2\r\n<>\r\n0\r\n\r\n")) << answer;
}

TEST(Server, TruncatedBodyIsAnErrorWithItsNumbers) {
  std::promise<std::string> seen;
  Rig rig([&](Request&, BodyReader& b, ResponseWriter& w) -> Task<void> {
    auto all = co_await readAll(b, 1000);
    seen.set_value(all ? "whole" : all.error().message);
    co_await w.send({400, {}}, {});
  });
  RawSocket s(rig.server.port());
  s.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n1234");
  s.finishSending();
  EXPECT_EQ(seen.get_future().get(), "body ended after 4 of 10 bytes");
  EXPECT_EQ(statusOf(s.readAll()), 400);
}

TEST(Server, BadChunkFramingReachesTheHandlerAsAnError) {
  Rig rig(echo);
  RawSocket s(rig.server.port());
  s.send(
      "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: "
      "h\r\n\r\n");
  std::string answer = s.readAll();
  EXPECT_EQ(statusOf(answer), 400);
  EXPECT_NE(answer.find("malformed chunked body"), answer.npos);
  EXPECT_EQ(answer.find("HTTP/1.1", 10), answer.npos) << "what followed the bad framing was taken for a request";
}

ServerOptions hasty() {
  ServerOptions o;
  o.limits.idle = 100ms;
  o.limits.head = 100ms;
  o.limits.stall = 100ms;
  o.limits.grace = 100ms;
  return o;
}

TEST(Server, DropsIdleAndSlowSenders) {
  Rig rig(echo, hasty());
  RawSocket idle(rig.server.port());
  EXPECT_EQ(idle.readAll(), "");
  RawSocket head(rig.server.port());
  head.send("GET / HT");
  EXPECT_EQ(statusOf(head.readAll()), 408);
  RawSocket body(rig.server.port());
  body.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n123");
  std::string answer = body.readAll();
  EXPECT_NE(answer.find("took too long"), answer.npos) << answer;
}

TEST(Server, DropsSendersThatTrickleBelowTheLeastRate) {
  ServerOptions o;
  o.limits.stall = 5s;
  o.limits.grace = 100ms;
  o.limits.minRate = 1'000'000;
  Rig rig(echo, o);
  RawSocket s(rig.server.port());
  s.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n");
  std::promise<void> done;
  std::thread trickle([&, gone = done.get_future()]() mutable {
    while (gone.wait_for(10ms) == std::future_status::timeout && s.trySend("x")) {
    }
  });
  std::string answer = s.readUntil("long");
  done.set_value();
  trickle.join();
  EXPECT_NE(answer.find("took too long"), answer.npos) << answer;
}

TEST(Server, DropsReadersThatDoNotRead) {
  std::promise<Errc> outcome;
  Rig rig(
      [&](Request&, BodyReader&, ResponseWriter& w) -> Task<void> {
        Bytes big(64 * 1024 * 1024);
        auto sent = co_await w.send({200, {}}, big);
        outcome.set_value(sent ? Errc::internal : sent.error().code);
      },
      hasty());
  RawSocket s(rig.server.port());
  s.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(outcome.get_future().get(), Errc::timeout);
}

TEST(Server, TotalTimeBoundsARequest) {
  ServerOptions o;
  o.limits.total = 150ms;
  std::promise<Errc> outcome;
  Rig rig(
      [&](Request&, BodyReader& b, ResponseWriter& w) -> Task<void> {
        auto all = co_await readAll(b, 1000);
        outcome.set_value(all ? Errc::internal : all.error().code);
      },
      o);
  RawSocket s(rig.server.port());
  s.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n123");
  EXPECT_EQ(outcome.get_future().get(), Errc::timeout);
  EXPECT_EQ(s.readAll(), "");
}

TEST(Server, EnforcesItsLimitsOnSizes) {
  ServerOptions o;
  o.limits.headBytes = 1000;
  o.limits.bodyBytes = 100;
  Rig rig(echo, o);
  RawSocket head(rig.server.port());
  head.send("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(50'000, 'x') + "\r\n\r\n");
  EXPECT_EQ(statusOf(head.readAll()), 431);
  RawSocket body(rig.server.port());
  body.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n" + std::string(101, 'x'));
  EXPECT_EQ(statusOf(body.readAll()), 413);
  RawSocket chunked(rig.server.port());
  chunked.send("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + std::string(101, 'x') +
               "\r\n0\r\n\r\n");
  EXPECT_NE(chunked.readAll().find("over the limit of 100 bytes"), std::string::npos);
  RawSocket exact(rig.server.port());
  exact.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n" + std::string(100, 'x'));
  EXPECT_EQ(statusOf(exact.readResponse()), 200);
}

TEST(Server, RefusesMoreConnectionsThanItMayHave) {
  ServerOptions o;
  o.limits.connections = 1;
  Rig rig(echo, o);
  RawSocket first(rig.server.port());
  first.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  first.readResponse();
  RawSocket second(rig.server.port());
  EXPECT_EQ(statusOf(second.readAll()), 503);
}

TEST(Server, MalformedRequestsGetAShortAnswerAndNoSecondReading) {
  Rig rig(echo);
  for (const char* bad : {"\x16\x03\x01 nonsense\r\n\r\n",
                          "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdefGET / ",
                          "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: "
                          "chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n"}) {
    RawSocket s(rig.server.port());
    s.send(bad);
    std::string answer = s.readAll();
    EXPECT_EQ(statusOf(answer), 400) << bad;
    EXPECT_EQ(answer.find("HTTP/1.1", 10), answer.npos) << bad;
  }
}

TEST(Server, HeadAndBodilessStatusesSendNoBody) {
  Rig rig([](Request& r, BodyReader&, ResponseWriter& w) -> Task<void> {
    if (r.path == "/own") co_await w.send({200, {{"Content-Length", "777"}}}, {});
    if (r.path == "/sent") co_await w.send({200, {}}, asBytes("body"));
    if (r.path == "/204") co_await w.send({204, {}}, {});
    if (r.path == "/304") co_await w.send({304, {{"ETag", "\"x\""}}}, {});
    if (r.path == "/streamed") {
      co_await w.start({200, {}}, 5);
      co_await w.write(asBytes("12345"));
      co_await w.finish();
    }
  });
  RawSocket s(rig.server.port());
  auto ask = [&](const char* line) {
    s.send(std::string(line) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    return s.readUntil("\r\n\r\n");
  };
  EXPECT_NE(ask("HEAD /own").find("Content-Length: 777\r\n"), std::string::npos);
  EXPECT_NE(ask("HEAD /sent").find("Content-Length: 4\r\n"), std::string::npos);
  EXPECT_NE(ask("HEAD /streamed").find("Content-Length: 5\r\n"), std::string::npos);
  EXPECT_EQ(ask("GET /204").find("Content-Length"), std::string::npos);
  EXPECT_EQ(statusOf(ask("GET /304")), 304);
  EXPECT_EQ(statusOf(ask("GET /204")), 204);
}

TEST(Server, HandlersThatThrowOrSayNothingGiveABare500) {
  Rig rig([](Request& r, BodyReader&, ResponseWriter& w) -> Task<void> {
    if (r.path == "/throw") throw std::runtime_error("secret reason");
    if (r.path == "/half") {
      co_await w.start({200, {}}, 10);
      co_await w.write(asBytes("1234"));
      throw std::runtime_error("in the middle");
    }
  });
  for (const char* path : {"/throw", "/nothing"}) {
    RawSocket s(rig.server.port());
    s.send("GET " + std::string(path) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    std::string answer = s.readAll();
    EXPECT_EQ(statusOf(answer), 500);
    EXPECT_EQ(answer.find("secret"), answer.npos);
  }
  RawSocket half(rig.server.port());
  half.send("GET /half HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(half.readAll().ends_with("1234"));
}

TEST(Server, AnswersCannotBeSplitByTheirFields) {
  std::promise<Errc> outcome;
  Rig rig([&](Request&, BodyReader&, ResponseWriter& w) -> Task<void> {
    auto s = co_await w.send({200, {{"X", "a\r\nSet-Cookie: b"}}}, {});
    outcome.set_value(s ? Errc::internal : s.error().code);
  });
  RawSocket s(rig.server.port());
  s.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(outcome.get_future().get(), Errc::invalid);
  EXPECT_EQ(statusOf(s.readAll()), 500);
}

TEST(Server, UnreadBodiesAreDiscardedIfSmallElseTheConnectionEnds) {
  Rig rig([](Request&, BodyReader&, ResponseWriter& w) -> Task<void> { co_await w.send({200, {}}, asBytes("no")); });
  RawSocket s(rig.server.port());
  s.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5000\r\n\r\n" + std::string(5000, 'x'));
  EXPECT_EQ(statusOf(s.readResponse()), 200);
  s.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n" + std::string(1'000'000, 'x'));
  std::string last = s.readAll();
  EXPECT_EQ(statusOf(last), 200);
  EXPECT_NE(last.find("Connection: close"), last.npos);
}

TEST(Server, DrainFinishesWhatIsInFlightAndClosesWhatIsIdle) {
  OneShot<bool> go;
  std::promise<void> entered;
  Rig rig([&](Request&, BodyReader&, ResponseWriter& w) -> Task<void> {
    entered.set_value();
    co_await go.wait();
    co_await w.send({200, {}}, asBytes("done"));
  });
  RawSocket idle(rig.server.port());
  RawSocket busy(rig.server.port());
  busy.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  entered.get_future().get();
  auto drained = net::co_spawn(rig.loop.io, rig.server.drain(10s), net::use_future);
  EXPECT_EQ(idle.readAll(), "");
  EXPECT_THROW(RawSocket refused(rig.server.port()), std::exception);
  go.set(true);
  std::string answer = busy.readAll();
  EXPECT_TRUE(answer.ends_with("done"));
  EXPECT_NE(answer.find("Connection: close"), answer.npos);
  EXPECT_EQ(drained.get(), 0u);
  EXPECT_EQ(rig.server.connections(), 0u);
}

TEST(Server, DrainClosesAtItsDeadlineWhatDoesNotEnd) {
  std::promise<void> entered;
  Rig rig([&](Request&, BodyReader& b, ResponseWriter& w) -> Task<void> {
    entered.set_value();
    auto all = co_await readAll(b, 1000);
    co_await w.send({all ? 200 : 400, {}}, {});
  });
  RawSocket busy(rig.server.port());
  busy.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\n1");
  entered.get_future().get();
  EXPECT_EQ(rig.loop.run(rig.server.drain(50ms)), 0u);
  EXPECT_EQ(busy.readAll(), "");
}

TEST(Server, AddressesThatCannotBeBoundAreTold) {
  Loop loop;
  ServerOptions o;
  o.address = "not an address";
  EXPECT_EQ(Server(loop.io, o, echo).start().error().code, Errc::invalid);
  o.address = "203.0.113.1";
  EXPECT_EQ(Server(loop.io, o, echo).start().error().code, Errc::io);
}

}  // namespace
}  // namespace cairn::http::test
