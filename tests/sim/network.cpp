#include "tests/sim/network.h"

namespace cairn::sim {
namespace {

constexpr Micros kDeadline = 800'000;

std::vector<blocks::Block> copied(const std::vector<blocks::Block>& blocks) {
  std::vector<blocks::Block> out;
  for (const blocks::Block& b : blocks) out.push_back({b.cid, blocks::BlockData::copy(b.data.view())});
  return out;
}

template <class R>
using Serve = std::function<Task<R>(pinning::Holder&)>;

/// One request under way: carried out as often as the network delivers it.
template <class R>
struct Request {
  Call<R> call;
  Serve<R> serve;
  Network& network;
  Lookup lookup;
  std::size_t from, to;

  static Task<void> carryOut(std::shared_ptr<Request> request, Served at) {
    R answer = co_await request->serve(*at.holder);
    if (at.process->dead() || request->network.loses()) co_return;
    at.process->world.after(request->network.delay(), [request, answer] {
      if (request->network.up(request->from, request->to)) request->call.answer(answer);
    });
  }

  static void arrive(const std::shared_ptr<Request>& request) {
    Served at = request->lookup(request->to);
    if (!at.process || !request->network.up(request->from, request->to)) return;
    spawn(at.process->executor.io.get_executor(), carryOut(request, at));
  }
};

class RemoteHolder final : public pinning::Holder {
 public:
  RemoteHolder(Process& from, std::size_t self, MasterId id, std::size_t node, Network& network, Lookup lookup)
      : from_(from), self_(self), id_(std::move(id)), node_(node), network_(network), lookup_(std::move(lookup)) {}

  MasterId id() const override { return id_; }

  Task<Result<pinning::HoldAnswer>> hold(Cid root, pinning::Origin origin, std::vector<blocks::Block> blocks) override {
    Serve<Result<pinning::HoldAnswer>> serve = [root, base = origin.base, sent = copied(blocks)](pinning::Holder& h) {
      return h.hold(root, pinning::Origin{base, {}}, sent);
    };
    return ask(std::move(serve));
  }
  Task<Status> store(std::vector<blocks::Block> blocks) override {
    Serve<Status> serve = [sent = copied(blocks)](pinning::Holder& h) { return h.store(sent); };
    return ask(std::move(serve));
  }
  Task<Result<blocks::BlockData>> fetch(Cid cid) override {
    Serve<Result<blocks::BlockData>> serve = [cid](pinning::Holder& h) { return h.fetch(cid); };
    return ask(std::move(serve));
  }

 private:
  template <class R>
  Task<R> ask(Serve<R> serve) {
    R unreachable = fail(Errc::unavailable, id_.get() + " does not answer");
    Call<R> call(from_, unreachable);
    if (from_.dead()) co_return unreachable;
    World& world = from_.world;
    auto request = std::make_shared<Request<R>>(Request<R>{call, std::move(serve), network_, lookup_, self_, node_});
    world.after(kDeadline, [call, unreachable] { call.answer(unreachable); });
    int copies = world.rng.chance(network_.faults.doubled) ? 2 : 1;
    for (int i = 0; i < copies; ++i)
      if (!network_.loses()) world.after(network_.delay(), [request] { Request<R>::arrive(request); });
    co_return co_await call.wait();
  }

  Process& from_;
  std::size_t self_;
  MasterId id_;
  std::size_t node_;
  Network& network_;
  Lookup lookup_;
};

}  // namespace

std::shared_ptr<pinning::Holder> remoteHolder(Process& from, std::size_t self, MasterId id, std::size_t node,
                                              Network& network, Lookup lookup) {
  return std::make_shared<RemoteHolder>(from, self, std::move(id), node, network, std::move(lookup));
}

}  // namespace cairn::sim
