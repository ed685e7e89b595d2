// A line to PostgreSQL that breaks where a test wants it to.
//
// Contract: listens on a unix socket of its own and passes on what comes, on a thread of its own. cut() arms it once:
// of the connection on which the client next sends `marker`, that chunk (or its answer) is the last, as Cut says; other
// connections live on. Destruction closes everything.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace cairn::registry::testing {

enum class Cut { before_request, within_request, before_answer, within_answer };

class CuttingProxy {
 public:
  explicit CuttingProxy(const std::filesystem::path& server);
  ~CuttingProxy();
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  void cut(Cut where, std::string marker);
  /// What to name as `host`.
  const std::filesystem::path& directory() const { return directory_; }

 private:
  using Socket = boost::asio::local::stream_protocol::socket;
  struct Line;
  void accept();
  void pump(std::shared_ptr<Line> line, bool toServer);
  bool passOn(Line& line, bool toServer, std::string_view chunk);

  std::filesystem::path directory_, server_;
  boost::asio::io_context io_{1};
  boost::asio::local::stream_protocol::acceptor acceptor_{io_};
  std::mutex mutex_;
  std::string marker_;  // guarded by mutex_; empty: nothing to cut
  Cut where_{};         // guarded by mutex_
  std::thread thread_;
};

}  // namespace cairn::registry::testing
