#include <algorithm>

#include "daemon/bucket/service.h"

namespace cairn::bucket {
namespace {

bool matches(const std::vector<std::string>& tags, const Entry& present) {
  std::string own = present.etag.str();
  return std::any_of(tags.begin(), tags.end(), [&](const std::string& t) { return t == "*" || t == own; });
}

Failure refused(const char* header) {
  return {Fault::precondition_failed, std::string("the object under the key does not meet ") + header, header};
}

}  // namespace

// RFC 9110, section 13.2.2, for a method that changes state.
std::optional<Failure> checkWrite(const WriteConditions& c, const Entry* present) {
  if (!c.ifMatch.empty()) {
    if (!present) return Failure{Fault::no_such_key, "If-Match asks for an object that does not exist", "If-Match"};
    if (!matches(c.ifMatch, *present)) return refused("If-Match");
  } else if (c.ifUnmodifiedSince && present && present->modified.get() / 1000 > c.ifUnmodifiedSince->get() / 1000) {
    return refused("If-Unmodified-Since");
  }
  if (!c.ifNoneMatch.empty()) {
    if (present && matches(c.ifNoneMatch, *present)) return refused("If-None-Match");
  } else if (c.ifModifiedSince && present && present->modified.get() / 1000 <= c.ifModifiedSince->get() / 1000) {
    return refused("If-Modified-Since");
  }
  return std::nullopt;
}

}  // namespace cairn::bucket
