#include "daemon/s3/dates.h"

#include <array>
#include <chrono>

namespace cairn::s3 {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct Civil {
  int year = 1970;
  unsigned month = 1, day = 1, weekday = 4;
  unsigned hour = 0, minute = 0, second = 0, millisecond = 0;
};

Civil civil(Timestamp at) {
  using namespace std::chrono;
  const sys_time<milliseconds> time{milliseconds(at.get())};
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const auto rest = static_cast<unsigned>((time - day).count());
  Civil c;
  c.year = static_cast<int>(date.year());
  c.month = static_cast<unsigned>(date.month());
  c.day = static_cast<unsigned>(date.day());
  c.weekday = weekday(day).c_encoding();
  c.hour = rest / 3'600'000;
  c.minute = rest / 60'000 % 60;
  c.second = rest / 1000 % 60;
  c.millisecond = rest % 1000;
  return c;
}

std::optional<Timestamp> fromCivil(const Civil& c) {
  using namespace std::chrono;
  const year_month_day date{year(c.year), month(c.month), day(c.day)};
  if (!date.ok() || c.hour > 23 || c.minute > 59 || c.second > 60) return std::nullopt;
  const auto time =
      sys_days(date) + hours(c.hour) + minutes(c.minute) + seconds(c.second) + milliseconds(c.millisecond);
  return Timestamp(duration_cast<milliseconds>(time.time_since_epoch()).count());
}

void digits(std::string& out, unsigned value, int width) {
  char buffer[10];
  for (int i = width; i-- > 0; value /= 10) buffer[i] = static_cast<char>('0' + value % 10);
  out.append(buffer, static_cast<std::size_t>(width));
}

/// Reads a text from the left; `ok` stays false once something did not fit.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : left_(text) {}
  unsigned number(std::size_t width) {
    if (left_.size() < width) return bad();
    unsigned value = 0;
    for (std::size_t i = 0; i < width; ++i) {
      if (left_[i] < '0' || left_[i] > '9') return bad();
      value = value * 10 + static_cast<unsigned>(left_[i] - '0');
    }
    left_.remove_prefix(width);
    return value;
  }
  void literal(std::string_view text) {
    if (left_.starts_with(text))
      left_.remove_prefix(text.size());
    else
      bad();
  }
  template <std::size_t N>
  unsigned word(const std::array<std::string_view, N>& words) {
    for (std::size_t i = 0; i < N; ++i) {
      if (!left_.starts_with(words[i])) continue;
      left_.remove_prefix(words[i].size());
      return static_cast<unsigned>(i);
    }
    return bad();
  }
  bool accept(std::string_view text) {
    if (!left_.starts_with(text)) return false;
    left_.remove_prefix(text.size());
    return true;
  }
  void clock(Civil& c) {
    c.hour = number(2);
    literal(":");
    c.minute = number(2);
    literal(":");
    c.second = number(2);
  }
  bool done() const { return ok_ && left_.empty(); }
  bool ok() const { return ok_; }

 private:
  unsigned bad() {
    ok_ = false;
    return 0;
  }
  std::string_view left_;
  bool ok_ = true;
};

/// Sun, 06 Nov 1994 08:49:37 GMT
std::optional<Timestamp> parseFixdate(std::string_view text) {
  Scanner in(text);
  Civil c;
  in.word(kDays);
  in.literal(", ");
  c.day = in.number(2);
  in.literal(" ");
  c.month = in.word(kMonths) + 1;
  in.literal(" ");
  c.year = static_cast<int>(in.number(4));
  in.literal(" ");
  in.clock(c);
  in.literal(" GMT");
  return in.done() ? fromCivil(c) : std::nullopt;
}

/// Sunday, 06-Nov-94 08:49:37 GMT
std::optional<Timestamp> parseRfc850(std::string_view text, Timestamp now) {
  Scanner in(text);
  Civil c;
  in.word(kLongDays);
  in.literal(", ");
  c.day = in.number(2);
  in.literal("-");
  c.month = in.word(kMonths) + 1;
  in.literal("-");
  const int thisYear = civil(now).year;
  c.year = thisYear / 100 * 100 + static_cast<int>(in.number(2));
  if (c.year > thisYear + 50) c.year -= 100;
  in.literal(" ");
  in.clock(c);
  in.literal(" GMT");
  return in.done() ? fromCivil(c) : std::nullopt;
}

/// Sun Nov  6 08:49:37 1994
std::optional<Timestamp> parseAsctime(std::string_view text) {
  Scanner in(text);
  Civil c;
  in.word(kDays);
  in.literal(" ");
  c.month = in.word(kMonths) + 1;
  in.literal(" ");
  c.day = in.accept(" ") ? in.number(1) : in.number(2);
  in.literal(" ");
  in.clock(c);
  in.literal(" ");
  c.year = static_cast<int>(in.number(4));
  return in.done() ? fromCivil(c) : std::nullopt;
}

}  // namespace

std::string httpDate(Timestamp at) {
  const Civil c = civil(at);
  std::string out;
  out.reserve(29);
  out.append(kDays[c.weekday]).append(", ");
  digits(out, c.day, 2);
  out.append(" ").append(kMonths[c.month - 1]).append(" ");
  digits(out, static_cast<unsigned>(c.year), 4);
  out.append(" ");
  digits(out, c.hour, 2);
  out.append(":");
  digits(out, c.minute, 2);
  out.append(":");
  digits(out, c.second, 2);
  out.append(" GMT");
  return out;
}

void appendIsoDate(std::string& out, Timestamp at) {
  const Civil c = civil(at);
  digits(out, static_cast<unsigned>(c.year), 4);
  out += '-';
  digits(out, c.month, 2);
  out += '-';
  digits(out, c.day, 2);
  out += 'T';
  digits(out, c.hour, 2);
  out += ':';
  digits(out, c.minute, 2);
  out += ':';
  digits(out, c.second, 2);
  out += '.';
  digits(out, c.millisecond, 3);
  out += 'Z';
}

std::string isoDate(Timestamp at) {
  std::string out;
  out.reserve(24);
  appendIsoDate(out, at);
  return out;
}

std::optional<Timestamp> parseHttpDate(std::string_view text, Timestamp now) {
  if (auto at = parseFixdate(text)) return at;
  if (auto at = parseRfc850(text, now)) return at;
  return parseAsctime(text);
}

std::optional<Timestamp> parseIsoDate(std::string_view text) {
  Scanner in(text);
  Civil c;
  c.year = static_cast<int>(in.number(4));
  in.literal("-");
  c.month = in.number(2);
  in.literal("-");
  c.day = in.number(2);
  in.literal("T");
  in.clock(c);
  if (in.ok() && in.accept(".")) c.millisecond = in.number(3);
  in.literal("Z");
  return in.done() ? fromCivil(c) : std::nullopt;
}

}  // namespace cairn::s3
