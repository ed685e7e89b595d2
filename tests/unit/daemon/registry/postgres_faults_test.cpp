// What becomes of a flip when the line, the server or a standby fails.
#include <atomic>
#include <thread>

#include "daemon/registry/identity.h"
#include "tests/unit/daemon/registry/cutting_proxy.h"
#include "tests/unit/daemon/registry/postgres_enrolled.h"

namespace cairn::registry::testing {
namespace {

TEST(PostgresFaults, AFlipWhoseLineIsCutIsUnknownAndHistoryTells) {
  PostgresEngine engine;
  CuttingProxy proxy(server().directory());
  Enrolled m(replaced(engine.url(), server().directory().string(), proxy.directory().string()));
  int number = 0;
  for (Cut where : {Cut::before_request, Cut::within_request, Cut::before_answer, Cut::within_answer}) {
    const bool happens = where == Cut::before_answer || where == Cut::within_answer;
    // With the statement still to be prepared, with it prepared, and with others in flight behind it.
    for (int round = 0; round < 3; ++round) {
      const std::string bucket = "victim-" + std::to_string(++number);
      FlipRequest request = m.next(bucket, "one");
      proxy.cut(where, bucket);
      FlipResult result = m.flip(request);
      EXPECT_EQ(result.status, FlipStatus::unknown) << static_cast<int>(where) << ": " << result.reason;
      auto commit = m.decided(request);
      while (happens && !commit) commit = m.decided(request);  // the server may still be at it when the line is gone
      EXPECT_EQ(commit.has_value(), happens) << static_cast<int>(where);
      if (commit) EXPECT_EQ(*commit, request.commit);
      FlipResult after = m.flip(m.next(bucket, "two"));
      EXPECT_EQ(after.status, FlipStatus::won) << after.reason;
    }
  }
}

TEST(PostgresFaults, FlipsBehindOneWhoseLineIsCutAreUnknownToo) {
  PostgresEngine engine;
  CuttingProxy proxy(server().directory());
  Enrolled m(replaced(engine.url(), server().directory().string(), proxy.directory().string()));
  std::vector<FlipRequest> requests;
  for (int i = 0; i < 12; ++i) requests.push_back(m.next("b" + std::to_string(i), "one"));
  proxy.cut(Cut::before_answer, "b5");
  std::vector<Task<FlipResult>> tasks;
  for (const FlipRequest& r : requests) tasks.push_back(m.registry->flip(r));
  auto results = run(all(std::move(tasks)));
  int unknown = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    auto commit = m.decided(requests[i]);
    if (results[i].status == FlipStatus::won) EXPECT_EQ(commit, requests[i].commit) << i;
    if (results[i].status == FlipStatus::unknown) ++unknown;
    EXPECT_TRUE(results[i].status == FlipStatus::won || results[i].status == FlipStatus::unknown) << results[i].reason;
  }
  EXPECT_GE(unknown, 1);
}

TEST(PostgresFaults, WhileTheServerIsAwayNothingHappensAndAfterwardsAllGoesOn) {
  PostgresEngine engine;
  Enrolled m(engine.url(), std::chrono::seconds(1));
  FlipRequest request = m.next("b", "one");
  server().stop();
  // The sessions hear of the end by themselves, soon: until then a flip is sent into the void.
  FlipResult down;
  do down = m.flip(request);
  while (down.status == FlipStatus::unknown);
  EXPECT_EQ(down.status, FlipStatus::unavailable);
  EXPECT_NE(down.reason.find("cannot be reached"), std::string::npos) << down.reason;
  EXPECT_EQ(run(m.registry->read(request.bucket)).error().code, Errc::unavailable);
  EXPECT_EQ(run(m.registry->identity().changesSince(0, {})).error().code, Errc::unavailable);
  EXPECT_EQ(run(m.registry->heartbeat(MasterId("m1"), m.epoch)).error().code, Errc::unavailable);
  server().start();
  ASSERT_TRUE(server().running());
  do down = m.flip(request);
  while (down.status == FlipStatus::unavailable);
  EXPECT_EQ(down.status, FlipStatus::won) << down.reason;
}

TEST(PostgresFaults, AnAnswerWithoutTheStandbyIsUnknown) {
  PostgresEngine engine;
  Enrolled m(engine.url());
  FlipRequest request = m.next("b", "one");
  Session control(engine.url());
  control.exec("SET synchronous_commit = local");
  ASSERT_EQ(control.exec("ALTER SYSTEM SET synchronous_standby_names = 'nobody'").error, "");
  ASSERT_EQ(control.exec("SELECT pg_reload_conf()").error, "");
  // The server waits for a standby only once its checkpointer has read the setting: until a write is seen to wait.
  const std::string waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
  Session probe(engine.url());
  while (control.exec(waiting).at(0, 0) == "0") {
    if (probe.busy()) continue;
    probe.receive();
    probe.send("UPDATE fleet SET require_cas = require_cas");
  }
  std::atomic<bool> answered = false;
  std::thread canceller([&] {
    while (!answered)
      control.exec(
          "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND datname ="
          " current_database()");
  });
  FlipResult result = m.flip(request);
  answered = true;
  canceller.join();
  control.exec("SELECT pg_cancel_backend(" + std::to_string(probe.pid()) + ")");
  probe.receive();
  EXPECT_EQ(result.status, FlipStatus::unknown) << result.reason;
  EXPECT_NE(result.reason.find("standby"), std::string::npos) << result.reason;
  control.exec("ALTER SYSTEM RESET synchronous_standby_names");
  control.exec("SELECT pg_reload_conf()");
  EXPECT_EQ(m.decided(request), request.commit);
}

TEST(PostgresFaults, SaysHowAcknowledgedFlipsCouldBeLost) {
  PostgresEngine engine;
  auto losesHow = [&](const std::string& more) {
    PostgresOptions options;
    options.url = engine.url() + more;
    return (*openPostgres(options))->losesHow();
  };
  EXPECT_NE(losesHow("").find("fsync"), std::string::npos) << "the test's server does without";
  EXPECT_NE(losesHow("").find("automatic failover is therefore closed"), std::string::npos);
}

TEST(PostgresFaults, ErrorsNeverShowThePassword) {
  const std::string secret = "s3cr3t-w0rd";
  for (const std::string& url : {"postgresql://u:" + secret + "@127.0.0.1:1/d", "postgresql://u:" + secret + "@:x/%zz",
                                 "postgresql://u@/d?password=" + secret + "&host=/nowhere&what=ever"}) {
    PostgresOptions options;
    options.url = url;
    options.patience = std::chrono::seconds(2);
    auto opened = openPostgres(options);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().message.find(secret), std::string::npos) << opened.error().message;
    auto migrated = migratePostgres(url);
    ASSERT_FALSE(migrated);
    EXPECT_EQ(migrated.error().message.find(secret), std::string::npos) << migrated.error().message;
  }
}

}  // namespace
}  // namespace cairn::registry::testing
