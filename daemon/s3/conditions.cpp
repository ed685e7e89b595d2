#include "daemon/s3/conditions.h"

#include <algorithm>

#include "daemon/s3/dates.h"

namespace cairn::s3 {
namespace {

std::int64_t seconds(Timestamp at) {
  const std::int64_t ms = at.get();
  return ms >= 0 ? ms / 1000 : (ms - 999) / 1000;
}

bool matches(const std::vector<std::string>& tags, const bucket::Entry& entry) {
  const std::string etag = entry.etag.str();
  return std::any_of(tags.begin(), tags.end(), [&](const std::string& t) { return t == "*" || t == etag; });
}

bool isSpace(char c) {
  return c == ' ' || c == '\t';
}

}  // namespace

Verdict checkRead(const ReadConditions& c, const bucket::Entry& entry) {
  if (!c.ifMatch.empty()) {
    if (!matches(c.ifMatch, entry)) return Verdict::failed;
  } else if (c.ifUnmodifiedSince && seconds(entry.modified) > seconds(*c.ifUnmodifiedSince)) {
    return Verdict::failed;
  }
  if (!c.ifNoneMatch.empty()) {
    if (matches(c.ifNoneMatch, entry)) return Verdict::not_modified;
  } else if (c.ifModifiedSince && seconds(entry.modified) <= seconds(*c.ifModifiedSince)) {
    return Verdict::not_modified;
  }
  return Verdict::go_on;
}

std::vector<std::string> parseEntityTags(std::string_view header, bool weakTags) {
  std::vector<std::string> tags;
  std::size_t i = 0;
  while (i < header.size()) {
    if (isSpace(header[i]) || header[i] == ',') {
      ++i;
      continue;
    }
    const std::size_t begin = i;
    const bool weak = header.substr(i).starts_with("W/\"");
    if (weak) i += 2;
    if (header[i] == '"') {
      // A quoted tag may hold commas.
      const auto close = std::min(header.find('"', i + 1), header.size());
      const auto end = std::min(close + 1, header.size());
      if (weak && !weakTags)
        tags.emplace_back(header.substr(begin, end - begin));
      else
        tags.emplace_back(header.substr(i + 1, close - i - 1));
      i = end;
      continue;
    }
    auto end = std::min(header.find(',', i), header.size());
    i = end;
    while (end > begin && isSpace(header[end - 1])) --end;
    tags.emplace_back(header.substr(begin, end - begin));
  }
  return tags;
}

bool rangeStillValid(std::string_view ifRange, const bucket::Entry& entry, Timestamp now) {
  if (const auto date = parseHttpDate(ifRange, now)) return seconds(entry.modified) <= seconds(*date);
  const auto tags = parseEntityTags(ifRange, false);
  return tags.size() == 1 && tags.front() != "*" && matches(tags, entry);
}

}  // namespace cairn::s3
