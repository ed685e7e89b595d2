#include "daemon/http/client_connection.h"

namespace cairn::http {

std::unique_ptr<ClientConnection> ClientCore::takeIdle(const Endpoint& endpoint) {
  std::vector<std::unique_ptr<ClientConnection>> stale;  // closed after the lock is gone
  std::lock_guard lock(mutex_);
  auto found = pool_.find(endpoint);
  if (found == pool_.end()) return nullptr;
  Micros oldest = nowMicros() - std::chrono::microseconds(options_.keepIdle).count();
  auto& idle = found->second;
  while (!idle.empty()) {
    auto connection = std::move(idle.back());
    idle.pop_back();
    if (connection->idleSince() >= oldest && connection->healthy()) return connection;
    stale.push_back(std::move(connection));
  }
  pool_.erase(found);
  return nullptr;
}

void ClientCore::keep(std::unique_ptr<ClientConnection> connection) {
  std::unique_ptr<ClientConnection> surplus;
  std::lock_guard lock(mutex_);
  if (closed_) {
    surplus = std::move(connection);
    return;
  }
  auto& idle = pool_[connection->endpoint()];
  if (idle.size() >= options_.idlePerEndpoint) {
    surplus = std::move(idle.front());
    idle.erase(idle.begin());
  }
  idle.push_back(std::move(connection));
}

void ClientCore::closeIdle(bool forGood) {
  Pool closing;
  std::lock_guard lock(mutex_);
  closed_ = closed_ || forGood;
  closing.swap(pool_);
}

std::size_t ClientCore::idle() const {
  std::lock_guard lock(mutex_);
  std::size_t n = 0;
  for (auto& [endpoint, idle] : pool_) n += idle.size();
  return n;
}

Result<std::shared_ptr<SslContext>> ClientCore::tls(bool pinned) {
  std::lock_guard lock(mutex_);
  auto& context = tls_[pinned ? 1 : 0];
  if (!context) {
    auto made = makeClientContext({options_.certPem, options_.keyPem, options_.caPem}, pinned);
    if (!made) return made.error();
    context = *made;
  }
  return context;
}

}  // namespace cairn::http
