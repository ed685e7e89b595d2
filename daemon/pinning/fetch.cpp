#include "daemon/pinning/fetch.h"

#include <mutex>

namespace cairn::pinning {

Task<Result<blocks::BlockData>> Fetcher::get(Cid cid) {
  auto here = co_await store_.get(cid);
  const bool elsewhere = !here && (here.error().code == Errc::not_found || here.error().code == Errc::corrupt ||
                                   here.error().code == Errc::unavailable);
  if (!elsewhere) co_return here;
  auto got = co_await fromOthers(cid);
  // Nobody else has what the local store has but cannot give now.
  if (!got && here.error().code == Errc::unavailable) co_return here;
  co_return got;
}

/// One block that is asked for, of one holder after the other or of several at once. Outlives who asked: a holder may
/// still be about to answer.
struct Fetcher::Search {
  struct Found {
    Result<blocks::BlockData> data;
    std::size_t holder = 0;
  };
  Cid cid;
  std::vector<std::shared_ptr<Holder>> holders;  ///< in the order in which they are asked
  OneShot<Found> found;
  std::mutex mutex;
  std::size_t next = 0;    ///< holder to be asked
  std::size_t asking = 1;  ///< coroutines that ask
  bool ended = false;
  Error last;
};

/// Asks holders that nobody asked yet, until one has the block.
Task<void> Fetcher::ask(std::shared_ptr<Search> search) {
  for (;;) {
    std::size_t which = 0;
    {
      std::lock_guard lock(search->mutex);
      if (search->ended || search->next == search->holders.size()) {
        if (--search->asking > 0 || std::exchange(search->ended, true)) co_return;
        which = search->holders.size();
      } else {
        which = search->next++;
      }
    }
    if (which == search->holders.size()) co_return search->found.set({search->last, 0});
    Holder& holder = *search->holders[which];
    auto got = co_await holder.fetch(search->cid);
    std::lock_guard lock(search->mutex);
    if (got && search->cid.verifies(got->view())) {
      search->ended = true;
      search->found.set({std::move(*got), which});
    } else if (got) {
      search->last =
          fail(Errc::unavailable, holder.id().get() + " answered bytes that are not block " + search->cid.str());
    } else if (got.error().code != Errc::not_found) {
      search->last = fail(Errc::unavailable, "block " + search->cid.str() + " is not here and " + holder.id().get() +
                                                 " could not be asked: " + got.error().message);
    }
  }
}

Task<void> Fetcher::hedge(std::shared_ptr<Search> search, Clock& clock) {
  for (;;) {
    co_await clock.sleep(kPatience);
    {
      std::lock_guard lock(search->mutex);
      if (search->ended || search->next == search->holders.size()) co_return;
      ++search->asking;
    }
    spawn(co_await net::this_coro::executor, ask(search));
  }
}

Task<Result<blocks::BlockData>> Fetcher::fromOthers(Cid cid) {
  if (others_.empty()) co_return fail(Errc::not_found, "no holder has block " + cid.str());
  auto search = std::make_shared<Search>();
  search->cid = cid;
  search->last = fail(Errc::not_found, "no holder has block " + cid.str());
  const std::size_t first = preferred_;
  for (std::size_t i = 0; i < others_.size(); ++i) search->holders.push_back(others_[(first + i) % others_.size()]);
  auto executor = co_await net::this_coro::executor;
  spawn(executor, ask(search));
  if (clock_ != nullptr && others_.size() > 1) spawn(executor, hedge(search, *clock_));
  auto [got, holder] = co_await search->found.wait();
  if (!got) co_return got;
  preferred_ = (first + holder) % others_.size();
  ++fetched_;
  std::vector<blocks::Block> keep(1);
  keep[0] = {cid, *got};
  if (auto s = co_await store_.put(std::move(keep)); !s) co_return s.error();
  co_return got;
}

}  // namespace cairn::pinning
