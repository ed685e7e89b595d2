// A database of its own on this program's PostgreSQL server, for tests of the engine.
//
// Contract: server() starts one server a program, stopped at its end. PostgresEngine is the conformance suite's engine.
#pragma once

#include "daemon/registry/postgres/postgres.h"
#include "tests/unit/daemon/registry/conformance.h"
#include "tests/unit/daemon/registry/postgres_server.h"

namespace cairn::registry::testing {

inline PostgresServer& server() {
  static PostgresServer one;
  return one;
}

inline std::unique_ptr<Registry> openAt(const std::string& url) {
  PostgresOptions options;
  options.url = url;
  options.patience = std::chrono::seconds(60);  // on a busy machine a connection may take a while
  options.statementTimeout = std::chrono::seconds(60);
  auto opened = openPostgres(options);
  EXPECT_TRUE(opened) << (opened ? "" : opened.error().message);
  return opened ? std::move(*opened) : nullptr;
}

class PostgresEngine final : public EngineUnderTest {
 public:
  PostgresEngine() : url_(server().database()) {
    auto migrated = migratePostgres(url_);
    EXPECT_TRUE(migrated) << (migrated ? "" : migrated.error().message);
  }
  std::unique_ptr<Registry> open() override { return openAt(url_); }
  std::optional<std::string> plainSql(const std::string& statement) override {
    std::string error = Session(url_).exec(statement).error;
    return error.empty() ? std::nullopt : std::optional(std::move(error));
  }
  void refuseAuditRows(bool refuse) override {
    EXPECT_FALSE(plainSql(refuse
                              ? "CREATE FUNCTION full_() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION"
                                " 'full'; END $$; CREATE TRIGGER full_ BEFORE INSERT ON audit FOR EACH ROW EXECUTE"
                                " FUNCTION full_()"
                              : "DROP TRIGGER full_ ON audit"));
  }
  const std::string& url() const { return url_; }

 private:
  const std::string url_;
};

}  // namespace cairn::registry::testing
