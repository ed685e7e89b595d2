#include "daemon/registry/json_array.h"

namespace cairn::registry {
namespace {

void quote(std::string& out, std::string_view s) {
  static constexpr char digits[] = "0123456789abcdef";
  out.push_back('"');
  for (char c : s) {
    auto u = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (u < 0x20) {
      out += "\\u00";
      out.push_back(digits[u >> 4]);
      out.push_back(digits[u & 15]);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

// Only what quote() writes, and the plain escapes: these columns are written by this engine and its triggers.
bool unquote(std::string_view& in, std::string& out) {
  if (in.empty() || in.front() != '"') return false;
  in.remove_prefix(1);
  while (!in.empty() && in.front() != '"') {
    if (in.front() != '\\') {
      out.push_back(in.front());
      in.remove_prefix(1);
      continue;
    }
    if (in.size() >= 6 && in[1] == 'u') {
      auto code = fromHex(in.substr(2, 4));
      if (!code || (*code)[0] != 0 || (*code)[1] > 0x7f) return false;
      out.push_back(static_cast<char>((*code)[1]));
      in.remove_prefix(6);
      continue;
    }
    if (in.size() < 2 || (in[1] != '"' && in[1] != '\\' && in[1] != '/')) return false;
    out.push_back(in[1]);
    in.remove_prefix(2);
  }
  if (in.empty()) return false;
  in.remove_prefix(1);
  return true;
}

}  // namespace

std::string jsonArray(const std::vector<std::string>& items) {
  std::string out = "[";
  for (const auto& item : items) {
    if (out.size() > 1) out.push_back(',');
    quote(out, item);
  }
  return out + "]";
}

std::string jsonArray(const std::vector<MasterId>& items) {
  std::vector<std::string> texts;
  for (const auto& item : items) texts.push_back(item.get());
  return jsonArray(texts);
}

std::vector<std::string> parseJsonArray(std::string_view in) {
  std::vector<std::string> items;
  if (in.size() < 2 || in.front() != '[' || in.back() != ']') return {};
  in = in.substr(1, in.size() - 2);
  while (!in.empty()) {
    std::string item;
    if (!unquote(in, item)) return {};
    items.push_back(std::move(item));
    if (!in.empty() && in.front() == ',') in.remove_prefix(1);
  }
  return items;
}

}  // namespace cairn::registry
