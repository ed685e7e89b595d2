// One master's wallets over a registry of its own making in memory: shared keys and bindings, nothing else.
//
// Contract: for fuzzers and benchmarks; single-threaded, no I/O, the same in every run. Time stands still until
// somebody moves it. run() drives a coroutine to its end.
#pragma once

#include <boost/asio/io_context.hpp>
#include <map>

#include "daemon/auth/sessions.h"
#include "daemon/auth/wallet_tokens.h"
#include "tests/support/no_identity.h"
#include "tests/support/standing_clock.h"

namespace cairn::test {

/// splitmix64.
class SameRandom final : public Random {
 public:
  void fill(std::span<std::uint8_t> out) override {
    for (std::uint8_t& byte : out) {
      std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
      byte = static_cast<std::uint8_t>(((z ^ (z >> 27)) * 0x94d049bb133111eb) >> 56);
    }
  }

 private:
  std::uint64_t state_ = 1;
};

class KeysInMemory final : public NoIdentity {
 public:
  R<registry::AuthChanges> changesSince(std::uint64_t, std::string) override { co_return all_; }
  R<Bound> bindNonce(registry::Hash32 nonce, registry::Hash32 digest, Timestamp) override {
    const auto [place, first] = bound_.try_emplace(nonce, digest);
    co_return Bound{place->second, first};
  }
  Task<Status> addSharedKey(registry::SharedKeyRow key, std::vector<registry::WrappedKey> wrapped, bool) override {
    ++all_.revision;
    all_.sharedKeys.push_back(std::move(key));
    for (auto& form : wrapped) all_.wrappedKeys.push_back(std::move(form));
    co_return Status{};
  }

 private:
  registry::AuthChanges all_;
  std::map<registry::Hash32, registry::Hash32> bound_;
};

struct KnownFleet {
  KnownFleet() { CAIRN_ASSERT(run(view.refresh()) && run(view.ensureKeys())); }

  template <class T>
  T run(Task<T> task) {
    std::optional<T> out;
    auto go = [](Task<T> t, std::optional<T>& to) -> Task<void> { to.emplace(co_await std::move(t)); };
    spawn(io.get_executor(), go(std::move(task), out));
    io.restart();
    io.run();
    return std::move(*out);
  }

  StandingClock clock{std::chrono::seconds(1'800'000'000)};
  SameRandom random;
  net::io_context io;
  KeysInMemory registry;
  auth::IdentityView view{registry, clock, random, *auth::KeyEncryptionKey::parse(std::string(64, '7'))};
  auth::WalletTokens tokens{view, registry, clock, random, "f1ee7"};
  auth::Sessions sessions{view, view, random, "f1ee7"};
};

}  // namespace cairn::test
