#include <charconv>
#include <chrono>

#include "daemon/bucket/past.h"

namespace cairn::bucket {
namespace {

/// Takes `digits` decimal digits off the front; nullopt when they are not there.
std::optional<int> takeNumber(std::string_view& text, std::size_t digits) {
  int value = 0;
  if (text.size() < digits) return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
  if (error != std::errc() || end != text.data() + digits || text.front() == '-') return std::nullopt;
  text.remove_prefix(digits);
  return value;
}
bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// "Z", or the minutes that +hh:mm or -hh:mm are ahead of UTC.
std::optional<int> takeZone(std::string_view& text) {
  if (take(text, 'Z')) return 0;
  const bool west = !text.empty() && text.front() == '-';
  if (!take(text, west ? '-' : '+')) return std::nullopt;
  const auto hours = takeNumber(text, 2);
  if (!hours || *hours > 23 || !take(text, ':')) return std::nullopt;
  const auto minutes = takeNumber(text, 2);
  if (!minutes || *minutes > 59) return std::nullopt;
  return (west ? -1 : 1) * (*hours * 60 + *minutes);
}

/// .1 to .999999999: to milliseconds, cut.
std::optional<int> takeFraction(std::string_view& text) {
  if (!take(text, '.')) return 0;
  int value = 0;
  std::size_t digits = 0;
  for (; !text.empty() && text.front() >= '0' && text.front() <= '9' && digits < 9; text.remove_prefix(1), ++digits)
    if (digits < 3) value = value * 10 + (text.front() - '0');
  if (digits == 0) return std::nullopt;
  for (; digits < 3; ++digits) value *= 10;
  return value;
}

std::optional<Timestamp> parseTime(std::string_view text) {
  using namespace std::chrono;
  const auto y = takeNumber(text, 4);
  if (!y || !take(text, '-')) return std::nullopt;
  const auto mo = takeNumber(text, 2);
  if (!mo || !take(text, '-')) return std::nullopt;
  const auto d = takeNumber(text, 2);
  if (!d || !take(text, 'T')) return std::nullopt;
  const auto h = takeNumber(text, 2);
  if (!h || *h > 23 || !take(text, ':')) return std::nullopt;
  const auto mi = takeNumber(text, 2);
  if (!mi || *mi > 59 || !take(text, ':')) return std::nullopt;
  const auto s = takeNumber(text, 2);
  if (!s || *s > 59) return std::nullopt;
  const auto ms = takeFraction(text);
  const auto zone = ms ? takeZone(text) : std::nullopt;
  const year_month_day date{year(*y), month(static_cast<unsigned>(*mo)), day(static_cast<unsigned>(*d))};
  if (!zone || !text.empty() || !date.ok()) return std::nullopt;
  const auto at = sys_days(date) + hours(*h) + minutes(*mi - *zone) + seconds(*s) + milliseconds(*ms);
  return Timestamp(duration_cast<milliseconds>(at.time_since_epoch()).count());
}

}  // namespace

Result<Moment> parseMoment(std::string_view text) {
  const Error wrong = fail(Errc::invalid,
                           "names no state of a bucket: give a version (17), a root's CID (baf...), or a time "
                           "(2026-01-31T12:00:00Z)");
  if (text.empty() || text.size() > 128) return wrong;
  if (text.find_first_not_of("0123456789") == std::string_view::npos) {
    std::uint64_t version = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), version);
    if (error != std::errc() || text.front() == '0' || version > INT64_MAX) return wrong;
    return Moment{Version(version)};
  }
  if (text.front() == 'b') {
    const auto cid = Cid::parse(text);
    if (!cid || cid->str() != text) return wrong;
    return Moment{*cid};
  }
  const auto time = parseTime(text);
  if (!time) return wrong;
  return Moment{*time};
}

}  // namespace cairn::bucket
