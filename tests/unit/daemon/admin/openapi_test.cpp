// The door's table of routes and docs/openapi.yaml say the same paths, and the document names every message's fields.

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "common/api/past.h"
#include "daemon/admin/routes.h"

namespace cairn::admin {
namespace {

/// Keys at `indent` spaces under the top-level key `section:`.
std::set<std::string> keysUnder(const std::string& section, std::size_t indent) {
  std::ifstream file(CAIRN_OPENAPI);
  EXPECT_TRUE(file) << CAIRN_OPENAPI;
  std::set<std::string> keys;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != ' ' && line[0] != '#') inside = line.starts_with(section + ":");
    const auto first = line.find_first_not_of(' ');
    const auto colon = line.find(':');
    if (inside && first == indent && colon != std::string::npos) keys.insert(line.substr(first, colon - first));
  }
  return keys;
}

TEST(OpenApi, ListsExactlyTheRoutesOfTheDoor) {
  std::set<std::string> table;
  for (const Route& route : routes()) table.emplace(route.path);
  table.emplace("/auth/v1/challenge");  // AuthDoor's only page
  EXPECT_EQ(keysUnder("paths", 2), table);
}

TEST(OpenApi, DescribesEveryFieldThatAMessageHas) {
  std::ifstream file(CAIRN_OPENAPI);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  const auto expectFields = [&text](const std::string& json) {
    for (std::size_t at = json.find('"'); at != std::string::npos;) {
      const auto end = json.find('"', at + 1);
      const std::string name = json.substr(at + 1, end - at - 1);
      if (json.compare(end, 2, "\":") == 0) EXPECT_NE(text.find(name + ":"), std::string::npos) << name;
      at = json.find('"', end + 1);
    }
  };
  expectFields(api::toJson(api::Fleet()));
  expectFields(api::toJson(api::Masters{{api::Master()}}));
  expectFields(api::toJson(api::Buckets{{api::Bucket()}, ""}));
  expectFields(api::toJson(api::History{{}, {}, {api::HistoryRow()}, Version(1)}));
  api::BucketState state;
  state.contentsRoot = state.next = "";
  state.objects.emplace_back();
  expectFields(api::toJson(state));
  api::BucketDiff diff;
  diff.next = "";
  diff.changes.push_back({"", "", api::ObjectFacts(), api::ObjectFacts()});
  expectFields(api::toJson(diff));
  expectFields(api::toJson(api::Races{{api::Race()}}));
  expectFields(api::toJson(api::Event()));
  api::ChainStatus chain;
  chain.keys.emplace().emplace_back();
  expectFields(api::toJson(chain));
  expectFields(api::toJson(api::Operators{{api::Operator()}}));
  expectFields(api::toJson(api::Audit{{api::AuditRow()}, 1}));
  expectFields(api::toJson(api::Health()));
  expectFields(api::toJson(api::Challenge()));
  expectFields(api::toJson(api::Readiness()));
  expectFields(api::toJson(api::Problem()));
}

}  // namespace
}  // namespace cairn::admin
