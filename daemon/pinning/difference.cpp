#include "daemon/pinning/difference.h"

#include "common/cid/links.h"

namespace cairn::pinning {
namespace {

Status addLinks(const Cid& cid, BytesView block, std::vector<Cid>& to) {
  auto walked = forEachLink(cid.codec(), block, [&to](const Cid& link) { to.push_back(link); });
  if (!walked) return fail(walked.error().code, "block " + cid.str() + ": " + walked.error().message);
  return {};
}

}  // namespace

Difference::Difference(blocks::Source& source, const std::optional<Cid>& from, const Cid& to, Has has)
    : source_(source), has_(std::move(has)) {
  if (from) {
    known_.insert(*from);
    olds_.push_back(*from);
  }
  if (!known_.contains(to)) news_.push_back(to);
}

Task<Result<std::vector<blocks::Block>>> Difference::next(std::size_t bytes) {
  std::vector<blocks::Block> batch;
  for (std::size_t size = 0; size < bytes;) {
    if (at_ == news_.size()) {
      if (auto s = co_await descend(); !s) co_return s.error();
      if (news_.empty()) break;
    }
    const Cid cid = news_[at_++];
    const bool has = has_(cid);
    if (has && cid.codec() == Codec::raw) continue;
    auto data = co_await source_.get(cid);
    if (!data) co_return data.error();
    if (auto s = addLinks(cid, data->view(), below_); !s) co_return s.error();
    if (has) continue;
    size += data->size();
    batch.push_back({cid, std::move(*data)});
  }
  co_return batch;
}

/// One level down on both sides; what both have there is done with.
Task<Status> Difference::descend() {
  std::vector<Cid> old;
  if (!below_.empty())  // else nothing is left to compare with
    for (const Cid& cid : std::exchange(olds_, {})) {
      auto data = co_await source_.get(cid);
      if (!data) co_return data.error();
      if (auto s = addLinks(cid, data->view(), old); !s) co_return s;
    }
  known_.insert(old.begin(), old.end());
  const std::unordered_set<Cid> wanted(below_.begin(), below_.end());
  std::unordered_set<Cid> once;
  for (const Cid& cid : old)
    if (cid.codec() != Codec::raw && !wanted.contains(cid) && once.insert(cid).second) olds_.push_back(cid);
  news_.clear();
  at_ = 0;
  for (const Cid& cid : std::exchange(below_, {}))
    if (!known_.contains(cid) && (cid.codec() == Codec::raw || entered_.insert(cid).second)) news_.push_back(cid);
  co_return Status{};
}

}  // namespace cairn::pinning
