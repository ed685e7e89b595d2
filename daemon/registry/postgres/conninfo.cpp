#include "daemon/registry/postgres/conninfo.h"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>

namespace cairn::registry::postgres {
namespace {

/// The n-th of a list with commas; a list of one stands for all.
std::string part(const std::string& list, std::size_t n) {
  if (list.find(',') == list.npos) return list;
  std::size_t from = 0;
  for (; n > 0; --n) {
    from = list.find(',', from);
    if (from == list.npos) return {};
    ++from;
  }
  return list.substr(from, list.find(',', from) - from);
}

std::size_t parts(const std::string& list) {
  return 1 + static_cast<std::size_t>(std::count(list.begin(), list.end(), ','));
}

void addDefaults(Keywords& k) {
  k.try_emplace("target_session_attrs", "read-write");
  // A peer that went away without a word is noticed within seconds, also under a flip, which has no timeout.
  k.try_emplace("keepalives_idle", "5");
  k.try_emplace("keepalives_interval", "2");
  k.try_emplace("keepalives_count", "3");
  k.try_emplace("tcp_user_timeout", "10000");
  k.try_emplace("application_name", "cairnd");
  k["client_encoding"] = "UTF8";
}

}  // namespace

Result<std::vector<Keywords>> parseConninfo(const std::string& url) {
  if (url.find('\0') != url.npos) return fail(Errc::invalid, "the registry's address holds a NUL");
  char* message = nullptr;
  std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(PQconninfoParse(url.c_str(), &message),
                                                                      PQconninfoFree);
  // libpq's message may quote the string, and with it a password.
  std::unique_ptr<char, decltype(&PQfreemem)> freed(message, PQfreemem);
  if (!parsed)
    return fail(Errc::invalid,
                "the registry's address is no PostgreSQL connection string, such as"
                " postgresql://user@host:5432/database");
  Keywords all;
  for (const PQconninfoOption* o = parsed.get(); o->keyword != nullptr; ++o)
    if (o->val != nullptr && *o->val != '\0') all[o->keyword] = o->val;
  const std::size_t hosts = std::max(parts(all["host"]), parts(all["hostaddr"]));
  std::vector<Keywords> out;
  for (std::size_t n = 0; n < hosts; ++n) {
    Keywords one = all;
    for (const char* list : {"host", "hostaddr", "port"}) {
      one[list] = part(all[list], n);
      if (one[list].empty()) one.erase(list);
    }
    addDefaults(one);
    out.push_back(std::move(one));
  }
  return out;
}

std::string describe(const Keywords& k) {
  auto get = [&](const char* name, const char* otherwise) {
    auto found = k.find(name);
    return found == k.end() ? std::string(otherwise) : found->second;
  };
  return get("host", get("hostaddr", "the local socket").c_str()) + ":" + get("port", "5432") + "/" +
         get("dbname", "") + " as " + get("user", "this user");
}

}  // namespace cairn::registry::postgres
