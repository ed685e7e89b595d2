#include "daemon/drill/counters.h"

#include <charconv>

#include "daemon/drill/s3_client.h"

namespace cairn::drill {
namespace {

std::uint64_t* memberOf(Counters& c, std::string_view name) {
  if (name == "cairn_flips_total") return &c.flips;
  if (name == "cairn_races_lost_total") return &c.lostRaces;
  if (name == "cairn_rebases_total") return &c.rebases;
  return nullptr;
}

void add(Counters& c, std::string_view line) {
  std::uint64_t* to = memberOf(c, line.substr(0, line.find_first_of(" {")));
  const std::size_t space = line.rfind(' ');
  if (to == nullptr || space == std::string_view::npos) return;
  double value = 0;
  const auto read = std::from_chars(line.data() + space + 1, line.data() + line.size(), value);
  if (read.ec == std::errc{} && value >= 0) *to += static_cast<std::uint64_t>(value);
}

std::uint64_t grown(std::uint64_t before, std::uint64_t after) {
  return after < before ? after : after - before;
}

}  // namespace

Counters parseCounters(std::string_view exposition) {
  Counters out;
  while (!exposition.empty()) {
    const std::size_t end = std::min(exposition.find('\n'), exposition.size());
    add(out, exposition.substr(0, end));
    exposition.remove_prefix(std::min(end + 1, exposition.size()));
  }
  return out;
}

Task<Result<Counters>> readCounters(http::Client& client, http::Endpoint api) {
  http::ClientRequest request;
  request.target = "/metrics";
  request.timeout = std::chrono::seconds(5);
  const std::string name = nameOf(api);
  auto response = co_await client.request(std::move(api), std::move(request));
  if (!response) co_return response.error();
  if (response->status != 200)
    co_return fail(Errc::unavailable, name + " answered " + std::to_string(response->status) + " to GET /metrics");
  Counters counters = parseCounters(asText(response->body));
  counters.api = name;
  co_return counters;
}

Counters since(const Counters& before, const Counters& after) {
  return {after.api, grown(before.flips, after.flips), grown(before.lostRaces, after.lostRaces),
          grown(before.rebases, after.rebases)};
}

}  // namespace cairn::drill
