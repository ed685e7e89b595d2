// What `cairnd check-config` says of the quorum's rule, of the holders it names, and of where the registry is.
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

  std::string write(const std::string& name, const std::string& text, unsigned mode) {
    const auto path = directory_ / name;
    std::ofstream(path) << text;
    std::filesystem::permissions(path, static_cast<std::filesystem::perms>(mode));
    return path.string();
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

TEST_F(ConfigFile, FindsTheRegistryOfEitherEngine) {
  EXPECT_EQ(loaded("local").config.registryPath, "/tmp/m1/registry.sqlite");
  const std::string postgres = "[registry]\nengine = \"postgres\"\n", url = "postgresql://cairn@db1,db2/cairn";
  const Loaded good = loaded("local", postgres + "url = \"" + url + "\"\n");
  EXPECT_TRUE(good.mistakes.empty()) << good.mistakes.front().what;
  EXPECT_EQ(good.config.registryPath, url);
  for (const std::string& more :
       {postgres, postgres + "url = \"" + url + "\"\npath = \"/x\"\n", "[registry]\nurl = \"" + url + "\"\n"})
    EXPECT_NE(mistakes("local", more).find("is used with url or url_file"), std::string::npos) << more;
  EXPECT_NE(mistakes("local", "[registry]\nengine = \"oracle\"\n").find("sqlite, postgres"), std::string::npos);
}

TEST_F(ConfigFile, TakesAPasswordFromAFileAloneAndNeverShowsIt) {
  const std::string secret = "s3cr3t", url = "postgresql://cairn:" + secret + "@db/cairn";
  const std::string postgres = "[registry]\nengine = \"postgres\"\n";
  const std::string inConfig = mistakes("local", postgres + "url = \"" + url + "\"\n");
  EXPECT_NE(inConfig.find("holds a password"), std::string::npos) << inConfig;
  EXPECT_EQ(inConfig.find(secret), std::string::npos) << inConfig;
  const auto file = write("registry.url", url + "\n", 0600);
  const std::string byFile = postgres + "url_file = \"" + file + "\"\n";
  EXPECT_EQ(loaded("local", byFile).config.registryPath, url);
  write("registry.url", url + "\n", 0644);
  EXPECT_NE(mistakes("local", byFile).find("url_file"), std::string::npos);
  write("registry.url", "postgresql://cairn:" + secret + "@db/%zz\n", 0600);
  const std::string garbled = mistakes("local", byFile);
  EXPECT_NE(garbled.find("no PostgreSQL connection string"), std::string::npos) << garbled;
  EXPECT_EQ(garbled.find(secret), std::string::npos) << garbled;
}

TEST_F(ConfigFile, ReadsWhereBlocksAreAndRefusesWhatCannotBe) {
  const Loaded kubo = loaded("local",
                             "[blocks]\nengine = \"kubo\"\nkubo_api = \"http://127.0.0.1:5009\"\n"
                             "journal = \"64MiB\"\nkubo_pin_every = \"1m\"\n");
  EXPECT_TRUE(kubo.mistakes.empty()) << kubo.mistakes.front().what;
  EXPECT_EQ(kubo.config.blocksEngine, "kubo");
  EXPECT_EQ(kubo.config.kuboApi, "http://127.0.0.1:5009");
  EXPECT_EQ(kubo.config.journalBytes, 64ULL << 20);
  EXPECT_EQ(kubo.config.kuboPinEvery, std::chrono::minutes(1));
  EXPECT_NE(mistakes("local", "[blocks]\nengine = \"ipfs\"\n").find("it can be embedded, kubo"), std::string::npos);
  EXPECT_NE(mistakes("local", "[blocks]\njournal = \"1MiB\"\n").find("journal is below 16MiB"), std::string::npos);
  for (const char* api : {"127.0.0.1:5001", "https://127.0.0.1:5001", "http://127.0.0.1:5001/api", "/ip4/127.0.0.1"})
    EXPECT_NE(mistakes("local", std::string("[blocks]\nkubo_api = \"") + api + "\"\n").find("http://host:port"),
              std::string::npos)
        << api;
}

class ClusterConfigFile : public ConfigFile {
 protected:
  const std::string cluster_ = "[cluster]\nurl = \"http://127.0.0.1:9094\"\nkubo_api = [\"http://127.0.0.1:5001\"]\n";
};

TEST_F(ClusterConfigFile, ReadsRulesWithACluster) {
  const Loaded strict = loaded("cluster:2", cluster_);
  EXPECT_TRUE(strict.mistakes.empty()) << strict.mistakes.front().what;
  EXPECT_EQ(strict.config.clusterQuorum, 2U);
  EXPECT_EQ(strict.config.quorum, 0U);
  const Loaded both = loaded("local + 1 of {m2} + cluster:1", cluster_);
  EXPECT_TRUE(both.mistakes.empty()) << both.mistakes.front().what;
  EXPECT_EQ(both.config.quorumOf, std::vector<std::string>{"m2"});
  const Loaded follows = loaded("local", "follow = \"cluster:3\"\nfollow_past_bound = \"stop\"\n" + cluster_);
  EXPECT_TRUE(follows.mistakes.empty()) << follows.mistakes.front().what;
  EXPECT_EQ(follows.config.followPeers, 3U);
  EXPECT_TRUE(follows.config.followStops);
}

TEST_F(ClusterConfigFile, RefusesRulesThatAreNone) {
  for (const char* rule : {"cluster:0", "cluster:", "cluster:-1", "cluster:2x", "cluster:101", "cluster:1 + cluster:2",
                           "local + local", "1 of {m2}", "local + 1 of {m2} + 1 of {m3}", "local +", "+ local"})
    EXPECT_NE(mistakes(rule, cluster_).find("is not \"local\", "), std::string::npos) << rule;
  for (const char* follow : {"clusters", "cluster:0", "cluster:", "m2"})
    EXPECT_NE(mistakes("local", std::string("follow = \"") + follow + "\"\n" + cluster_).find("can only be"),
              std::string::npos)
        << follow;
}

TEST_F(ClusterConfigFile, RefusesAClusterThatCannotWork) {
  const std::string missing = mistakes("cluster:2");
  EXPECT_NE(missing.find("[cluster] url is missing"), std::string::npos) << missing;
  EXPECT_NE(missing.find("[cluster] kubo_api is missing"), std::string::npos) << missing;
  EXPECT_NE(mistakes("cluster:2", "follow = \"cluster\"\n" + cluster_).find("already waits for it"), std::string::npos);
  EXPECT_NE(mistakes("cluster:2", cluster_ + "replication = 1\n").find("replication is less"), std::string::npos);
  EXPECT_NE(mistakes("local + 1 of {cluster} + cluster:1", cluster_).find("named 'cluster'"), std::string::npos);
  for (const char* url : {"ftp://host", "http://user:password@host", "http://host/?x=1", "host:9094"})
    EXPECT_NE(mistakes("local", std::string("[cluster]\nurl = \"") + url + "\"\n"), "") << url;
}

}  // namespace
}  // namespace cairn::app
