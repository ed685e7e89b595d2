// The store over kubo put together: the journal, the RPC, the carrier between them, and the thread they run on.
//
// Contract: see kubo.h. Made by openKubo(), or by open() with parts that a test puts underneath.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <future>
#include <thread>

#include "daemon/blocks/kubo/carrier.h"
#include "daemon/blocks/kubo/node_cache.h"

namespace cairn::blocks::kubo {

/// What openKubo() takes from the machine. `makeNode` is given the loop on which the node is used.
struct Seams {
  embedded::Seams journal;
  std::function<std::unique_ptr<Node>(net::io_context&)> makeNode;
};

Result<std::unique_ptr<KuboStore>> open(KuboOptions options, Seams seams);

class StoreImpl final : public KuboStore {
 public:
  StoreImpl(KuboOptions options, Seams seams, std::unique_ptr<embedded::Journal> journal);
  ~StoreImpl() override;
  /// Once, before anything else: Errc::precondition if this kubo must not be used.
  Status start();

  Task<Status> put(std::vector<Block> blocks) override;
  Task<Status> putDurably(std::vector<Block> blocks) override;
  Task<Status> sync() override;
  Task<Result<BlockData>> get(Cid cid) override;
  Task<Result<std::vector<Cid>>> missing(std::vector<Cid> cids) override;
  std::vector<bool> complete(std::span<const Cid> cids) override;
  void markComplete(std::span<const Cid> cids) override;
  Stats stats() override;
  KuboStatus kubo() override;
  void pinLater(std::string name, Cid root) override;

 private:
  Task<Status> admit(const std::vector<Block>& blocks);
  Task<Result<BlockData>> getFromKubo(Cid cid);
  Task<Result<BlockData>> ask(Cid cid);

  net::io_context io_{1};  // outlives what answers into it
  net::executor_work_guard<net::io_context::executor_type> work_{io_.get_executor()};
  std::shared_ptr<embedded::FileSystem> files_;
  std::unique_ptr<embedded::Journal> journal_;
  std::unique_ptr<Node> node_;
  NodeCache nodes_;
  Carrier carrier_;
  net::cancellation_signal cancel_, cancelPins_;
  std::promise<void> runEnded_, watchEnded_, pinsEnded_;
  bool started_ = false;
  prometheus::Histogram& readSeconds_;
  prometheus::Counter& wrongBytes_;
  std::thread thread_;
};

}  // namespace cairn::blocks::kubo
