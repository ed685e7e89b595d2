// One master's S3 door on an ephemeral port, over the real bucket service, an SQLite registry and an embedded block
// store in a directory of their own.
//
// Contract: everything started is stopped and the directory removed by the destructor. Callers are known by a JWT,
// since what SigV4 proves is tested where it lives. request() blocks; one test at a time uses a Rig.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <filesystem>
#include <thread>

#include "daemon/auth/authenticator.h"
#include "daemon/blocks/embedded/embedded.h"
#include "daemon/bucket/local_service.h"
#include "daemon/http/client.h"
#include "daemon/http/server.h"
#include "daemon/pinning/fetch.h"
#include "daemon/pinning/local.h"
#include "daemon/registry/sqlite/sqlite.h"
#include "daemon/s3/door.h"

namespace cairn::s3::test {

/// HS256 token of `subject`, made with the Rig's secret.
std::string tokenFor(const std::string& subject);

class UnsignedReceipts final : public bucket::Receipts {
 public:
  Bytes make(const registry::FlipRequest& flip, BytesView) override { return toBytes(flip.commit.bytes); }
};

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Answered {
  int status = 0;
  http::Headers headers;
  std::string body;
  std::string header(std::string_view name) const { return std::string(headers.find(name).value_or("")); }
  /// Text between <element> and </element>, the first time.
  std::string element(const std::string& name) const;
  std::string code() const { return element("Code"); }
};

class Rig {
 public:
  Rig();
  ~Rig();
  Answered request(const std::string& method, const std::string& target, const std::string& body = {},
                   const Fields& headers = {}, const std::string& owner = "alice");
  Answered anonymous(const std::string& method, const std::string& target, const Fields& headers = {});
  http::Endpoint endpoint() const { return {"127.0.0.1", server_->port(), false, {}}; }

 private:
  Answered send(http::ClientRequest request);
  template <class T>
  T run(Task<T> task) {
    return net::co_spawn(net::make_strand(io_), std::move(task), net::use_future).get();
  }

  std::filesystem::path directory_;
  net::io_context io_;
  std::optional<net::executor_work_guard<net::io_context::executor_type>> work_;
  std::vector<std::thread> threads_;
  std::unique_ptr<Clock> clock_;
  std::unique_ptr<Random> random_;
  std::unique_ptr<registry::Registry> registry_;
  std::unique_ptr<blocks::EmbeddedStore> store_;
  std::unique_ptr<pinning::Fetcher> source_;
  std::unique_ptr<pinning::Quorum> quorum_;
  std::unique_ptr<bucket::index::NodeSource> nodes_;
  std::unique_ptr<bucket::Roots> roots_;
  UnsignedReceipts receipts_;
  bucket::Writer writer_;
  std::unique_ptr<bucket::EngineContext> context_;
  std::unique_ptr<bucket::Service> service_;
  std::unique_ptr<auth::Authenticator> authenticator_;
  std::unique_ptr<Door> door_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<http::Client> client_;
};

}  // namespace cairn::s3::test
