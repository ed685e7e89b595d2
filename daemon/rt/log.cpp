#include "daemon/rt/log.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace cairn::log {
namespace {

std::atomic<Level> least{Level::info};
Format format = Format::json;
std::string node;

std::string_view name(Level l) {
  switch (l) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    case Level::error:
      return "error";
  }
  return "error";
}

void quote(std::string& out, std::string_view s) {
  out.push_back('"');
  for (char c : s) {
    auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (u < 0x20 || u == 0x7f) {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "\\u%04x", u);
      out += buffer;
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

std::string timestamp() {
  auto now = std::chrono::system_clock::now();
  auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  std::time_t seconds = ms / 1000;
  std::tm tm{};
  gmtime_r(&seconds, &tm);
  char buffer[40];
  std::size_t n = std::strftime(buffer, sizeof buffer, "%Y-%m-%dT%H:%M:%S", &tm);
  std::snprintf(buffer + n, sizeof buffer - n, ".%03dZ", static_cast<int>(ms % 1000));
  return buffer;
}

void value(std::string& out, const Field& f) {
  if (auto* s = std::get_if<std::string>(&f.value)) quote(out, *s);
  if (auto* i = std::get_if<std::int64_t>(&f.value)) out += std::to_string(*i);
  if (auto* u = std::get_if<std::uint64_t>(&f.value)) out += std::to_string(*u);
  if (auto* d = std::get_if<double>(&f.value)) out += std::isfinite(*d) ? std::to_string(*d) : "null";
  if (auto* b = std::get_if<bool>(&f.value)) out += *b ? "true" : "false";
}

}  // namespace

void configure(Level level, Format f, std::string n) {
  least = level;
  format = f;
  node = std::move(n);
}

void write(Level level, std::string_view area, std::string_view message, std::initializer_list<Field> fields) {
  if (level < least) return;
  std::string line;
  if (format == Format::json) {
    line = "{\"time\":\"" + timestamp() + "\",\"level\":\"" + std::string(name(level)) + "\",\"node\":";
    quote(line, node);
    line += ",\"area\":";
    quote(line, area);
    line += ",\"message\":";
    quote(line, message);
    for (const Field& f : fields) {
      line += ",";
      quote(line, f.name);
      line += ":";
      value(line, f);
    }
    line += "}\n";
  } else {
    line = timestamp() + " " + std::string(name(level)) + " [" + node + "/" + std::string(area) + "] " +
           std::string(message);
    for (const Field& f : fields) {
      line += " " + std::string(f.name) + "=";
      value(line, f);
    }
    line += "\n";
  }
  [[maybe_unused]] ssize_t n = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace cairn::log
