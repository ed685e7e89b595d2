// What every registry engine must do about identities: a GoogleTest suite that an engine's own test file instantiates.
//
// Contract: INSTANTIATE_TEST_SUITE_P(Name, IdentityConformance, testing::Values(EngineFactory(...))), as for
// RegistryConformance. Each test has two registries open on one database, as two masters have.
#pragma once

#include "common/identity/audit.h"
#include "daemon/registry/identity.h"
#include "tests/unit/daemon/registry/conformance.h"

namespace cairn::registry::testing {

inline OwnerId walletNamed(unsigned n) {
  Bytes bytes(20, 0xab);
  for (unsigned i = 0; i < 4; ++i) bytes[19 - i] = static_cast<std::uint8_t>(n >> (8 * i));
  return OwnerId("0x" + toHex(bytes));
}
inline Hash32 hashNamed(unsigned n) {
  Hash32 hash{};
  hash.fill(0x5a);
  for (unsigned i = 0; i < 4; ++i) hash[i] = static_cast<std::uint8_t>(n >> (8 * i));
  return hash;
}
/// 16 hex digits.
inline std::string keyNamed(unsigned n) {
  return toHex(BytesView(hashNamed(n)).first(8));
}

class IdentityConformance : public ::testing::TestWithParam<EngineFactory> {
 protected:
  void SetUp() override {
    engine_ = GetParam()();
    first_ = engine_->open();
    second_ = engine_->open();
    ASSERT_TRUE(first_ && second_);
  }
  IdentityRegistry& a() { return first_->identity(); }
  IdentityRegistry& b() { return second_->identity(); }
  /// One of the two masters, by turns.
  IdentityRegistry& master(unsigned n) { return n % 2 == 0 ? a() : b(); }

  /// Runs all at once and gives their answers in order.
  template <class T>
  static std::vector<T> together(std::vector<Task<T>> tasks) {
    return run(all(std::move(tasks)));
  }
  /// The code of what must have failed.
  template <class T>
  static std::optional<Errc> codeOf(const Result<T>& result) {
    return result ? std::optional<Errc>() : result.error().code;
  }
  AuthChanges since(std::uint64_t revision, const std::string& wrappedFor = {}) {
    auto changes = run(b().changesSince(revision, wrappedFor));
    EXPECT_TRUE(changes) << changes.error().message;
    return changes ? *changes : AuthChanges{};
  }
  std::uint64_t revision() { return since(0).revision; }
  std::vector<AuditRow> wholeAudit() { return *run(b().audit(0, UINT64_MAX, SIZE_MAX)); }

  static Timestamp now() { return systemClock()->now(); }
  static std::int64_t seconds() { return now().get() / 1000; }
  static Timestamp inAnHour() { return Timestamp(now().get() + 3'600'000); }
  static AccessKeyRow accessKey(const std::string& id, const std::string& owner = "alice") {
    AccessKeyRow key;
    key.id = id;
    key.owner = OwnerId(owner);
    key.sealedSecret = {1, 2, 3};
    key.sealedBy = keyNamed(1);
    key.label = "laptop";
    return key;
  }
  static SharedKeyRow sharedKey(unsigned n, const std::string& purpose = "sts") {
    SharedKeyRow key;
    key.id = keyNamed(n);
    key.purpose = purpose;
    return key;
  }
  static OperatorRow operatorRow(unsigned n, Role role) {
    OperatorRow row;
    row.wallet = walletNamed(n);
    row.role = role;
    return row;
  }
  static AuditRow auditRow(const std::string& action) {
    AuditRow row;
    row.who = walletNamed(1).get();
    row.action = action;
    row.what = R"({"a":1})";
    row.signature = Bytes(65, 7);
    row.message = R"({"types":{}})";
    row.from = "127.0.0.1:1";
    row.outcome = "done";
    return row;
  }

  std::unique_ptr<EngineUnderTest> engine_;
  std::unique_ptr<Registry> first_, second_;
};

}  // namespace cairn::registry::testing
