#include "daemon/pins/times.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "common/base/text.h"

namespace cairn::pins {
namespace {

using namespace std::chrono;

/// Reads as many digits, and the character behind them, if any is wanted.
std::optional<int> number(std::string_view& text, std::size_t digits, std::string_view behind) {
  if (text.size() < digits + (behind.empty() ? 0 : 1)) return std::nullopt;
  const std::string_view part = text.substr(0, digits);
  const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
  if (!std::ranges::all_of(part, isDigit)) return std::nullopt;
  text.remove_prefix(digits);
  if (!behind.empty()) {
    if (behind.find(text.front()) == behind.npos) return std::nullopt;
    text.remove_prefix(1);
  }
  return static_cast<int>(parseDecimal(part).value_or(0));
}

/// ".123456": the milliseconds.
bool fraction(std::string_view& text, ParsedTime& out) {
  if (text.empty() || text.front() != '.') return true;
  text.remove_prefix(1);
  std::size_t digits = 0;
  std::int64_t value = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9'; ++digits) {
    if (digits < 3) value = value * 10 + (text[digits] - '0');
    if (digits >= 3 && text[digits] != '0') out.rounded = true;
  }
  for (std::size_t i = digits; i < 3; ++i) value *= 10;
  text.remove_prefix(digits);
  out.time = Timestamp(value);
  return digits > 0;
}

/// "Z" or "+01:30", as minutes.
std::optional<int> offset(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  if (text.size() != 6 || (text.front() != '+' && text.front() != '-')) return std::nullopt;
  const int sign = text.front() == '-' ? -1 : 1;
  text.remove_prefix(1);
  const auto h = number(text, 2, ":"), m = number(text, 2, "");
  if (!h || !m || *h > 23 || *m > 59) return std::nullopt;
  return sign * (*h * 60 + *m);
}

}  // namespace

std::string timeText(Timestamp time) {
  const sys_time<milliseconds> at{milliseconds(time.get())};
  const auto day = floor<days>(at);
  const year_month_day date(day);
  const hh_mm_ss clock(at - day);
  char text[48];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return text;
}

std::optional<ParsedTime> parseTime(std::string_view text) {
  ParsedTime out;
  const auto y = number(text, 4, "-"), mo = number(text, 2, "-"), d = number(text, 2, "Tt ");
  const auto h = number(text, 2, ":"), mi = number(text, 2, ":"), s = number(text, 2, "");
  if (!y || !mo || !d || !h || !mi || !s || *h > 23 || *mi > 59 || *s > 60) return std::nullopt;
  if (!fraction(text, out)) return std::nullopt;
  const auto minutesEast = offset(text);
  const year_month_day date{year(*y), month(static_cast<unsigned>(*mo)), day(static_cast<unsigned>(*d))};
  if (!minutesEast || !date.ok()) return std::nullopt;
  const auto at = sys_days(date) + hours(*h) + minutes(*mi - *minutesEast) + seconds(*s);
  out.time = Timestamp(duration_cast<milliseconds>(at.time_since_epoch()).count() + out.time.get());
  return out;
}

}  // namespace cairn::pins
