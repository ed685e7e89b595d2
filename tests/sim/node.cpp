#include "tests/sim/node.h"

namespace cairn::sim {

Life::Life(Place& place, std::size_t node, Disk& disk)
    : Process(place.world, place.ids[node].get()),
      place_(place),
      node_(node),
      store_(*this, disk, place.diskFaults),
      random_(place.world),
      registry_(*this, node, place.registry, place.network),
      local_(std::make_shared<pinning::LocalHolder>(place.ids[node], store_)) {
  skew = world.rng.between(-500'000, 500'000);
}

void Life::start() {
  if (node_ >= place_.masters) return;
  auto go = [](std::shared_ptr<Life> self) -> Task<void> { co_await self->startMaster(); };
  spawn(executor.io.get_executor(), go(std::static_pointer_cast<Life>(shared_from_this())));
}

Task<void> Life::startMaster() {
  registry::Master row;
  row.id = writer_.master = place_.ids[node_];
  row.cas = true;
  for (;;) {
    auto registered = co_await registry_.registerMaster(row);
    if (dead()) co_return;
    if (registered && !registered->fenced) {
      writer_.epoch = registered->epoch;
      break;
    }
    co_await clock_.sleep(std::chrono::milliseconds(50));
  }
  std::vector<std::shared_ptr<pinning::Holder>> others;
  for (std::size_t i = 0; i < place_.ids.size(); ++i)
    if (i != node_) others.push_back(remoteHolder(*this, node_, place_.ids[i], i, place_.network, place_.lookup));
  fetcher_ = std::make_unique<pinning::Fetcher>(store_, others);
  quorum_ = std::make_unique<pinning::Quorum>(local_, store_, others,
                                              pinning::QuorumRule{1, place_.ids.size() - place_.masters}, &clock_);
  nodes_ = std::make_unique<bucket::index::NodeSource>(*fetcher_, 1 << 20);
  roots_ = std::make_unique<bucket::Roots>(registry_, *fetcher_);
  context_ = std::make_unique<bucket::EngineContext>(bucket::EngineContext{
      registry_, *quorum_, *nodes_, *roots_, clock_, random_, receipts_, writer_, place_.options});
  service_ = bucket::makeService(*context_, store_, *fetcher_, executor.io.get_executor());
  trace("serves in epoch " + std::to_string(writer_.epoch.get()));
  auto rows = co_await registry_.list(OwnerId());
  if (!rows) co_return;
  for (const auto& r : *rows)
    if (r.row.root) (void)co_await quorum_->catchUp(r.bucket, *r.row.root);
}

}  // namespace cairn::sim
