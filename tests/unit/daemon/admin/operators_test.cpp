// The operators' door with wallets on: who may read, whose messages are acted upon, and what the audit log gets.
#include "operator_door.h"

namespace cairn::admin::test {
namespace {

TEST_F(OperatorDoor, ReadsForOperatorsWithATokenForIt) {
  give(1, Role::admin);
  give(2, Role::viewer);
  EXPECT_EQ(read(""), 401);
  EXPECT_EQ(*ask("/admin/v1/fleet").headers.find("WWW-Authenticate"), "Bearer");
  EXPECT_EQ(read(token(2)), 200);
  EXPECT_EQ(read(token(1), "/admin/v1/audit"), 200);
  EXPECT_EQ(read(token(1, identity::TokenRole::storage)), 403);
  EXPECT_EQ(read(token(3)), 403);
  EXPECT_EQ(read(token(1) + "A"), 401);
  EXPECT_EQ(ask("/health").status, 200);
  EXPECT_EQ(ask("/metrics").status, 200);
  const std::string kept = token(2);
  EXPECT_EQ(read(kept), 200);
  give(2, Role::none);
  EXPECT_EQ(read(kept), 403);
  rig.advance(std::chrono::seconds(3));
  EXPECT_EQ(read(token(1)), 503) << "what was learnt is too old";
  ASSERT_TRUE(rig.refresh());
  EXPECT_EQ(read(token(1)), 200);
}

TEST_F(OperatorDoor, OpensToThisMachineOnlyWhereToldTo) {
  const Gate open(rig.tokens, rig.view, rig.clock, true);
  auto admitted = [&](const std::string& from, http::Headers headers = {}) {
    http::Request request;
    request.remoteAddress = from;
    request.headers = std::move(headers);
    auto go = [&]() -> Task<bool> { co_return !(co_await open.admit(request)).refusal; };
    return rig.run(go());
  };
  for (const char* here : {"127.0.0.1", "127.9.8.7", "::1", "::ffff:127.0.0.1"}) EXPECT_TRUE(admitted(here)) << here;
  for (const char* away : {"192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "", "127.0.0.1.example"})
    EXPECT_FALSE(admitted(away)) << away;
  EXPECT_FALSE(admitted("127.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}}));
  for (const char* own :
       {"127.0.0.1", "127.0.0.1:9001", "127.9.8.7:9001", "[::1]:9001", "[::1]", "localhost:9001", "LocalHost"})
    EXPECT_TRUE(admitted("127.0.0.1", {{"Host", own}})) << own;
  for (const char* name : {"rebound.example:9001", "localhost.example", "127.0.0.1.example:9001", "192.0.2.1:9001", "",
                           "[::1", "localhost:9001:1", "127.1:9001", "2130706433:9001"})
    EXPECT_FALSE(admitted("127.0.0.1", {{"Host", name}})) << name << ": a page whose name was bound to this machine";
  EXPECT_FALSE(admitted("127.0.0.1", {{"Authorization", "Bearer nonsense"}})) << "who shows a token means it";
}

/// The registry drops marks some time after their end.
TEST_F(OperatorDoor, ARevokedGrantStaysSoWhateverEndWasNamed) {
  for (const char* end : {"1", "9007199254740991"}) {
    const std::string parameters = R"({"grant":"0x)" + toHex(Bytes(32, 1)) + R"(","until":)" + end + "}";
    const auto action = identity::makeAction("RevokeGrant", *readJson(parameters), "f1ee7", {}, rig.now() + life);
    ASSERT_TRUE(action) << action.error().message;
    const auto effect = auth::effectOf(*action, OwnerId(wallet(1)), {}, rig.view, rig.now());
    EXPECT_GT(std::get<registry::RevokeGrant>(effect->change).until.get() / 1000, rig.now() + 90 * 24 * 3600) << end;
  }
}

TEST_F(OperatorDoor, ActsForRolesAndRemembersWhom) {
  give(1, Role::admin);
  give(2, Role::viewer);
  ASSERT_EQ(act(request(1, "SetOperator", setRole(kOther, "operator"))), 200) << last.body;
  auto row = api::fromJson<api::AuditRow>(last.body);
  ASSERT_TRUE(row);
  EXPECT_EQ(row->who, wallet(1));
  EXPECT_EQ(row->from, "127.0.0.1");
  EXPECT_EQ(row->outcome, "done");
  const std::string body = last.body;
  EXPECT_EQ(act(request(1, "SetOperator", setRole(kOther, "operator"))), 200);
  EXPECT_EQ(last.body, body) << "the same message, the same row";
  EXPECT_EQ(act(request(1, "SetOperator", setRole(kOther, "admin"))), 409) << "another one under its nonce";
  EXPECT_EQ(rows(), 1U);
  EXPECT_EQ(act(request(2, "SetOperator", setRole(kOther, "admin"), 2)), 403);
  EXPECT_EQ(act(request(2, "SetOperator", setRole(kOther, "admin"), 2)), 403);
  EXPECT_EQ(rows(), 2U) << "a refusal is written down once";
  give(2, Role::admin);
  EXPECT_EQ(act(request(2, "SetOperator", setRole(kOther, "admin"), 2)), 403) << "and is final for its message";
  EXPECT_EQ(act(request(2, "SetOperator", setRole(kOther, "admin"), 3)), 200);
}

TEST_F(OperatorDoor, StrangersLeaveNoRow) {
  give(1, Role::admin);
  EXPECT_EQ(act(request(3, "SetOperator", setRole(wallet(3), "admin"))), 403);
  std::string changed = request(1, "SetOperator", setRole(kOther, "viewer"));
  changed.replace(changed.find("viewer"), 6, "admin");
  EXPECT_EQ(act(changed), 403);
  EXPECT_NE(last.body.find("no operator"), std::string::npos) << last.body;
  life = 0;
  EXPECT_EQ(act(request(1, "SetOperator", setRole(kOther, "viewer"))), 403);
  life = 3601;
  EXPECT_EQ(act(request(1, "SetOperator", setRole(kOther, "viewer"))), 403);
  life = 300;
  for (const char* bad : {"", "{}", "[]", "null", "{\"action\":1}"}) EXPECT_EQ(act(bad), 400) << bad;
  EXPECT_EQ(act(std::string(auth::kMaxActionBody + 1, ' ')), 413);
  EXPECT_EQ(act(request(1, "SetOperator", setRole(kOther, "king"))), 400);
  EXPECT_EQ(act(request(1, "RevokeTokens", R"({"wallet":")" + std::string(kOther) + R"(","upTo":9000000000})")), 400);
  EXPECT_EQ(act(request(1, "RotateSharedKey", R"({"purpose":"jwt"})")), 400);
  EXPECT_EQ(rows(), 0U);
  rig.advance(std::chrono::seconds(3));
  EXPECT_EQ(act(request(1, "SetOperator", setRole(kOther, "viewer"))), 503);
}

TEST_F(OperatorDoor, ARoleThatWasTakenElsewhereDoesNotCountHereEither) {
  give(1, Role::admin);
  give(2, Role::admin);
  registry::OperatorRow row;
  row.wallet = OwnerId(wallet(2));
  ASSERT_TRUE(rig.run(rig.registry->identity().setOperator(row, false)));
  EXPECT_EQ(rig.view.role(row.wallet), Role::admin) << "this master has not heard of it";
  EXPECT_EQ(act(request(2, "SetOperator", setRole(kOther, "admin"))), 403);
  EXPECT_EQ(rig.run(rig.registry->identity().operators())->size(), 1U);
}

TEST_F(OperatorDoor, NamesAreGivenToBucketsThatAreThere) {
  give(1, Role::operator_);
  give(2, Role::viewer);
  const auto parameters = [](const std::string& owner, const std::string& bucket) {
    return R"({"name":"pictures","owner":")" + owner + R"(","bucket":")" + bucket + "\"}";
  };
  const auto name = [&] { return *rig.run(rig.registry->alias(BucketName("pictures"))); };
  EXPECT_EQ(act(request(1, "SetAlias", parameters("alice", "bucket"), 1)), 403) << "there is none";
  EXPECT_FALSE(name());
  makeBucket("alice", "bucket");
  EXPECT_EQ(act(request(2, "SetAlias", parameters("alice", "bucket"), 2)), 403) << "viewers give nothing";
  EXPECT_EQ(act(request(1, "SetAlias", parameters("alice", ""), 3)), 400);
  EXPECT_EQ(act(request(1, "SetAlias", parameters("alice", "Bucket"), 4)), 403);
  EXPECT_FALSE(name());
  EXPECT_EQ(act(request(1, "SetAlias", parameters("alice", "bucket"), 5)), 200) << last.body;
  EXPECT_EQ(name(), (BucketId{OwnerId("alice"), BucketName("bucket")}));
  EXPECT_EQ(act(request(1, "SetAlias", parameters("", ""), 6)), 200) << last.body;
  EXPECT_FALSE(name());
  EXPECT_EQ(act(request(1, "SetAlias", parameters("", ""), 7)), 403) << "nobody has it";
}

TEST_F(OperatorDoor, TheFirstAdminClaimsWithTheCodeAlone) {
  const auto claim = [&](std::uint8_t n, const std::string& with, std::uint8_t nonce = 1) {
    return request(n, "ClaimAdmin", R"({"wallet":")" + wallet(n) + "\"}", nonce, R"(,"code":")" + with + "\"");
  };
  EXPECT_EQ(act(claim(1, "")), 403) << "no code was made";
  const std::string made = code.make(*rig.random);
  EXPECT_EQ(made.size(), 32U);
  EXPECT_EQ(act(claim(1, made.substr(1))), 403);
  EXPECT_EQ(act(request(1, "ClaimAdmin", R"({"wallet":")" + wallet(1) + "\"}")), 400) << "no code";
  EXPECT_EQ(act(request(2, "ClaimAdmin", R"({"wallet":")" + wallet(1) + "\"}", 1, R"(,"code":")" + made + "\"")), 400)
      << "for somebody else";
  EXPECT_EQ(act(claim(1, made)), 200) << last.body;
  EXPECT_EQ(last.body.find(made), std::string::npos);
  EXPECT_EQ(act(claim(2, made, 2)), 403) << "it is used up";
  ASSERT_TRUE(rig.refresh());
  EXPECT_EQ(rig.view.role(OwnerId(wallet(1))), Role::admin);
  EXPECT_EQ(act(claim(2, code.make(*rig.random), 3)), 403) << "there is one";
  EXPECT_EQ(rows(), 1U);
}

