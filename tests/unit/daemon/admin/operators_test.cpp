// The operators' door with wallets on: who may read, whose messages are acted upon, and what the audit log gets.
#include "common/identity/own_revocation.h"
#include "fakes.h"
#include "tests/unit/daemon/auth/wallet_rig.h"

namespace cairn::admin::test {
namespace {

using identity::Action;
using identity::RecoverableSignature;
using registry::Role;

constexpr const char* kOther = "0x1111111111111111111111111111111111111111";

class OperatorDoor : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(rig.run(rig.view.ensureKeys())); }
  static identity::SecretKey key(std::uint8_t n) { return *identity::SecretKey::parse(Bytes(32, n)); }
  static std::string wallet(std::uint8_t n) { return identity::Address::of(key(n).publicKey()).lowerCase(); }
  void give(std::uint8_t n, Role role) {
    registry::OperatorRow row;
    row.wallet = OwnerId(wallet(n));
    row.role = role;
    ASSERT_TRUE(rig.run(rig.registry->identity().setOperator(row, false)));
    ASSERT_TRUE(rig.refresh());
  }
  std::string token(std::uint8_t n, identity::TokenRole role = identity::TokenRole::operator_) {
    identity::Token t;
    t.wallet = identity::Address::of(key(n).publicKey());
    t.issued = rig.now();
    t.expires = rig.now() + 600;
    t.fleet = "f1ee7";
    t.role = role;
    t.nonce = *rig.tokens.challenge(rig.clock.now());
    return tokenText(t, RecoverableSignature::sign(key(n), digestOf(t)));
  }
  Recorder ask(const std::string& target, http::Headers headers = {}, const std::string& method = "GET",
               const std::string& body = {}) {
    http::Request request;
    request.method = method;
    request.setTarget(target);
    request.headers = std::move(headers);
    request.remoteAddress = remote;
    http::BytesBody bytes{toBytes(asBytes(body))};
    Recorder out;
    auto go = [&]() -> Task<bool> {
      co_await door.handle(request, bytes, out);
      co_return true;
    };
    rig.run(go());
    return out;
  }
  int read(const std::string& bearer, const std::string& target = "/admin/v1/operators") {
    return ask(target, bearer.empty() ? http::Headers() : http::Headers{{"Authorization", "Bearer " + bearer}}).status;
  }
  std::string request(std::uint8_t n, const std::string& name, const std::string& parameters, std::uint8_t nonce = 1,
                      const std::string& more = {}) {
    identity::Digest word;
    word.fill(nonce);
    const Action a = *identity::makeAction(name, *readJson(parameters), "f1ee7", word, rig.now() + life);
    return R"({"action":")" + name + R"(","parameters":)" + parameters + R"(,"nonce":"0x)" + toHex(word) +
           R"(","expires":)" + std::to_string(a.expires) + R"(,"signature":"0x)" +
           toHex(RecoverableSignature::sign(key(n), digestOf(a)).bytes()) + "\"" + more + "}";
  }
  int act(const std::string& body) {
    last = ask("/admin/v1/actions", {}, "POST", body);
    return last.status;
  }
  static std::string setRole(const std::string& who, const std::string& role) {
    return R"({"wallet":")" + who + R"(","role":")" + role + "\"}";
  }
  void makeBucket(const std::string& owner, const std::string& name) {
    registry::Master m;
    m.id = MasterId("m1");
    m.cas = true;
    registry::FlipRequest flip;
    flip.bucket = {OwnerId(owner), BucketName(name)};
    flip.nextRoot = Cid::of(Codec::raw, asBytes(name));
    flip.master = m.id;
    flip.epoch = rig.run(rig.registry->registerMaster(m))->epoch;
    ASSERT_EQ(rig.run(rig.registry->flip(std::move(flip))).status, registry::FlipStatus::won);
  }
  std::size_t rows() { return rig.run(rig.registry->identity().audit(0, UINT64_MAX, 1000))->size(); }

  auth::testing::WalletRig rig;
  auth::Operators operators{rig.view, rig.clock, "f1ee7"};
  auth::KnownWallets known{rig.view, *rig.registry};
  auth::OwnRevocations own{*rig.registry, operators, known};
  auth::ClaimCode code{rig.clock};
  OperatorAccess access{Gate(rig.tokens, rig.view, rig.clock, false), ActionDoor(*rig.registry, own, code),
                        auth::Vouchers(*rig.registry, "f1ee7")};
  FakeBuckets buckets;
  FakeStatus local;
  Door door{*rig.registry, local, buckets, rig.clock, {}, {}, &access};
  std::string remote = "127.0.0.1";
  std::int64_t life = 300;
  Recorder last;
};

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

