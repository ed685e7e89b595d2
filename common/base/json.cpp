#include "common/base/json.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace cairn {
namespace {

bool isDigit(char c) {
  return c >= '0' && c <= '9';
}

void appendUtf8(std::string& to, std::uint32_t c) {
  const auto tail = [&](int shift) { to += static_cast<char>(0x80 | (c >> shift & 0x3f)); };
  if (c < 0x80) {
    to += static_cast<char>(c);
  } else if (c < 0x800) {
    to += static_cast<char>(0xc0 | c >> 6);
    tail(0);
  } else if (c < 0x10000) {
    to += static_cast<char>(0xe0 | c >> 12);
    tail(6), tail(0);
  } else {
    to += static_cast<char>(0xf0 | c >> 18);
    tail(12), tail(6), tail(0);
  }
}

class Parser {
 public:
  Parser(std::string_view text, int maxDepth) : text_(text), maxDepth_(maxDepth) {}

  Result<Json> document() {
    Json value;
    bool good = parse(value, 0);
    if (good) skipBlanks();
    if (good && at_ != text_.size()) good = refuse("something after the end of the value");
    if (good) return value;
    return cairn::fail(Errc::invalid, "not strict JSON at byte " + std::to_string(std::min(at_, text_.size())) + ": " +
                                          (reason_ != nullptr ? reason_ : "not what RFC 8259 allows here"));
  }

 private:
  /// The first reason is the one nearest to the mistake.
  bool refuse(const char* reason) {
    if (reason_ == nullptr) reason_ = reason;
    return false;
  }
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (peek() != c || at_ == text_.size()) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void skipBlanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r') ++at_;
  }

  bool parse(Json& value, int depth) {
    if (depth > maxDepth_) return refuse("nested too deeply");
    skipBlanks();
    switch (peek()) {
      case '{':
        value.kind = Json::Kind::object;
        return object(value, depth);
      case '[':
        value.kind = Json::Kind::array;
        return array(value, depth);
      case '"':
        value.kind = Json::Kind::text;
        return string(value.text);
      case 'n':
        return take("null");
      case 't':
        value.kind = Json::Kind::boolean;
        value.boolean = true;
        return take("true");
      case 'f':
        value.kind = Json::Kind::boolean;
        return take("false");
      default:
        value.kind = Json::Kind::number;
        return number(value);
    }
  }

  bool object(Json& value, int depth) {
    ++at_;
    skipBlanks();
    if (take('}')) return true;
    do {
      skipBlanks();
      std::string name;
      if (peek() != '"' || !string(name)) return false;
      skipBlanks();
      if (!take(':')) return false;
      const auto [place, fresh] = value.members.try_emplace(std::move(name));
      if (!fresh) return refuse("a name twice in an object");
      if (!parse(place->second, depth + 1)) return false;
      skipBlanks();
    } while (take(','));
    return take('}');
  }

  bool array(Json& value, int depth) {
    ++at_;
    skipBlanks();
    if (take(']')) return true;
    do {
      if (!parse(value.items.emplace_back(), depth + 1)) return false;
      skipBlanks();
    } while (take(','));
    return take(']');
  }

  bool number(Json& value) {
    const std::size_t start = at_;
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      if (!digits()) return false;
    }
    value.text = text_.substr(start, at_ - start);
    const auto [end, error] = std::from_chars(text_.data() + start, text_.data() + at_, value.number);
    if (error == std::errc{} && end == text_.data() + at_ && std::isfinite(value.number)) return true;
    return refuse("a number that a double cannot hold");
  }
  bool digits() {
    const std::size_t start = at_;
    while (isDigit(peek())) ++at_;
    return at_ > start;
  }

  bool string(std::string& out) {
    ++at_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) return refuse("a control character in a string");
      if (c == '\\') {
        ++at_;
        if (!escape(out)) return false;
      } else if (static_cast<unsigned char>(c) < 0x80) {
        out += c;
        ++at_;
      } else if (!utf8(out)) {
        return false;
      }
    }
    return false;
  }

  bool escape(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt", kValues = "\"\\/\b\f\n\r\t";
    if (at_ == text_.size()) return false;
    const char c = text_[at_++];
    if (const std::size_t known = kNames.find(c); known != std::string_view::npos) {
      out += kValues[known];
      return true;
    }
    std::uint32_t high = 0;
    if (c != 'u' || !hex4(high)) return false;
    if (high >= 0xdc00 && high <= 0xdfff) return refuse("half a surrogate pair");
    if (high >= 0xd800 && high <= 0xdbff) {
      std::uint32_t low = 0;
      if (!take("\\u") || !hex4(low) || low < 0xdc00 || low > 0xdfff) return refuse("half a surrogate pair");
      high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    }
    appendUtf8(out, high);
    return true;
  }

  bool hex4(std::uint32_t& value) {
    if (text_.size() - at_ < 4) return false;
    const char* start = text_.data() + at_;
    const auto [end, error] = std::from_chars(start, start + 4, value, 16);
    at_ += 4;
    return error == std::errc{} && end == start + 4;
  }

  /// One multi-byte character; overlong forms, surrogates and what is past U+10FFFF are refused.
  bool utf8(std::string& out) {
    const auto first = static_cast<unsigned char>(text_[at_]);
    const int length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4 || text_.size() - at_ < static_cast<std::size_t>(length))
      return refuse("invalid UTF-8");
    std::uint32_t c = first & (0xff >> (length + 1));
    for (int i = 1; i < length; ++i) {
      const auto next = static_cast<unsigned char>(text_[at_ + static_cast<std::size_t>(i)]);
      if ((next & 0xc0) != 0x80) return refuse("invalid UTF-8");
      c = c << 6 | (next & 0x3f);
    }
    if ((length == 3 && (c < 0x800 || (c >= 0xd800 && c <= 0xdfff))) || (length == 4 && (c < 0x10000 || c > 0x10ffff)))
      return refuse("invalid UTF-8");
    out.append(text_.substr(at_, static_cast<std::size_t>(length)));
    at_ += static_cast<std::size_t>(length);
    return true;
  }

  std::string_view text_;
  int maxDepth_;
  std::size_t at_ = 0;
  const char* reason_ = nullptr;
};

}  // namespace

const Json* Json::find(std::string_view name) const {
  const auto found = members.find(name);
  return found == members.end() ? nullptr : &found->second;
}

Result<Json> readJson(std::string_view text, int maxDepth) {
  return Parser(text, maxDepth).document();
}

std::optional<Json> parseJson(std::string_view text) {
  auto value = readJson(text);
  if (!value) return std::nullopt;
  return std::move(*value);
}

std::string quoteJson(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr std::string_view kShort = "\"\\\b\f\n\r\t", kLetters = "\"\\bfnrt";
  std::string out;
  out.reserve(text.size() + 2);
  out += '"';
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\')
      out += c;
    else if (const auto at = kShort.find(c); at != kShort.npos)
      (out += '\\') += kLetters[at];
    else
      ((out += "\\u00") += kHex[static_cast<std::size_t>(c >> 4)]) += kHex[static_cast<std::size_t>(c & 15)];
  }
  return out += '"';
}

}  // namespace cairn
