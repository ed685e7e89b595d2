// Why the pinning service does not do what it is asked, in its specification's words.
//
// Contract: values, any thread. `reason` is for machines and has one HTTP status; `details` is for people, names what
// is wrong with their request, and tells nothing about anybody else's.
#pragma once

#include <boost/system/result.hpp>
#include <stdexcept>
#include <string>
#include <utility>

namespace cairn::pins {

struct Refusal {
  int status = 400;
  std::string reason = "BAD_REQUEST", details;
};
[[noreturn]] inline void throw_exception_from_error(const Refusal& r, const boost::source_location&) {
  throw std::runtime_error(r.details);
}
template <class T>
using Asked = boost::system::result<T, Refusal>;

inline Refusal bad(std::string details) {
  return {400, "BAD_REQUEST", std::move(details)};
}
inline Refusal notFound() {
  return {404, "NOT_FOUND", "The specified resource was not found"};
}

}  // namespace cairn::pins
