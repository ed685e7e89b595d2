// A server on an ephemeral port, two I/O threads, and a raw blocking socket to poke it with.
//
// Contract: everything started is stopped by the destructors; raw reads give up after ten seconds, so that a hanging
// server fails a test instead of stopping the suite.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <future>
#include <thread>

#include "daemon/http/client.h"
#include "daemon/http/server.h"

namespace cairn::http::test {

class Loop {
 public:
  Loop() : work_(net::make_work_guard(io)) {
    for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { io.run(); });
  }
  ~Loop() {
    work_.reset();
    for (auto& t : threads_) t.join();
  }
  /// Runs a task on a strand of its own and waits.
  template <class T>
  T run(Task<T> task) {
    return net::co_spawn(net::make_strand(io), std::move(task), net::use_future).get();
  }
  net::io_context io;

 private:
  net::executor_work_guard<net::io_context::executor_type> work_;
  std::vector<std::thread> threads_;
};

struct Rig {
  explicit Rig(Handler handler, ServerOptions options = {}) : server(loop.io, std::move(options), std::move(handler)) {
    auto started = server.start();
    EXPECT_TRUE(started) << (started ? "" : started.error().message);
  }
  ~Rig() { loop.run(server.drain(std::chrono::milliseconds(200))); }
  Endpoint endpoint(bool tls = false, std::string peerKey = {}) const {
    return {"127.0.0.1", server.port(), tls, std::move(peerKey)};
  }
  Loop loop;
  Server server;
};

class RawSocket {
 public:
  explicit RawSocket(std::uint16_t port) : socket_(io_) {
    socket_.connect({net::ip::make_address("127.0.0.1"), port});
    timeval limit{10, 0};
    ::setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  void send(std::string_view text) { net::write(socket_, net::buffer(text)); }
  /// Sends what the peer takes; false when it is gone.
  bool trySend(std::string_view text) {
    boost::system::error_code ec;
    net::write(socket_, net::buffer(text), ec);
    return !ec;
  }
  void finishSending() { socket_.shutdown(net::socket_base::shutdown_send); }
  std::string readUntil(std::string_view mark) {
    while (buffer_.find(mark) == buffer_.npos && more()) {
    }
    std::size_t end = buffer_.find(mark);
    end = end == buffer_.npos ? buffer_.size() : end + mark.size();
    std::string got = buffer_.substr(0, end);
    buffer_.erase(0, end);
    return got;
  }
  std::string readBytes(std::size_t n) {
    while (buffer_.size() < n && more()) {
    }
    std::string got = buffer_.substr(0, n);
    buffer_.erase(0, n);
    return got;
  }
  std::string readAll() {
    while (more()) {
    }
    return std::exchange(buffer_, {});
  }
  /// Head and body of one answer with Content-Length (none = 0).
  std::string readResponse() {
    std::string head = readUntil("\r\n\r\n");
    std::size_t at = head.find("Content-Length: ");
    std::size_t n = at == head.npos ? 0 : std::stoul(head.substr(at + 16));
    return head + readBytes(n);
  }
  int fd() { return socket_.native_handle(); }

 private:
  bool more() {
    char chunk[16384];
    ssize_t n = ::recv(socket_.native_handle(), chunk, sizeof chunk, 0);
    if (n > 0) buffer_.append(chunk, static_cast<std::size_t>(n));
    return n > 0;
  }
  net::io_context io_;
  net::ip::tcp::socket socket_;
  std::string buffer_;
};

inline int statusOf(const std::string& answer) {
  return answer.size() < 12 ? 0 : std::stoi(answer.substr(9, 3));
}

/// Answers "METHOD path size-of-body".
inline Task<void> echo(Request& request, BodyReader& body, ResponseWriter& response) {
  auto bytes = co_await readAll(body, 64 * 1024 * 1024);
  std::string text =
      bytes ? request.method + " " + request.path + " " + std::to_string(bytes->size()) : bytes.error().message;
  co_await response.send({bytes ? 200 : 400, {{"X-Echo", "1"}}}, asBytes(text));
}

}  // namespace cairn::http::test
