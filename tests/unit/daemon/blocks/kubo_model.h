// A kubo in memory that keeps what was synced and loses the rest, for tests of the store above it.
//
// Contract: thread-safe. What was imported is current; makeDurable() makes it durable. restart() is another process of
// the same kubo, powerCut() the same after the machine lost power: of what was not durable each block is there or not,
// as the dice say. The members that tests set change what it answers.
#pragma once

#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <set>

#include "daemon/blocks/kubo/node.h"

namespace cairn::blocks::test {

class KuboModel {
 public:
  std::atomic<bool> silent{false};        ///< nothing is answered
  std::atomic<bool> full{false};          ///< imports are refused
  std::atomic<bool> syncsNothing{false};  ///< makeDurable() lies
  std::atomic<bool> hidesRestarts{false};
  std::atomic<bool> cannotSync{false};
  std::atomic<bool> collects{false};
  std::atomic<kubo::Durability> durability{kubo::Durability::by_pin};
  std::atomic<int> pinsToRefuse{0};
  std::atomic<int> importToRefuse{0};  ///< the so-manieth from the start; 0: none
  std::atomic<int> gets{0}, imports{0};
  std::string peer = "12D3KooWmodel";

  struct Pin {
    Cid root;
    std::optional<Cid> from;
    std::string name;
  };

  void restart(std::mt19937_64& dice) {
    std::lock_guard lock(mutex_);
    ++instance_;
    lose(dice);
  }
  void powerCut(std::mt19937_64& dice) { restart(dice); }
  bool has(const Cid& cid) {
    std::lock_guard lock(mutex_);
    return current_.contains(cid);
  }
  void insert(const Block& block) {
    std::lock_guard lock(mutex_);
    current_.insert_or_assign(block.cid, block.data);
    durable_.insert_or_assign(block.cid, block.data);
  }
  void erase(const Cid& cid) {
    std::lock_guard lock(mutex_);
    current_.erase(cid);
    durable_.erase(cid);
  }
  /// A block that import() does not take.
  void refuse(const Cid& cid) {
    std::lock_guard lock(mutex_);
    refused_.insert(cid);
  }
  std::vector<Pin> pins() {
    std::lock_guard lock(mutex_);
    return pins_;
  }
  std::unique_ptr<kubo::Node> node();

 private:
  class Node;
  void lose(std::mt19937_64& dice) {
    auto kept = durable_;
    const bool all = dice() % 2 == 0;
    for (const auto& [cid, data] : current_)
      if (!all && dice() % 2 == 0) kept.insert({cid, data});
    current_ = kept;
    durable_ = std::move(kept);
  }

  std::mutex mutex_;
  std::map<Cid, BlockData> current_, durable_;
  std::set<Cid> refused_;
  std::vector<Pin> pins_;
  int instance_ = 1;
};

class KuboModel::Node final : public kubo::Node {
 public:
  explicit Node(KuboModel& model) : model_(model) {}

  Task<Result<kubo::About>> about() override {
    if (model_.silent) co_return away();
    std::lock_guard lock(model_.mutex_);
    kubo::About out;
    out.version = "0.39.0";
    out.peer = model_.peer;
    out.instance = std::to_string(model_.hidesRestarts ? 0 : model_.instance_);
    out.collects = model_.collects;
    out.durability = model_.durability;
    out.datastore = "a model";
    co_return out;
  }
  Task<Result<std::string>> instance() override {
    if (model_.silent) co_return away();
    std::lock_guard lock(model_.mutex_);
    co_return std::to_string(model_.hidesRestarts ? 0 : model_.instance_);
  }
  Task<Status> import(std::vector<Block> blocks) override {
    if (model_.silent) co_return away();
    if (model_.full) co_return fail(Errc::io, "no space left on device");
    const int which = ++model_.imports;
    net::steady_timer others(co_await net::this_coro::executor, std::chrono::milliseconds(1));  // come in between
    co_await others.async_wait(net::use_awaitable);
    if (which == model_.importToRefuse) co_return fail(Errc::io, "not this one");
    std::lock_guard lock(model_.mutex_);
    for (const Block& block : blocks)
      if (model_.refused_.contains(block.cid)) co_return fail(Errc::invalid, "import failed at block");
    for (Block& block : blocks) model_.current_.insert_or_assign(block.cid, block.data);
    co_return Status{};
  }
  Task<Status> put(Block block) override {
    if (model_.silent) co_return away();
    std::lock_guard lock(model_.mutex_);
    model_.current_.insert_or_assign(block.cid, block.data);
    co_return Status{};
  }
  Task<Result<BlockData>> get(Cid cid) override {
    ++model_.gets;
    if (model_.silent) co_return away();
    std::lock_guard lock(model_.mutex_);
    const auto found = model_.current_.find(cid);
    if (found == model_.current_.end()) co_return fail(Errc::not_found, "no such block");
    co_return found->second;
  }
  Task<Status> makeDurable(kubo::Durability) override {
    if (model_.silent || model_.cannotSync) co_return away();
    std::lock_guard lock(model_.mutex_);
    if (!model_.syncsNothing) model_.durable_ = model_.current_;
    co_return Status{};
  }
  Task<Status> pin(Cid root, std::optional<Cid> from, std::string name) override {
    if (model_.silent) co_return away();
    std::lock_guard lock(model_.mutex_);
    if (model_.pinsToRefuse > 0) {
      --model_.pinsToRefuse;
      co_return fail(Errc::io, "no space left on device");
    }
    model_.pins_.push_back({root, from, std::move(name)});
    co_return Status{};
  }

 private:
  static Error away() { return fail(Errc::unavailable, "the model does not answer"); }
  KuboModel& model_;
};

inline std::unique_ptr<kubo::Node> KuboModel::node() {
  return std::make_unique<Node>(*this);
}

}  // namespace cairn::blocks::test
