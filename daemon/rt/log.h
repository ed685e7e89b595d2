// Structured logs: one JSON object a line on standard error (journald keeps it whole), or readable text on a terminal.
//
// Contract: thread-safe, a line is written with one write(2). Field values are escaped. Callers never pass a secret.
//   log::info("bucket", "flip lost", {{"bucket", name}, {"version", 12}});
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace cairn::log {

enum class Level { debug, info, warning, error };
enum class Format { json, text };

struct Field {
  std::string_view name;
  std::variant<std::string, std::int64_t, std::uint64_t, double, bool> value;
  Field(std::string_view n, std::string_view v) : name(n), value(std::string(v)) {}
  Field(std::string_view n, const char* v) : name(n), value(std::string(v)) {}
  Field(std::string_view n, const std::string& v) : name(n), value(v) {}
  Field(std::string_view n, bool v) : name(n), value(v) {}
  Field(std::string_view n, double v) : name(n), value(v) {}
  template <class Int>
    requires std::is_integral_v<Int>
  Field(std::string_view n, Int v) : name(n) {
    if constexpr (std::is_signed_v<Int>)
      value = static_cast<std::int64_t>(v);
    else
      value = static_cast<std::uint64_t>(v);
  }
};

/// Set once at start-up, before threads. `node` is put on every line.
void configure(Level least, Format format, std::string node);

void write(Level level, std::string_view area, std::string_view message, std::initializer_list<Field> fields);

inline void debug(std::string_view area, std::string_view m, std::initializer_list<Field> f = {}) {
  write(Level::debug, area, m, f);
}
inline void info(std::string_view area, std::string_view m, std::initializer_list<Field> f = {}) {
  write(Level::info, area, m, f);
}
inline void warning(std::string_view area, std::string_view m, std::initializer_list<Field> f = {}) {
  write(Level::warning, area, m, f);
}
inline void error(std::string_view area, std::string_view m, std::initializer_list<Field> f = {}) {
  write(Level::error, area, m, f);
}

}  // namespace cairn::log
