#include "daemon/auth/uri.h"

#include <algorithm>
#include <utility>

namespace cairn::auth {
namespace {

bool unreserved(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

int hexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<std::string> percentDecode(std::string_view text, bool plusIsSpace) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '+' && plusIsSpace) {
      out += ' ';
    } else if (c != '%') {
      out += c;
    } else {
      if (text.size() - i < 3) return std::nullopt;
      const int high = hexDigit(text[i + 1]), low = hexDigit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

void appendUriEncoded(std::string& to, std::string_view text, bool keepSlash) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  for (const char c : text) {
    if (unreserved(c) || (keepSlash && c == '/')) {
      to += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      to += '%';
      to += kDigits[byte >> 4];
      to += kDigits[byte & 15];
    }
  }
}

std::optional<std::string> canonicalPath(std::string_view rawPath) {
  const auto decoded = percentDecode(rawPath, false);
  if (!decoded) return std::nullopt;
  std::string out;
  out.reserve(rawPath.size() + 8);
  appendUriEncoded(out, *decoded, true);
  if (out.empty()) out = "/";
  return out;
}

std::optional<std::vector<QueryParameter>> parseQuery(std::string_view rawQuery) {
  std::vector<QueryParameter> parameters;
  while (!rawQuery.empty()) {
    const std::size_t end = std::min(rawQuery.find('&'), rawQuery.size());
    const std::string_view piece = rawQuery.substr(0, end);
    rawQuery.remove_prefix(std::min(end + 1, rawQuery.size()));
    if (piece.empty()) continue;
    QueryParameter p;
    const std::size_t equals = piece.find('=');
    p.rawName = piece.substr(0, equals);
    if (equals != std::string_view::npos) p.rawValue = piece.substr(equals + 1);
    auto name = percentDecode(p.rawName, true);
    auto value = percentDecode(p.rawValue, true);
    if (!name || !value) return std::nullopt;
    p.name = std::move(*name);
    p.value = std::move(*value);
    parameters.push_back(std::move(p));
  }
  return parameters;
}

std::string canonicalQuery(const std::vector<QueryParameter>& parameters, bool asSent) {
  std::vector<std::pair<std::string, std::string>> encoded;
  encoded.reserve(parameters.size());
  for (const QueryParameter& p : parameters) {
    if (p.name == "X-Amz-Signature") continue;
    auto& [name, value] = encoded.emplace_back();
    if (asSent) {
      name = p.rawName;
      value = p.rawValue;
    } else {
      appendUriEncoded(name, p.name, false);
      appendUriEncoded(value, p.value, false);
    }
  }
  std::sort(encoded.begin(), encoded.end());
  std::string out;
  for (const auto& [name, value] : encoded) {
    if (!out.empty()) out += '&';
    out.append(name).append(1, '=').append(value);
  }
  return out;
}

}  // namespace cairn::auth