TEST_F(OperatorDoor, WrongCodesDoNotKeepTheRightOneOut) {
  const std::string made = code.make(*rig.random);
  for (int n = 0; n < 10'000; ++n) EXPECT_FALSE(code.matches("x"));
  EXPECT_TRUE(code.matches(made));
  code.end();
  EXPECT_FALSE(code.matches(made));
}

TEST_F(OperatorDoor, VouchersAreForKeysThatMastersRegistered) {
  give(1, Role::admin);
  registry::Master m;
  m.id = MasterId("m1");
  const auto publicKey = key(9).publicKey();
  m.receiptKey.assign(publicKey.begin(), publicKey.end());
  ASSERT_TRUE(rig.run(rig.registry->registerMaster(m)));
  const auto parameters = [](const std::string& name, BytesView of) {
    return R"({"master":")" + name + R"(","publicKey":"0x)" + toHex(of) + "\"}";
  };
  EXPECT_EQ(act(request(1, "VouchMaster", parameters("m1", key(8).publicKey()), 1)), 403);
  EXPECT_EQ(act(request(1, "VouchMaster", parameters("m2", publicKey), 2)), 403);
  EXPECT_EQ(act(request(1, "VouchMaster", parameters("m1", Bytes(33, 9)), 3)), 400);
  EXPECT_EQ(act(request(1, "VouchMaster", parameters("m1", publicKey), 4)), 200) << last.body;
  auto keys = rig.run(access.vouchers.keys());
  ASSERT_EQ(keys->size(), 1U);
  EXPECT_TRUE(keys->front().by.empty()) << "the log does not say that its signer ever was an admin";
}

}  // namespace
}  // namespace cairn::admin::test
