// What `cairnd check-config` says of the quorum's rule and of the holders it names.
#include "daemon/app/config.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace cairn::app {
namespace {

class ConfigFile : public ::testing::Test {
 protected:
  ConfigFile() {
    std::string name = (std::filesystem::temp_directory_path() / "cairn-config-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~ConfigFile() override { std::filesystem::remove_all(directory_); }

  /// A master's configuration with this rule and more.
  Loaded loaded(const std::string& quorum, const std::string& more = {}) {
    const auto path = directory_ / "cairnd.toml";
    std::ofstream(path) << "[node]\nname = \"m1\"\ndata = \"/tmp/m1\"\n[pinning]\nquorum = \"" << quorum << "\"\n"
                        << more;
    return load(path.string(), {});
  }
  /// All mistakes, one a line.
  std::string mistakes(const std::string& quorum, const std::string& more = {}) {
    std::string all;
    for (const Mistake& m : loaded(quorum, more).mistakes) all += m.what + "\n";
    return all;
  }

 private:
  std::filesystem::path directory_;
};

TEST_F(ConfigFile, ReadsTheQuorumsRule) {
  EXPECT_EQ(mistakes("local"), "");
  const Loaded two = loaded("local + 2 of {m2, s1,s2}");
  EXPECT_TRUE(two.mistakes.empty()) << two.mistakes.front().what;
  EXPECT_EQ(two.config.quorum, 2U);
  EXPECT_EQ(two.config.quorumOf, (std::vector<std::string>{"m2", "s1", "s2"}));
}

TEST_F(ConfigFile, RefusesARuleThatCountsAHolderTwice) {
  const std::string twice = "[pinning] quorum names '";
  EXPECT_EQ(mistakes("local + 2 of {m2, m2}"), twice + "m2' twice, or this node itself\n");
  EXPECT_EQ(mistakes("local + 1 of {m1, m2}"), twice + "m1' twice, or this node itself\n");
  EXPECT_EQ(mistakes("local + 1 of {m2, s1, m2}"), twice + "m2' twice, or this node itself\n");
}

TEST_F(ConfigFile, RefusesARuleThatCannotBeMet) {
  EXPECT_NE(mistakes("local + 3 of {m2, s1}").find("asks for 3 of 2 holders"), std::string::npos);
  for (const char* rule : {"", "cluster", "local + of {m2}", "local + one of {m2}", "local + 1 of {}",
                           "local + 1 of {m2,}", "local + 1 of m2", "local + -1 of {m2}", "local + 1 of {m2} and more"})
    EXPECT_NE(mistakes(rule).find("is not \"local\", \"local + N of {name, name}\" or \"cluster:N\""),
              std::string::npos)
        << rule;
}

TEST_F(ConfigFile, RefusesAHolderListedTwiceOrUnderThisNodesName) {
  const auto holder = [](const std::string& name) {
    return "[[holders]]\nname = \"" + name + "\"\naddress = \"127.0.0.1:9002\"\nkey = \"" + std::string(64, 'a') +
           "\"\n";
  };
  EXPECT_EQ(mistakes("local", holder("s1") + holder("s2")), "");
  EXPECT_EQ(mistakes("local", holder("s1") + holder("s1")), "[[holders]] names 's1' twice, or this node itself\n");
  EXPECT_EQ(mistakes("local", holder("m1")), "[[holders]] names 'm1' twice, or this node itself\n");
}

}  // namespace
}  // namespace cairn::app
