#include "daemon/app/config_reader.h"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>

extern char** environ;

namespace cairn::app {

struct Reader::File {
  toml::table table;
};

/// Where a value came from and what it is: a TOML node, or the environment's text.
struct Reader::Value {
  std::string name;  ///< "[section] key" or the variable
  std::size_t line = 0;
  const toml::node* node = nullptr;
  std::string text;  ///< of the environment

  std::optional<std::string> asText() const { return node ? node->value_exact<std::string>() : std::optional(text); }
};

Reader::Reader(std::string file, const std::vector<std::string>& environment, std::vector<Mistake>& mistakes)
    : file_(std::move(file)), mistakes_(mistakes), toml_(std::make_unique<File>()) {
  for (const std::string& entry : environment) {
    std::size_t equals = entry.find('=');
    if (entry.starts_with("CAIRN_") && equals != std::string::npos)
      environment_[entry.substr(0, equals)] = entry.substr(equals + 1);
  }
  try {
    toml_->table = toml::parse_file(file_);
    good_ = true;
  } catch (const toml::parse_error& e) {
    mistakes_.push_back({file_, e.source().begin.line, std::string(e.description())});
  }
}

Reader::~Reader() = default;

void Reader::mistake(std::size_t line, std::string what) {
  mistakes_.push_back({file_, line, std::move(what)});
}

void Reader::wrong(const Value& value, const std::string& what) {
  mistakes_.push_back({value.node ? file_ : "", value.line, value.name + " " + what});
}

std::unique_ptr<Reader::Value> Reader::find(const char* section, const char* key) {
  asked_.insert(std::string(section) + "." + key);
  std::string variable = std::string("CAIRN_") + section + "_" + key;
  std::transform(variable.begin(), variable.end(), variable.begin(), [](unsigned char c) { return std::toupper(c); });
  auto value = std::make_unique<Value>();
  if (auto found = environment_.find(variable); found != environment_.end()) {
    value->name = variable;
    value->text = found->second;
    return value;
  }
  const toml::table* table = toml_->table[section].as_table();
  const toml::node* node = table ? table->get(key) : nullptr;
  if (!node) return nullptr;
  value->name = std::string("[") + section + "] " + key;
  value->line = node->source().begin.line;
  value->node = node;
  return value;
}

void Reader::text(const char* section, const char* key, const TextSetter& set) {
  auto value = find(section, key);
  if (!value) return;
  auto text = value->asText();
  if (!text) return wrong(*value, "is a text in quotes");
  if (std::string problem = set(*text); !problem.empty()) wrong(*value, problem);
}

void Reader::texts(const char* section, const char* key,
                   const std::function<std::string(const std::vector<std::string>&)>& set) {
  auto value = find(section, key);
  if (!value) return;
  std::vector<std::string> list;
  if (!value->node) {
    for (std::size_t at = 0; at < value->text.size();) {
      std::size_t comma = std::min(value->text.find(',', at), value->text.size());
      list.push_back(value->text.substr(at, comma - at));
      at = comma + 1;
    }
  } else {
    const toml::array* array = value->node->as_array();
    if (!array) return wrong(*value, "is a list of texts: [\"a\", \"b\"]");
    for (const auto& item : *array) {
      auto text = item.value_exact<std::string>();
      if (!text) return wrong(*value, "is a list of texts: [\"a\", \"b\"]");
      list.push_back(*text);
    }
  }
  if (std::string problem = set(list); !problem.empty()) wrong(*value, problem);
}

void Reader::integer(const char* section, const char* key, std::int64_t least, std::int64_t most,
                     const std::function<void(std::int64_t)>& set) {
  auto value = find(section, key);
  if (!value) return;
  std::optional<std::int64_t> number;
  if (value->node) {
    number = value->node->value_exact<std::int64_t>();
  } else {
    std::int64_t n = 0;
    const std::string& t = value->text;
    auto [end, error] = std::from_chars(t.data(), t.data() + t.size(), n);
    if (error == std::errc() && end == t.data() + t.size() && !t.empty()) number = n;
  }
  if (!number || *number < least || *number > most)
    return wrong(*value, "is a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  set(*number);
}

void Reader::boolean(const char* section, const char* key, const std::function<void(bool)>& set) {
  auto value = find(section, key);
  if (!value) return;
  std::optional<bool> flag;
  if (value->node)
    flag = value->node->value_exact<bool>();
  else if (value->text == "true" || value->text == "false")
    flag = value->text == "true";
  if (!flag) return wrong(*value, "is true or false");
  set(*flag);
}

void Reader::duration(const char* section, const char* key, const std::function<void(std::chrono::milliseconds)>& set) {
  text(section, key, [&](const std::string& t) -> std::string {
    const std::string wanted = "is a duration such as \"250ms\", \"10s\", \"5m\" or \"1h\"";
    std::int64_t n = 0;
    auto [unit, error] = std::from_chars(t.data(), t.data() + t.size(), n);
    if (error != std::errc() || n < 0 || n > 1'000'000'000) return wanted;
    std::string_view u(unit, static_cast<std::size_t>(t.data() + t.size() - unit));
    std::int64_t factor = u == "ms" ? 1 : u == "s" ? 1000 : u == "m" ? 60'000 : u == "h" ? 3'600'000 : 0;
    if (factor == 0) return wanted;
    set(std::chrono::milliseconds(n * factor));
    return {};
  });
}

void Reader::size(const char* section, const char* key, const std::function<void(std::uint64_t)>& set) {
  text(section, key, [&](const std::string& t) -> std::string {
    const std::string wanted = "is a size such as \"64MiB\", \"10GiB\" or \"4096\"";
    std::uint64_t n = 0;
    auto [unit, error] = std::from_chars(t.data(), t.data() + t.size(), n);
    if (error != std::errc() || n > (1ULL << 40)) return wanted;
    std::string_view u(unit, static_cast<std::size_t>(t.data() + t.size() - unit));
    int shift = u.empty() || u == "B" ? 0 : u == "KiB" ? 10 : u == "MiB" ? 20 : u == "GiB" ? 30 : u == "TiB" ? 40 : -1;
    if (shift < 0 || (shift > 0 && n >> (60 - shift) != 0)) return wanted;
    set(n << shift);
    return {};
  });
}

void Reader::tables(const char* name, const std::set<std::string>& keys,
                    const std::function<std::string(const std::map<std::string, std::string>&)>& set) {
  asked_.insert(std::string("[[") + name + "]]");
  const toml::node* node = toml_->table.get(name);
  if (!node) return;
  const toml::array* array = node->as_array();
  if (!array) return mistake(node->source().begin.line, std::string("[[") + name + "]] is written with two brackets");
  for (const auto& item : *array) {
    std::size_t line = item.source().begin.line;
    const toml::table* table = item.as_table();
    if (!table) return mistake(line, std::string("[[") + name + "]] is a table");
    std::map<std::string, std::string> texts;
    for (const auto& [key, value] : *table) {
      auto text = value.value_exact<std::string>();
      if (!keys.contains(std::string(key.str())))
        mistake(value.source().begin.line, std::string("[[") + name + "]] has no key '" + std::string(key.str()) + "'");
      else if (!text)
        mistake(value.source().begin.line,
                std::string("[[") + name + "]] " + std::string(key.str()) + " is a text in quotes");
      else
        texts[std::string(key.str())] = *text;
    }
    if (std::string problem = set(texts); !problem.empty()) mistake(line, std::string("[[") + name + "]] " + problem);
  }
}

void Reader::refuseUnknown() {
  for (const auto& [section, node] : toml_->table) {
    std::string name(section.str());
    if (asked_.contains("[[" + name + "]]")) continue;
    const toml::table* table = node.as_table();
    bool known =
        std::any_of(asked_.begin(), asked_.end(), [&](const std::string& a) { return a.starts_with(name + "."); });
    if (!known || !table) {
      mistake(node.source().begin.line, "there is no section [" + name + "]");
      continue;
    }
    for (const auto& [key, value] : *table)
      if (!asked_.contains(name + "." + std::string(key.str())))
        mistake(value.source().begin.line, "[" + name + "] has no key '" + std::string(key.str()) + "'");
  }
}

std::vector<std::string> processEnvironment() {
  std::vector<std::string> out;
  for (char** e = environ; *e != nullptr; ++e) out.emplace_back(*e);
  return out;
}

}  // namespace cairn::app
