#include "daemon/registry/postgres/errors.h"

#include <algorithm>

namespace cairn::registry::postgres {
namespace {

struct Meaning {
  std::string_view state;  ///< an SQLSTATE or its class
  Errc code;
};

constexpr Meaning kMeanings[] = {
    {"53100", Errc::no_space},      // disk_full
    {"42501", Errc::denied},        // insufficient_privilege
    {"42P01", Errc::precondition},  // undefined_table: not migrated
    {"42703", Errc::precondition},  // undefined_column
    {"42883", Errc::precondition},  // undefined_function
    {"3F", Errc::precondition},     // invalid_schema_name
    {"22", Errc::invalid},          // data exceptions, such as text that is not UTF-8
    {"23", Errc::conflict},         // integrity constraints
    {"P0001", Errc::precondition},  // raised by our triggers
    {"28", Errc::denied},           // invalid authorization
    {"XX", Errc::corrupt},          // internal_error, data_corrupted, index_corrupted
    {"58", Errc::io},               // system errors
    {"42", Errc::internal},         // our own SQL
};

}  // namespace

Error errorOf(const Answer& answer, const std::string& doing) {
  const std::string what = "the registry could not " + doing + ": ";
  if (answer.end == Answer::End::unsent)
    return fail(Errc::unavailable, "the registry cannot be reached: " + answer.message);
  if (answer.end != Answer::End::refused)
    return fail(Errc::unavailable, what + "the connection was lost (" + answer.message + ")");
  Errc code = Errc::unavailable;
  for (const Meaning& meaning : kMeanings)
    if (answer.sqlState.starts_with(meaning.state)) {
      code = meaning.code;
      break;
    }
  return fail(code, what + answer.message + " (SQLSTATE " + answer.sqlState + ")");
}

bool again(const std::string& sqlState) {
  return sqlState == "40001" || sqlState == "40P01";
}

}  // namespace cairn::registry::postgres
