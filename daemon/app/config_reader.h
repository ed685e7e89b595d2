// Reads typed keys from a TOML file and the environment, collecting mistakes.
//
// Contract: one use on one thread. For each key the environment's CAIRN_SECTION_KEY wins over the file. A setter
// returns an empty text, or what is wrong with the value (a sentence that continues "[section] key "). refuseUnknown()
// names every key that was never asked for. Durations are "250ms", "10s", "5m", "1h"; sizes are bytes or "64MiB".
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "daemon/app/config.h"

namespace cairn::app {

class Reader {
 public:
  Reader(std::string file, const std::vector<std::string>& environment, std::vector<Mistake>& mistakes);
  ~Reader();
  bool good() const { return good_; }

  using TextSetter = std::function<std::string(const std::string&)>;
  void text(const char* section, const char* key, const TextSetter& set);
  /// In the environment: separated by commas.
  void texts(const char* section, const char* key,
             const std::function<std::string(const std::vector<std::string>&)>& set);
  void integer(const char* section, const char* key, std::int64_t least, std::int64_t most,
               const std::function<void(std::int64_t)>& set);
  void boolean(const char* section, const char* key, const std::function<void(bool)>& set);
  void duration(const char* section, const char* key, const std::function<void(std::chrono::milliseconds)>& set);
  void size(const char* section, const char* key, const std::function<void(std::uint64_t)>& set);
  /// [[name]] tables of texts, in order. Not in the environment.
  void tables(const char* name, const std::set<std::string>& keys,
              const std::function<std::string(const std::map<std::string, std::string>&)>& set);
  void refuseUnknown();
  void mistake(std::size_t line, std::string what);

 private:
  struct Value;
  std::unique_ptr<Value> find(const char* section, const char* key);
  void wrong(const Value& value, const std::string& what);

  struct File;
  std::string file_;
  std::map<std::string, std::string> environment_;
  std::vector<Mistake>& mistakes_;
  std::unique_ptr<File> toml_;
  std::set<std::string> asked_;  ///< "section.key", "[[name]]"
  bool good_ = false;
};

}  // namespace cairn::app
