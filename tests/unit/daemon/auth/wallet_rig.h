// One master's identity over a real registry file, with a clock that the test sets.
//
// Contract: for tests; single-threaded. run() drives a coroutine to its end. `now` is the wall clock in seconds since
// 1970; advance() moves both clocks. `identities.away` makes the registry fail, `identities.lost` its answers to
// bindings, which it makes all the same. Wallets is a fleet of two such masters and a wallet.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <filesystem>

#include "common/identity/token.h"
#include "daemon/auth/sessions.h"
#include "daemon/auth/wallet_tokens.h"
#include "daemon/registry/sqlite/sqlite.h"
#include "tests/support/no_identity.h"
#include "tests/support/standing_clock.h"

namespace cairn::auth::testing {

/// The registry's identities, or nothing at all while it is away.
class Wavering final : public test::NoIdentity {
 public:
  explicit Wavering(registry::IdentityRegistry& real) : real_(real) {}
  R<registry::AuthChanges> changesSince(std::uint64_t revision, std::string wrappedFor) override {
    return away ? NoIdentity::changesSince(revision, wrappedFor) : real_.changesSince(revision, wrappedFor);
  }
  R<Bound> bindNonce(registry::Hash32 nonce, registry::Hash32 digest, Timestamp until) override {
    ++asked;
    if (away) co_return none();
    auto bound = co_await real_.bindNonce(nonce, digest, until);
    if (lost) co_return fail(Errc::unknown_outcome, "the answer to the commit was lost");
    co_return bound;
  }
  Task<Status> addSharedKey(registry::SharedKeyRow key, std::vector<registry::WrappedKey> wrapped,
                            bool ifNone) override {
    return real_.addSharedKey(std::move(key), std::move(wrapped), ifNone);
  }
  bool away = false, lost = false;
  int asked = 0;

 private:
  registry::IdentityRegistry& real_;
};

inline constexpr std::string_view kKek = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

class WalletRig {
 public:
  explicit WalletRig(std::string_view kek = kKek) : WalletRig(nullptr, kek) {}
  /// Another master of the same fleet.
  explicit WalletRig(WalletRig& first, std::string_view kek = kKek) : WalletRig(&first, kek) {}
  ~WalletRig() {
    registry.reset();
    if (owns_) std::filesystem::remove_all(directory);
  }

  template <class T>
  T run(Task<T> task) {
    std::optional<T> out;
    auto go = [](Task<T> t, std::optional<T>& to) -> Task<void> { to.emplace(co_await std::move(t)); };
    spawn(io.get_executor(), go(std::move(task), out));
    while (!out) {
      io.restart();
      io.run_one();
    }
    return std::move(*out);
  }
  void advance(std::chrono::seconds by) { clock.at += by; }
  std::int64_t now() { return clock.now().get() / 1000; }
  Status refresh() { return run(view.refresh()); }
  Status rotate(std::string_view purpose) {
    auto made = view.newKey(std::string(purpose));
    if (auto s = run(identities.addSharedKey(made.key, made.wrapped, false)); !s) return s;
    return refresh();
  }
  /// Verified and admitted: what the door does.
  AuthResult<WalletTokenPtr> present(std::string_view text) {
    auto token = tokens.verify(text, clock.now());
    if (!token) return token;
    if (auto s = run(tokens.admit(*token)); !s) return s.error();
    return token;
  }

  std::string directory;
  /// From the machine's clock on, since the registry dates what it is given by that.
  test::StandingClock clock{std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch())};
  std::unique_ptr<Random> random = systemRandom();
  net::io_context io;
  std::unique_ptr<registry::Registry> registry;
  Wavering identities;
  IdentityView view;
  WalletTokens tokens;
  Sessions sessions;

 private:
  WalletRig(WalletRig* first, std::string_view kek)
      : directory(first ? first->directory : makeDirectory()),
        registry(*registry::openSqlite({directory + "/registry.sqlite", {}, std::chrono::seconds(10)})),
        identities(registry->identity()),
        view(identities, clock, *random, *KeyEncryptionKey::parse(kek)),
        tokens(view, identities, clock, *random, "f1ee7"),
        sessions(view, view, *random, "f1ee7"),
        owns_(first == nullptr) {
    if (first) clock.at = first->clock.at;
    CAIRN_ASSERT(refresh().has_value());
  }
  static std::string makeDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "cairn-wallets-XXXXXX").string();
    CAIRN_ASSERT(::mkdtemp(name.data()) != nullptr);
    return name;
  }
  bool owns_;
};

class Wallets : public ::testing::Test {
 protected:
  Wallets() { EXPECT_TRUE(one.run(one.view.ensureKeys())); }
  void SetUp() override { EXPECT_TRUE(two.refresh()); }

  identity::Token token(int version = 2) {
    identity::Token t;
    t.version = version;
    t.wallet = identity::Address::of(key.publicKey());
    t.issued = one.now();
    t.expires = t.issued + 3600;
    if (version == 2) {
      t.fleet = "f1ee7";
      t.nonce = *one.tokens.challenge(one.clock.now());
    }
    return t;
  }
  identity::RecoverableSignature signature(const identity::Token& t) {
    return identity::RecoverableSignature::sign(key, identity::digestOf(t));
  }
  std::string sign(const identity::Token& t) { return identity::tokenText(t, signature(t)); }
  OwnerId owner() { return OwnerId(identity::Address::of(key.publicKey()).lowerCase()); }
  void revoke(std::int64_t upTo) { ASSERT_TRUE(one.run(one.registry->identity().revoke(owner(), upTo))); }
  Session session() {
    Session s;
    s.owner = owner();
    s.issued = one.now();
    s.expires = one.now() + 1000;
    return s;
  }

  identity::SecretKey key = *identity::SecretKey::parse(Bytes(32, 7));
  WalletRig one, two{one};
};

inline AuthFailure failureOf(const AuthResult<WalletTokenPtr>& result) {
  EXPECT_FALSE(result);
  return result ? AuthFailure::access_denied : result.error().failure;
}

}  // namespace cairn::auth::testing
