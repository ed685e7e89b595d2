// Reading a JSON object that has the members it should.
//
// Contract: internal to common/identity. The first thing that is wrong is kept, and what is taken after that is empty,
// so an object is read straight through and checked once at the end. Integers are 0 to 2^53 - 1, written as such.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <span>

#include "common/base/json.h"
#include "common/base/result.h"
#include "common/base/text.h"

namespace cairn::identity {

/// The members of an object: those named, each of the kind asked for, and no others unless they are passed over.
class Members {
 public:
  static constexpr std::uint64_t kMostInteger = (1ULL << 53) - 1;  ///< what JSON.stringify writes as it is
  /// What is done about members that are not named.
  enum class Others { refused, passed_over };
  Members(const Json& object, std::initializer_list<std::string_view> names, Others others = Others::refused)
      : Members(object, std::span(names.begin(), names.size()), others) {}
  Members(const Json& object, std::span<const std::string_view> names, Others others = Others::refused)
      : object_(object) {
    if (object.kind != Json::Kind::object) {
      wrong("is not a JSON object");
      return;
    }
    for (std::string_view name : names)
      if (object.find(name) == nullptr) wrong("lacks \"" + std::string(name) + '"');
    if (others == Others::passed_over) return;
    for (const auto& [name, value] : object.members)
      if (std::find(names.begin(), names.end(), name) == names.end()) wrong("has an unknown member");
  }

  const std::string& text(std::string_view name) { return get(name, Json::Kind::text, "text").text; }
  std::int64_t integer(std::string_view name) {
    const auto value = parseDecimal(get(name, Json::Kind::number, "an integer").text);
    if (!value || *value > kMostInteger) wrong('"' + std::string(name) + "\" is no integer of this range");
    return static_cast<std::int64_t>(value.value_or(0));
  }
  bool boolean(std::string_view name) { return get(name, Json::Kind::boolean, "true or false").boolean; }
  /// Of any kind.
  const Json& value(std::string_view name) const {
    static const Json kNone;
    const Json* found = object_.find(name);
    return found == nullptr ? kNone : *found;
  }
  void wrong(std::string why) {
    if (status_) status_ = fail(Errc::invalid, "it " + std::move(why));
  }
  const Status& status() const { return status_; }

 private:
  const Json& get(std::string_view name, Json::Kind kind, const char* what) {
    static const Json kNone;
    const Json* found = object_.find(name);
    if (found != nullptr && found->kind == kind) return *found;
    wrong('"' + std::string(name) + "\" is not " + what);
    return kNone;
  }
  const Json& object_;
  Status status_;
};

}  // namespace cairn::identity