/// Anybody can make wallets; what they revoke stays in the log for good.
TEST_F(OperatorDoor, WhatWalletsVoidOfTheirOwnIsMeasuredOut) {
  give(1, Role::admin);
  const auto revoke = [&](auth::OwnRevocations& by, std::uint8_t n, std::int64_t upTo) {
    const auto action = identity::makeAction(
        "RevokeOwnTokens", *readJson(R"({"wallet":")" + wallet(n) + R"(","upTo":)" + std::to_string(upTo) + "}"),
        "f1ee7", identity::Digest{n, static_cast<std::uint8_t>(upTo % 256)}, rig.now() + 300);
    const auto signature = RecoverableSignature::sign(key(n), digestOf(*action)).bytes();
    auto verified = operators.verify(*action, signature);
    EXPECT_TRUE(verified) << verified.error().message;
    auto row = rig.run(by.act(*verified, "192.0.2.1"));
    EXPECT_TRUE(rig.refresh());
    return row ? row->outcome : "refused";
  };
  auth::OwnRevocations few(*rig.registry, operators, known, 3);
  EXPECT_EQ(revoke(few, 2, 100), "done");
  EXPECT_EQ(revoke(few, 2, 100), "stands");
  EXPECT_EQ(revoke(few, 2, 99), "stands") << "a mark is never lowered";
  EXPECT_EQ(rows(), 1U);
  EXPECT_EQ(revoke(few, 3, 100), "done");
  EXPECT_EQ(revoke(few, 4, 100), "done");
  EXPECT_EQ(revoke(few, 5, 100), "refused") << "no room for strangers";
  EXPECT_EQ(rows(), 3U);
  for (std::uint64_t n = 1; n <= auth::OwnRevocations::kMostADay; ++n)
    EXPECT_EQ(revoke(few, 1, static_cast<std::int64_t>(n)), "done") << n << ": an operator is none";
  EXPECT_EQ(revoke(few, 1, 1000), "refused") << "but has no more than his own";
  EXPECT_EQ(rows(), 3 + auth::OwnRevocations::kMostADay);
  rig.advance(std::chrono::hours(24));
  ASSERT_TRUE(rig.refresh());
  EXPECT_EQ(revoke(few, 5, 101), "done") << "the next day";
  EXPECT_EQ(revoke(few, 1, 1001), "done");
}

TEST_F(OperatorDoor, AWalletVoidsNothingOfAnothers) {
  const std::string grant = R"("grant":"0x)" + toHex(Bytes(32, 5)) + "\"}";
  EXPECT_EQ(act(request(3, "RevokeOwnTokens", R"({"wallet":")" + wallet(4) + R"(","upTo":1})")), 400) << last.body;
  EXPECT_EQ(act(request(3, "RevokeOwnGrant", R"({"wallet":")" + wallet(4) + "\"," + grant)), 400) << last.body;
  EXPECT_EQ(rows(), 0U);
  EXPECT_EQ(act(request(3, "RevokeOwnGrant", R"({"wallet":")" + wallet(3) + "\"," + grant)), 200) << last.body;
  ASSERT_TRUE(rig.refresh());
  registry::Hash32 digest;
  digest.fill(5);
  const auto of = [](std::uint8_t n) { return *identity::Address::parse(wallet(n)); };
  EXPECT_TRUE(rig.view.grantRevoked(identity::ownRevocation(of(3), digest)));
  EXPECT_FALSE(rig.view.grantRevoked(identity::ownRevocation(of(4), digest)));
  EXPECT_FALSE(rig.view.grantRevoked(digest)) << "that would be whosesoever grant it is";
  EXPECT_EQ(act(request(3, "RevokeOwnTokens", R"({"wallet":")" + wallet(3) + R"(","upTo":9000000000})", 9)), 400);
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
