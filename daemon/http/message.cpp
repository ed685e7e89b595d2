#include "daemon/http/message.h"

namespace cairn::http {
Headers::Headers(std::initializer_list<Header> fields) {
  for (const Header& f : fields) add(f.name, f.value);
}

void Headers::add(std::string_view name, std::string_view value) {
  entries_.push_back({static_cast<std::uint32_t>(arena_.size()), static_cast<std::uint32_t>(name.size()),
                      static_cast<std::uint32_t>(value.size())});
  arena_.append(name).append(value);
}

void Headers::set(std::string_view name, std::string_view value) {
  // The arguments may look into this very object, whose arena is about to grow.
  std::string ownName(name), ownValue(value);
  remove(ownName);
  add(ownName, ownValue);
}

std::size_t Headers::remove(std::string_view name) {
  std::string own(name);
  return std::erase_if(entries_,
                       [&](const Entry& e) { return sameIgnoringCase({arena_.data() + e.at, e.nameSize}, own); });
}

void Headers::clear() {
  arena_.clear();
  entries_.clear();
}

Header Headers::operator[](std::size_t i) const {
  const Entry& e = entries_[i];
  return {{arena_.data() + e.at, e.nameSize}, {arena_.data() + e.at + e.nameSize, e.valueSize}};
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (Header h : *this)
    if (sameIgnoringCase(h.name, name)) return h.value;
  return std::nullopt;
}

std::vector<std::string_view> Headers::findAll(std::string_view name) const {
  std::vector<std::string_view> found;
  for (Header h : *this)
    if (sameIgnoringCase(h.name, name)) found.push_back(h.value);
  return found;
}

void Request::setTarget(std::string_view raw) {
  target.assign(raw);
  std::string_view rest = target;
  if (!rest.starts_with('/')) {  // absolute-form (RFC 9112 3.2.2), which a server must accept
    std::size_t scheme = rest.find("://");
    if (scheme != rest.npos && scheme < rest.find('?')) {
      std::size_t end = rest.find_first_of("/?", scheme + 3);
      rest = end == rest.npos ? std::string_view() : rest.substr(end);
    }
  }
  std::size_t question = rest.find('?');
  hasQuery = question != rest.npos;
  path.assign(rest.substr(0, question));
  if (path.empty()) path = "/";
  rawQuery.assign(hasQuery ? rest.substr(question + 1) : std::string_view());
}

}  // namespace cairn::http
