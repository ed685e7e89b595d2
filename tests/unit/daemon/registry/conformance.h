// What every registry engine must do: a GoogleTest suite that an engine's own test file instantiates.
//
// Contract: INSTANTIATE_TEST_SUITE_P(Name, RegistryConformance, testing::Values(EngineFactory(...))). The factory makes
// a fresh, empty database; open() gives a Registry on it, several at once as different processes would have them;
// plainSql() runs a statement as another gateway that knows nothing of Cairn, and gives the refusal if it was refused.
// Statements given to it are understood by SQLite and PostgreSQL alike.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "daemon/registry/registry.h"
#include "daemon/rt/clock.h"

namespace cairn::registry::testing {

class EngineUnderTest {
 public:
  virtual ~EngineUnderTest() = default;
  virtual std::unique_ptr<Registry> open() = 0;
  virtual std::optional<std::string> plainSql(const std::string& statement) = 0;
  /// Whether the database refuses every new audit row.
  virtual void refuseAuditRows(bool refuse) = 0;
};
using EngineFactory = std::function<std::unique_ptr<EngineUnderTest>()>;

/// This thread's executor. It outlives every registry of a test, as an executor whom a registry answers must: the
/// thread that answers may still be inside post() when the coroutine it woke has ended.
inline net::io_context& executor() {
  static thread_local net::io_context context;
  context.restart();
  return context;
}

/// Runs a coroutine on this thread until it ends.
template <class T>
T run(Task<T> task) {
  net::io_context& context = executor();
  std::optional<T> result;
  std::exception_ptr failure;
  net::co_spawn(context, std::move(task), [&](std::exception_ptr e, T value) {
    failure = e;
    result.emplace(std::move(value));
  });
  context.run();
  if (failure) std::rethrow_exception(failure);
  return std::move(*result);
}

inline BucketId bucketNamed(const std::string& name, const std::string& owner = "owner") {
  return {OwnerId(owner), BucketName(name)};
}
inline Cid rootNamed(const std::string& text) {
  return Cid::of(Codec::dag_cbor, asBytes(text));
}

class RegistryConformance : public ::testing::TestWithParam<EngineFactory> {
 protected:
  void SetUp() override {
    engine_ = GetParam()();
    registry_ = engine_->open();
    ASSERT_TRUE(registry_);
  }
  Epoch enroll(const std::string& master, bool cas = true);
  /// A CAS flip of `master` from what read() gives now to `next`.
  FlipRequest next(const BucketId& bucket, const std::string& root, const std::string& master, Epoch epoch);
  RootRow rowOf(const BucketId& bucket);
  FlipResult flip(FlipRequest request) { return run(registry_->flip(std::move(request))); }

  std::unique_ptr<EngineUnderTest> engine_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<Random> random_ = systemRandom();
};

}  // namespace cairn::registry::testing
