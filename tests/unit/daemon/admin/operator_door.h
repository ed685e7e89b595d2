// The operators' door over a SQLite registry, with wallets and operators whose keys are numbers.
//
// Contract: one thread; key(n) is the secret key of 32 bytes n, wallet(n) its address in lower case.
#pragma once

#include "fakes.h"
#include "tests/unit/daemon/auth/wallet_rig.h"

namespace cairn::admin::test {

using identity::Action;
using identity::RecoverableSignature;
using registry::Role;

inline constexpr const char* kOther = "0x1111111111111111111111111111111111111111";

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

}  // namespace cairn::admin::test
