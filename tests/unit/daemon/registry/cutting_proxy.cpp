#include "tests/unit/daemon/registry/cutting_proxy.h"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <optional>

namespace cairn::registry::testing {

namespace net = boost::asio;
using Protocol = net::local::stream_protocol;

struct CuttingProxy::Line {
  explicit Line(net::io_context& io) : client(io), server(io) {}
  void close() {
    boost::system::error_code ignored;
    client.close(ignored);
    server.close(ignored);
  }
  Socket client, server;
  std::array<std::array<char, 65536>, 2> buffers;
  std::optional<Cut> cutAnswer;
};

CuttingProxy::CuttingProxy(const std::filesystem::path& server) : server_(server / ".s.PGSQL.5432") {
  std::string name = (std::filesystem::temp_directory_path() / "cairn-proxy-XXXXXX").string();
  directory_ = ::mkdtemp(name.data());
  acceptor_.open(Protocol());
  acceptor_.bind(Protocol::endpoint((directory_ / ".s.PGSQL.5432").string()));
  acceptor_.listen();
  accept();
  thread_ = std::thread([this] { io_.run(); });
}

CuttingProxy::~CuttingProxy() {
  io_.stop();
  thread_.join();
  std::filesystem::remove_all(directory_);
}

void CuttingProxy::cut(Cut where, std::string marker) {
  std::lock_guard lock(mutex_);
  where_ = where;
  marker_ = std::move(marker);
}

void CuttingProxy::accept() {
  auto line = std::make_shared<Line>(io_);
  acceptor_.async_accept(line->client, [this, line](const boost::system::error_code& failed) {
    if (failed) return;
    boost::system::error_code refused;
    line->server.connect(Protocol::endpoint(server_.string()), refused);
    if (!refused) {
      pump(line, true);
      pump(line, false);
    }
    accept();
  });
}

void CuttingProxy::pump(std::shared_ptr<Line> line, bool toServer) {
  auto& buffer = line->buffers[toServer ? 0 : 1];
  Socket& from = toServer ? line->client : line->server;
  from.async_read_some(net::buffer(buffer),
                       [this, line, toServer, &buffer](const boost::system::error_code& failed, std::size_t size) {
                         if (failed || !passOn(*line, toServer, {buffer.data(), size})) return line->close();
                         pump(line, toServer);
                       });
}

bool CuttingProxy::passOn(Line& line, bool toServer, std::string_view chunk) {
  std::optional<Cut> cut;
  if (toServer) {
    std::lock_guard lock(mutex_);
    if (!marker_.empty() && chunk.find(marker_) != chunk.npos) {
      cut = where_;
      marker_.clear();
      if (*cut == Cut::before_answer || *cut == Cut::within_answer) line.cutAnswer = std::exchange(cut, std::nullopt);
    }
  } else {
    cut = line.cutAnswer;
  }
  const bool none = cut == Cut::before_request || cut == Cut::before_answer;
  if (cut) chunk = chunk.substr(0, none ? 0 : chunk.size() / 2);
  boost::system::error_code failed;
  net::write(toServer ? line.server : line.client, net::buffer(chunk), failed);
  return !failed && !cut;
}

}  // namespace cairn::registry::testing
