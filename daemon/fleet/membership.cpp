#include "daemon/fleet/membership.h"

#include <charconv>

namespace cairn::fleet {

Result<Address> parseAddress(const std::string& text) {
  Error bad = fail(Errc::invalid, "'" + text + "' is not host:port (or [address]:port for IPv6)");
  std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return bad;
  std::string host = text.substr(0, colon), port = text.substr(colon + 1);
  if (host.front() == '[') {
    if (host.back() != ']') return bad;
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string::npos) {
    return bad;
  }
  unsigned number = 0;
  auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (port.empty() || error != std::errc() || end != port.data() + port.size() || number > 65535 || host.empty())
    return bad;
  return Address{host, static_cast<std::uint16_t>(number)};
}

Task<Status> Membership::refresh() {
  auto nodes = co_await registry_.masters();
  if (!nodes) co_return nodes.error();
  std::lock_guard lock(mutex_);
  nodes_.clear();
  keys_.clear();
  for (auto& n : *nodes) {
    if (!n.nodeKey.empty()) keys_.insert(n.nodeKey);
    nodes_.emplace(n.id, std::move(n));
  }
  readAt_ = clock_.steady();
  co_return Status{};
}

std::optional<registry::Master> Membership::find(const MasterId& id) const {
  std::lock_guard lock(mutex_);
  auto found = nodes_.find(id);
  return found == nodes_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<registry::Master> Membership::all() const {
  std::lock_guard lock(mutex_);
  std::vector<registry::Master> out;
  for (const auto& [id, n] : nodes_) out.push_back(n);
  return out;
}

bool Membership::knowsKey(const std::string& nodeKey) const {
  std::lock_guard lock(mutex_);
  return keys_.contains(nodeKey);
}

std::optional<Duration> Membership::age() const {
  std::lock_guard lock(mutex_);
  return readAt_ ? std::optional(clock_.steady() - *readAt_) : std::nullopt;
}

}  // namespace cairn::fleet
