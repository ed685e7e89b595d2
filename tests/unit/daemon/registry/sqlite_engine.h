// A registry file in a directory of its own, for tests.
//
// Contract: ScratchFile makes the directory and removes it with all in it; SqliteEngine is the conformance suite's
// engine.
#pragma once

#include <sqlite3.h>

#include <filesystem>

#include "daemon/registry/sqlite/sqlite.h"
#include "tests/unit/daemon/registry/conformance.h"

namespace cairn::registry::testing {

class ScratchFile {
 public:
  ScratchFile() {
    std::string name = (std::filesystem::temp_directory_path() / "cairn-registry-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~ScratchFile() { std::filesystem::remove_all(directory_); }
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  std::filesystem::path path() const { return directory_ / "registry.db"; }

 private:
  std::filesystem::path directory_;
};

/// Runs SQL as any program would; the refusal, if it was refused.
inline std::optional<std::string> plainSqlite(const std::filesystem::path& path, const std::string& statement) {
  sqlite3* db = nullptr;
  sqlite3_open(path.c_str(), &db);
  sqlite3_busy_timeout(db, 10000);
  char* message = nullptr;
  std::optional<std::string> refused;
  if (sqlite3_exec(db, statement.c_str(), nullptr, nullptr, &message) != SQLITE_OK) refused = message;
  sqlite3_free(message);
  sqlite3_close(db);
  return refused;
}

class SqliteEngine final : public EngineUnderTest {
 public:
  std::unique_ptr<Registry> open() override {
    auto opened = openSqlite({file_.path(), {}, std::chrono::seconds(10)});
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().message);
    return opened ? std::move(*opened) : nullptr;
  }
  std::optional<std::string> plainSql(const std::string& statement) override {
    return plainSqlite(file_.path(), statement);
  }
  void refuseAuditRows(bool refuse) override {
    EXPECT_FALSE(plainSql(refuse ? "CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'full'); END"
                                 : "DROP TRIGGER full"));
  }

 private:
  ScratchFile file_;
};

}  // namespace cairn::registry::testing
