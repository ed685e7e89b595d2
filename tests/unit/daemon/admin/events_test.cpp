#include "fakes.h"

#include "daemon/admin/event_stream.h"

namespace cairn::admin::test {
namespace {

std::vector<std::uint64_t> ids(const std::string& stream) {
  std::vector<std::uint64_t> out;
  for (std::size_t at = stream.find("id: "); at != std::string::npos; at = stream.find("id: ", at + 1))
    out.push_back(std::stoull(stream.substr(at + 4)));
  return out;
}

/// Ends the stream once it holds what `enough` waits for.
void endWhen(Rig& rig, Recorder& out, std::function<bool(const std::string&)> enough) {
  out.onWrite = [&rig, &out, enough = std::move(enough)] {
    if (enough(out.body)) rig.door.stop();
    return Status();
  };
}

TEST(Events, ResumeAfterLastEventId) {
  Rig rig;
  for (int i = 0; i < 5; ++i) rig.registry.addEventRow("flip", "{}");
  Recorder out;
  endWhen(rig, out, [](const std::string& body) { return ids(body).size() >= 3; });
  rig.ask(out, "/admin/v1/events", {{"Last-Event-ID", "2"}});
  EXPECT_EQ(out.status, 200);
  EXPECT_EQ(out.headers.find("Content-Type"), "text/event-stream");
  EXPECT_TRUE(out.lifted);
  EXPECT_TRUE(out.finished);
  EXPECT_EQ(ids(out.body), (std::vector<std::uint64_t>{3, 4, 5}));
}

TEST(Events, NewOnesArriveAndOldOnesDoNotUnlessAsked) {
  Rig rig;
  rig.registry.addEventRow("flip", "{}");
  Recorder out;
  bool added = false;
  out.onWrite = [&] {
    if (!std::exchange(added, true)) rig.registry.addEventRow("race", R"({"loser":"m2"})");
    if (!ids(out.body).empty()) rig.door.stop();
    return Status();
  };
  rig.ask(out, "/admin/v1/events");
  EXPECT_EQ(ids(out.body), std::vector<std::uint64_t>{2});
  EXPECT_NE(out.body.find("event: race\ndata: {"), std::string::npos);
  EXPECT_NE(out.body.find(R"("loser":"m2")"), std::string::npos);
}

TEST(Events, AHeartbeatIsSentWhenNothingHappens) {
  Rig rig;
  Recorder out;
  endWhen(rig, out, [](const std::string& body) { return body.find(": beat\n\n") != std::string::npos; });
  rig.ask(out, "/admin/v1/events");
  EXPECT_TRUE(out.finished);
}

TEST(Events, MoreThanABatchComesWholeAndInOrder) {
  Rig rig;
  for (std::size_t i = 0; i < 3 * EventFeed::batch + 7; ++i) rig.registry.addEventRow("flip", "{}");
  Recorder out;
  endWhen(rig, out, [&](const std::string& body) { return ids(body).size() >= rig.registry.eventRows.size(); });
  rig.ask(out, "/admin/v1/events?after=0");
  const auto got = ids(out.body);
  ASSERT_EQ(got.size(), rig.registry.eventRows.size());
  for (std::size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], i + 1);
}

TEST(Events, SubscribersShareOnePoll) {
  Rig rig;
  std::vector<Recorder> outs(50);
  std::size_t done = 0;
  std::vector<std::unique_ptr<http::Request>> requests;
  http::BytesBody body{Bytes()};
  for (Recorder& out : outs) {
    auto& request = *requests.emplace_back(std::make_unique<http::Request>());
    request.method = "GET";
    request.setTarget("/admin/v1/events");
    out.onWrite = [&] {
      if (ids(out.body).size() == 1 && ++done == outs.size()) rig.door.stop();
      return Status();
    };
    spawn(rig.io.get_executor(), rig.door.handle(request, body, out));
  }
  net::post(rig.io, [&] { rig.registry.addEventRow("flip", "{}"); });
  rig.io.run();
  for (const Recorder& out : outs) EXPECT_EQ(ids(out.body), std::vector<std::uint64_t>{1});
  EXPECT_LT(rig.registry.eventReads, 50) << "each subscriber polls on its own";
}

TEST(Events, ASubscriberWhoLeavesIsForgotten) {
  Rig rig;
  Recorder out;
  out.onWrite = [] { return Status(fail(Errc::io, "the peer is gone")); };
  rig.ask(out, "/admin/v1/events");  // returns: the poller ends when nobody listens
  EXPECT_FALSE(out.finished);
}

TEST(Events, APlaceThatCannotBeIsRefused) {
  Rig rig;
  EXPECT_EQ(rig.get("/admin/v1/events", {{"Last-Event-ID", "x"}}).status, 400);
  EXPECT_EQ(rig.get("/admin/v1/events?after=-1").status, 400);
  EXPECT_EQ(rig.get("/admin/v1/events?after=1").status, 400) << "no event 1 yet";
}

TEST(Events, AfterStopNobodyIsTakenOn) {
  Rig rig;
  rig.door.stop();
  EXPECT_EQ(rig.get("/admin/v1/events").status, 503);
}

}  // namespace
}  // namespace cairn::admin::test
