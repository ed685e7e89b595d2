#include "daemon/registry/postgres/values.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace cairn::registry::postgres {
namespace {

void putBig32(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift & 0xff));
}

}  // namespace

void Array::add(std::string_view item) {
  putBig32(items_, static_cast<std::uint32_t>(item.size()));
  items_ += item;
  ++count_;
}

std::string Array::wire() const {
  constexpr std::uint32_t kDimensions = 1, kNoNulls = 0, kLowest = 1;
  std::string out;
  for (std::uint32_t word : {kDimensions, kNoNulls, static_cast<std::uint32_t>(type_), count_, kLowest})
    putBig32(out, word);
  return out + items_;
}

std::vector<const char*> Params::pointers() const {
  std::vector<const char*> out;
  for (const std::string& value : values_) out.push_back(value.c_str());
  return out;
}

std::vector<int> Params::lengths() const {
  std::vector<int> out;
  for (const std::string& value : values_) out.push_back(static_cast<int>(value.size()));
  return out;
}

std::uint64_t Rows::affected() const {
  const std::string_view text = result_ ? PQcmdTuples(result_.get()) : "";
  std::uint64_t n = 0;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

std::int64_t Rows::integer(int row, int column) const {
  const char* text = PQgetvalue(result_.get(), row, column);
  std::int64_t n = 0;
  std::from_chars(text, text + PQgetlength(result_.get(), row, column), n);
  return n;
}

Bytes Rows::blob(int row, int column) const {
  std::string_view hex(PQgetvalue(result_.get(), row, column),
                       static_cast<std::size_t>(PQgetlength(result_.get(), row, column)));
  if (!hex.starts_with("\\x")) return {};
  return fromHex(hex.substr(2)).value_or(Bytes());
}

std::string textArray(const std::vector<std::string>& items) {
  std::string out = "{";
  for (const std::string& item : items) {
    if (out.size() > 1) out.push_back(',');
    out.push_back('"');
    for (char c : item) {
      if (c == '"' || c == '\\') out.push_back('\\');
      out.push_back(c);
    }
    out.push_back('"');
  }
  return out + "}";
}

std::uint64_t atMostBigint(std::uint64_t value) {
  return std::min<std::uint64_t>(value, INT64_MAX);
}

}  // namespace cairn::registry::postgres
