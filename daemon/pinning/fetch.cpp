#include "daemon/pinning/fetch.h"

namespace cairn::pinning {

Task<Result<blocks::BlockData>> Fetcher::get(Cid cid) {
  auto here = co_await store_.get(cid);
  if (here || (here.error().code != Errc::not_found && here.error().code != Errc::corrupt)) co_return here;
  co_return co_await fromOthers(cid);
}

Task<Result<blocks::BlockData>> Fetcher::fromOthers(Cid cid) {
  Error last = fail(Errc::not_found, "no holder has block " + cid.str());
  for (std::size_t i = 0; i < others_.size(); ++i) {
    std::size_t which = (preferred_ + i) % others_.size();
    auto got = co_await others_[which]->fetch(cid);
    if (!got) {
      if (got.error().code != Errc::not_found)
        last = fail(Errc::unavailable, "block " + cid.str() + " is not here and " + others_[which]->id().get() +
                                           " could not be asked: " + got.error().message);
      continue;
    }
    if (!cid.verifies(got->view())) {
      last = fail(Errc::unavailable, others_[which]->id().get() + " answered bytes that are not block " + cid.str());
      continue;
    }
    preferred_ = which;
    ++fetched_;
    std::vector<blocks::Block> keep(1);
    keep[0] = {cid, *got};
    if (auto s = co_await store_.put(std::move(keep)); !s) co_return s.error();
    co_return got;
  }
  co_return last;
}

}  // namespace cairn::pinning
