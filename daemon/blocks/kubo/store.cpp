#include "daemon/blocks/kubo/store.h"

#include <boost/asio/bind_cancellation_slot.hpp>

#include "daemon/blocks/kubo/rpc.h"
#include "daemon/rt/log.h"

namespace cairn::blocks::kubo {

StoreImpl::StoreImpl(KuboOptions options, Seams seams, std::unique_ptr<embedded::Journal> journal)
    : files_(seams.journal.files),
      journal_(std::move(journal)),
      node_(seams.makeNode(io_)),
      nodes_(options.nodeBytes),
      carrier_(*journal_, *node_, *files_, std::move(options)),
      readSeconds_(metrics::latency("cairn_kubo_read_seconds", "Time of one block from kubo")),
      wrongBytes_(metrics::counter("cairn_kubo_wrong_bytes_total", "Blocks that kubo gave with other bytes")),
      thread_([this] { io_.run(); }) {}

StoreImpl::~StoreImpl() {
  net::post(io_, [this] {
    carrier_.stop();
    cancel_.emit(net::cancellation_type::terminal);
    cancelPins_.emit(net::cancellation_type::terminal);
  });
  if (started_) {
    runEnded_.get_future().wait();
    watchEnded_.get_future().wait();
    pinsEnded_.get_future().wait();
  }
  io_.stop();
  thread_.join();
}

Status StoreImpl::start() {
  auto met = net::co_spawn(io_, carrier_.meet(), net::use_future).get();
  carrier_.ended(met);
  if (!met && met.error().code != Errc::unavailable) return met;
  started_ = true;
  net::co_spawn(io_, carrier_.run(),
                net::bind_cancellation_slot(cancel_.slot(), [this](std::exception_ptr) { runEnded_.set_value(); }));
  net::co_spawn(io_, carrier_.pinRoots(), net::bind_cancellation_slot(cancelPins_.slot(), [this](std::exception_ptr) {
                  pinsEnded_.set_value();
                }));
  net::co_spawn(io_, carrier_.watch(), [this](std::exception_ptr) { watchEnded_.set_value(); });
  return {};
}

Task<Status> StoreImpl::admit(const std::vector<Block>& blocks) {
  std::uint64_t bytes = 0;
  for (const Block& block : blocks) {
    if (block.data) nodes_.insert(block);
    bytes += block.data.size() + embedded::recordHeaderSize;
  }
  co_return co_await carrier_.admit(bytes);
}

Task<Status> StoreImpl::put(std::vector<Block> blocks) {
  if (auto room = co_await admit(blocks); !room) co_return room;
  co_return co_await journal_->put(std::move(blocks));
}

Task<Status> StoreImpl::putDurably(std::vector<Block> blocks) {
  if (auto room = co_await admit(blocks); !room) co_return room;
  co_return co_await journal_->putDurably(std::move(blocks));
}

Task<Status> StoreImpl::sync() {
  co_return co_await journal_->sync();
}

Task<Result<BlockData>> StoreImpl::get(Cid cid) {
  auto here = co_await journal_->get(cid);
  if (here || (here.error().code != Errc::not_found && here.error().code != Errc::corrupt)) co_return here;
  co_return co_await getFromKubo(cid);
}

Task<Result<BlockData>> StoreImpl::getFromKubo(Cid cid) {
  const auto place = journal_->find(cid);
  if (!place) co_return place.error();
  if (*place == embedded::Place::released)
    if (auto known = nodes_.find(cid)) co_return known;
  auto got = co_await ask(cid);
  if (!got) {
    if (got.error().code != Errc::not_found || *place != embedded::Place::released) co_return got;
    journal_->lost(cid, fail(Errc::not_found, "kubo no longer has block " + cid.str() + ", which was given to it"));
    co_return got;
  }
  if (!cid.verifies(got->view())) {
    wrongBytes_.Increment();
    const Error wrong = fail(Errc::unavailable, "kubo gave other bytes for block " + cid.str());
    if (*place == embedded::Place::released)
      journal_->lost(cid, wrong);
    else
      log::error("blocks", "kubo gives wrong bytes", {{"block", cid.str()}});
    co_return wrong;
  }
  if (*place == embedded::Place::absent) {
    // What kubo has from elsewhere may go without notice: keep it.
    std::vector<Block> keep(1);
    keep[0] = {cid, *got};
    if (auto kept = co_await put(std::move(keep)); !kept) co_return kept.error();
  }
  nodes_.insert({cid, *got});
  co_return got;
}

/// Asks kubo on its thread. Errc::not_found or Errc::unavailable, when it cannot be had.
Task<Result<BlockData>> StoreImpl::ask(Cid cid) {
  if (auto answers = carrier_.answers(); !answers) co_return answers.error();
  OneShot<Result<BlockData>> done;
  const auto start = std::chrono::steady_clock::now();
  auto run = [](Node& node, Cid wanted, OneShot<Result<BlockData>> out) -> Task<void> {
    out.set(co_await node.get(wanted));
  };
  spawn(io_.get_executor(), run(*node_, cid, done));
  auto got = co_await done.wait();
  readSeconds_.Observe(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  if (got || got.error().code == Errc::not_found) {
    carrier_.heard({});
    co_return got;
  }
  carrier_.heard(got.error());
  co_return fail(Errc::unavailable, "block " + cid.str() + " is in kubo: " + got.error().message);
}

Task<Result<std::vector<Cid>>> StoreImpl::missing(std::vector<Cid> cids) {
  co_return co_await journal_->missing(std::move(cids));
}

std::vector<bool> StoreImpl::complete(std::span<const Cid> cids) {
  return journal_->complete(cids);
}

void StoreImpl::markComplete(std::span<const Cid> cids) {
  journal_->markComplete(cids);
}

Stats StoreImpl::stats() {
  return journal_->stats();
}

KuboStatus StoreImpl::kubo() {
  return carrier_.status();
}

void StoreImpl::pinLater(std::string name, Cid root) {
  carrier_.pinLater(std::move(name), root);
}

Result<std::unique_ptr<KuboStore>> open(KuboOptions options, Seams seams) {
  EmbeddedOptions journal;
  journal.directory = options.directory;
  journal.reserveBytes = options.reserveBytes;
  journal.segmentBytes = std::min<std::uint64_t>(64ULL << 20, options.journalBytes / 4);
  auto opened = embedded::openJournal(std::move(journal), seams.journal);
  if (!opened) return opened.error();
  auto store = std::make_unique<StoreImpl>(std::move(options), std::move(seams), std::move(*opened));
  if (auto started = store->start(); !started) return started.error();
  return std::unique_ptr<KuboStore>(std::move(store));
}

}  // namespace cairn::blocks::kubo

namespace cairn::blocks {

Result<std::unique_ptr<KuboStore>> openKubo(KuboOptions options) {
  kubo::RpcOptions rpc;
  rpc.endpoint.host = options.host;
  rpc.endpoint.port = options.port;
  rpc.repository = options.repository;
  rpc.readTimeout = options.readTimeout;
  rpc.writeTimeout = options.writeTimeout;
  kubo::Seams seams;
  seams.journal = {embedded::systemFiles(), nullptr};
  seams.makeNode = [rpc](net::io_context& io) { return std::make_unique<kubo::RpcNode>(io, rpc); };
  return kubo::open(std::move(options), std::move(seams));
}

}  // namespace cairn::blocks
