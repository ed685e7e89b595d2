// The pinning service's parsers: whatever comes is read or refused, and what was read comes back from what is made of
// it.
//
// The first byte chooses: a body, a query, a multiaddr or a time.
#include "common/base/json.h"
#include "daemon/pins/multiaddr.h"
#include "daemon/pins/pin_request.h"
#include "daemon/pins/times.h"

namespace {

using namespace cairn;
using namespace cairn::pins;

void body(std::string_view text) {
  auto row = parsePin(text);
  if (!row) return;
  CAIRN_ASSERT(!row->root.isNull() && row->origins.size() <= 20 && row->meta.size() <= 1000);
  for (const std::string& origin : row->origins) CAIRN_ASSERT(parseMultiaddr(origin).has_value());
  CAIRN_ASSERT(registry::pinMetaOf(registry::pinMetaText(row->meta)) == row->meta);
  row->id = "0123456789abcdef0123456789abcdef";
  const auto json = readJson(statusJson(*row, {}));
  CAIRN_ASSERT(json.has_value() && json->find("pin")->find("cid")->text == row->cid);
  const Json* name = json->find("pin")->find("name");
  CAIRN_ASSERT((name == nullptr ? std::string() : name->text) == row->name);
}

void query(std::string_view text) {
  const auto filter = parseFilter(text);
  if (!filter) return;
  CAIRN_ASSERT(filter->limit >= 1 && filter->limit <= 1000 && filter->roots.size() <= 10);
}

void multiaddr(std::string_view text) {
  const auto address = parseMultiaddr(text);
  if (!address) return;
  CAIRN_ASSERT(text.size() <= kMaxMultiaddr && !address->empty());
  if (const auto gateway = gatewayOf(*address)) {
    CAIRN_ASSERT(!gateway->host.empty() && gateway->port != 0);
    for (char c : gateway->host + gateway->path) CAIRN_ASSERT(c > ' ' && c < 0x7f);
  }
  if (const auto peer = peerOf(*address)) CAIRN_ASSERT(!peer->peer.empty());
}

void time(std::string_view text) {
  const auto parsed = parseTime(text);
  if (!parsed || parsed->time.get() < 0) return;
  const auto again = parseTime(timeText(parsed->time));
  CAIRN_ASSERT(!again || again->time == parsed->time);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = asText(BytesView(data, size)).substr(1);
  constexpr void (*parsers[])(std::string_view) = {body, query, multiaddr, time};
  parsers[data[0] % 4](text);
  return 0;
}
