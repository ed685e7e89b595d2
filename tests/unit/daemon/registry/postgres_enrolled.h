// A registry on PostgreSQL with one master enrolled, for tests of its flips.
//
// Contract: next() reads the bucket's row and makes a flip that expects it; flip() runs one to its end.
#pragma once

#include "tests/unit/daemon/registry/postgres_engine.h"

namespace cairn::registry::testing {

inline std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

/// A registry with one master enrolled.
struct Enrolled {
  explicit Enrolled(const std::string& url, std::chrono::milliseconds patience = std::chrono::seconds(60),
                    std::size_t flipSessions = 4, const std::string& name = "m1")
      : id(name) {
    PostgresOptions options;
    options.url = url;
    options.patience = patience;
    options.flipSessions = flipSessions;
    auto opened = openPostgres(options);
    EXPECT_TRUE(opened) << (opened ? "" : opened.error().message);
    registry = std::move(*opened);
    Master m;
    m.id = id;
    m.cas = true;
    epoch = run(registry->registerMaster(m))->epoch;
  }
  FlipRequest next(const std::string& bucket, const std::string& root) {
    FlipRequest r;
    r.bucket = bucketNamed(bucket);
    auto row = run(registry->read(r.bucket));
    EXPECT_TRUE(row);
    r.expectedRoot = row->root;
    r.expectedVersion = row->version;
    r.nextRoot = rootNamed(root);
    r.commit = newCommitId(*random);
    r.master = id;
    r.epoch = epoch;
    return r;
  }
  FlipResult flip(const FlipRequest& r) { return run(registry->flip(r)); }
  /// Whose commit the version after the expected one is; nullopt: there is none.
  std::optional<CommitId> decided(const FlipRequest& r) {
    const Version decisive(r.expectedVersion.get() + 1);
    auto rows = run(registry->history(r.bucket, decisive, decisive, 1));
    EXPECT_TRUE(rows) << (rows ? "" : rows.error().message);
    return rows && !rows->empty() ? std::optional(rows->front().commit) : std::nullopt;
  }

  const MasterId id;
  std::unique_ptr<Random> random = systemRandom();
  std::unique_ptr<Registry> registry;
  Epoch epoch;
};

}  // namespace cairn::registry::testing
