// What it costs a master to know who calls, beside libsecp256k1's own recovery in the same run; `./dev bench identity`.
// Prints one JSON object a line. With a name only that one, and recovery: for a profiler.
#include <secp256k1_recovery.h>

#include <cstdio>

#include "common/identity/secp_context.h"
#include "daemon/auth/authenticator.h"
#include "daemon/auth/body_receiver.h"
#include "daemon/drill/signer.h"
#include "tests/support/known_fleet.h"
#include "tests/unit/common/identity/in_turns.h"

namespace cairn::auth {
namespace {

constexpr std::size_t kTokens = 128;
constexpr int kRounds = 80;  // short ones, some of which nobody disturbs

struct Case {
  identity::Digest digest;
  identity::RecoverableSignature signature;
  std::string text;
};

Case tokenOf(test::KnownFleet& fleet, int version, std::size_t number) {
  const auto key = *identity::SecretKey::parse(identity::keccak256(asBytes(std::to_string(number))));
  identity::Token token;
  token.version = version;
  token.wallet = identity::Address::of(key.publicKey());
  token.issued = fleet.clock.now().get() / 1000;
  token.expires = token.issued + 3600;
  if (version == 2) {
    token.fleet = fleet.tokens.fleet();
    token.nonce = *fleet.tokens.challenge(fleet.clock.now());
  }
  const auto digest = identity::digestOf(token);
  const auto signature = identity::RecoverableSignature::sign(key, digest);
  return {digest, signature, identity::tokenText(token, signature)};
}

void rawRecover(const Case& one) {
  secp256k1_ecdsa_recoverable_signature parsed;
  secp256k1_pubkey point;
  const auto& bytes = one.signature.bytes();
  CAIRN_ASSERT(secp256k1_ecdsa_recoverable_signature_parse_compact(identity::context(), &parsed, bytes.data(),
                                                                   bytes[64] - 27) == 1);
  CAIRN_ASSERT(secp256k1_ecdsa_recover(identity::context(), &point, &parsed, one.digest.data()) == 1);
}

/// A PUT as an SDK sends it, and its body.
class SignedPut {
 public:
  SignedPut(const std::string& id, const std::string& secret, const std::string& session, Timestamp now)
      : body_(4096, 'x') {
    request_.method = "PUT";
    request_.target = "/bucket/folder/key-0123456789";
    request_.headers.add("User-Agent", "aws-sdk/1.0");
    request_.headers.add("Content-Type", "application/octet-stream");
    request_.headers.add("x-amz-meta-a", "b");
    if (!session.empty()) request_.headers.add("x-amz-security-token", session);
    request_.body = toBytes(asBytes(body_));
    drill::Signer({id, secret}).sign(request_, "127.0.0.1:9000", now);
    for (const auto [name, value] : request_.headers) headers_.push_back({name, value});
  }
  /// The head, and with `body` that too: its hash, since it was signed.
  void receive(const Authenticator& authenticator, Timestamp now, bool body) {
    const auto caller = authenticator.authenticate({request_.method, request_.target, "", headers_}, now);
    CAIRN_ASSERT(caller && !caller->anonymous);
    if (!body) return;
    BodyReceiver receiver(caller->body);
    out_.clear();
    CAIRN_ASSERT(receiver.feed(asBytes(body_), out_) && receiver.finish());
  }

 private:
  std::string body_;
  http::ClientRequest request_;
  std::vector<HeaderView> headers_;
  std::vector<BytesView> out_;
};

class Bench {
 public:
  Bench() : first_(fill(1)), second_(fill(2)) {
    AccessKey key;
    key.id = "CAIRN0123456789ABCDE";
    key.secret = std::string(40, 's');
    key.owner = OwnerId("demo");
    auto keys = std::make_shared<StaticCredentials>(*StaticCredentials::make({key}));
    authenticator_.emplace(AuthConfig{}, keys, SharedIdentity{&fleet_.view, &fleet_.tokens, nullptr, &fleet_.sessions});
    keyed_.emplace(key.id, std::string(40, 's'), "", now());
    Session session;
    session.owner = OwnerId("0x" + std::string(40, 'a'));
    session.issued = now().get() / 1000;
    session.expires = session.issued + 3600;
    const auto made = *fleet_.sessions.open(session);
    temporary_.emplace(made.accessKeyId, made.secret, made.token, now());
  }

  int run(std::string_view only) {
    only_ = only;
    add("recovery", kTokens, [this](std::size_t i) { rawRecover(first_[i]); });
    for (const auto& [name, cases] : {std::pair("v1-new", &first_), std::pair("v2-new", &second_)})
      add(
          name, kTokens, [this, cases](std::size_t i) { present(*fresh_, (*cases)[i]); },
          [this] { fresh_.emplace(fleet_.view, fleet_.registry, fleet_.clock, fleet_.random, fleet_.tokens.fleet()); });
    for (const auto& [name, cases] : {std::pair("v1-seen", &first_), std::pair("v2-seen", &second_)})
      add(name, 16 * kTokens, [this, cases](std::size_t i) { present(fleet_.tokens, (*cases)[i % kTokens]); });
    add("sigv4-head", 500, [this](std::size_t) { keyed_->receive(*authenticator_, now(), false); });
    add("sigv4-4096", 500, [this](std::size_t) { keyed_->receive(*authenticator_, now(), true); });
    add("session-4096", 500, [this](std::size_t) { temporary_->receive(*authenticator_, now(), true); });
    for (const auto* cases : {&first_, &second_})
      for (const Case& one : *cases) present(fleet_.tokens, one);
    testing::measure(all_, kRounds);
    for (std::size_t n = 0; n < all_.size(); ++n)
      std::printf("{\"name\":\"%s\",\"least_ns\":%.0f,\"median_ns\":%.0f}\n", names_[n].c_str(), 1e9 * all_[n].least,
                  1e9 * all_[n].median);
    return 0;
  }

 private:
  Timestamp now() { return fleet_.clock.now(); }
  std::vector<Case> fill(int version) {
    std::vector<Case> cases;
    for (std::size_t i = 0; i < kTokens; ++i) cases.push_back(tokenOf(fleet_, version, i));
    return cases;
  }
  void present(WalletTokens& tokens, const Case& one) {
    const auto token = tokens.verify(one.text, now());
    CAIRN_ASSERT(token && (*token)->digest == one.digest);
  }
  void add(std::string name, std::size_t calls, std::function<void(std::size_t)> call,
           std::function<void()> before = {}) {
    if (!only_.empty() && name != only_ && name != "recovery") return;
    names_.push_back(std::move(name));
    all_.push_back({calls, std::move(call), std::move(before)});
  }

  test::KnownFleet fleet_;
  std::vector<Case> first_, second_;
  std::optional<WalletTokens> fresh_;
  std::optional<Authenticator> authenticator_;
  std::optional<SignedPut> keyed_, temporary_;
  std::string_view only_;
  std::vector<std::string> names_;
  std::vector<testing::Measured> all_;
};

}  // namespace
}  // namespace cairn::auth

int main(int argc, char** argv) {
  return cairn::auth::Bench().run(argc > 1 ? argv[1] : "");
}
