#include "daemon/bucket/roots.h"

#include "daemon/rt/log.h"

namespace cairn::bucket {

/// One read and all who share it.
struct Roots::Batch {
  std::vector<OneShot<Result<registry::RootRow>>> waiting;
};

Task<Result<registry::RootRow>> Roots::current(BucketId bucket) {
  OneShot<Result<registry::RootRow>> mine;
  {
    std::unique_lock lock(mutex_);
    if (!busy_.insert(bucket).second) {
      auto& batch = next_[bucket];
      if (!batch) batch = std::make_shared<Batch>();
      batch->waiting.push_back(mine);
      lock.unlock();
      co_return co_await mine.wait();
    }
  }
  auto row = co_await readAndCheck(bucket);
  std::shared_ptr<Batch> batch;
  {
    std::lock_guard lock(mutex_);
    batch = takeNext(bucket);
  }
  if (batch) {  // somebody came meanwhile: their read starts now, apart from this caller's answer
    auto lead = [](Roots* self, BucketId b, std::shared_ptr<Batch> first) -> Task<void> {
      for (std::shared_ptr<Batch> now = std::move(first); now;) {
        auto answer = co_await self->readAndCheck(b);
        for (auto& w : now->waiting) w.set(answer);
        std::lock_guard lock(self->mutex_);
        now = self->takeNext(b);
      }
    };
    spawn(co_await net::this_coro::executor, lead(this, bucket, std::move(batch)));
  }
  co_return row;
}

std::shared_ptr<Roots::Batch> Roots::takeNext(const BucketId& bucket) {
  std::shared_ptr<Batch> batch;
  if (auto found = next_.find(bucket); found != next_.end()) {
    batch = std::move(found->second);
    next_.erase(found);
  } else {
    busy_.erase(bucket);
  }
  return batch;
}

Task<Result<registry::RootRow>> Roots::readAndCheck(BucketId bucket) {
  Version before;
  {
    std::lock_guard lock(mutex_);
    if (!halted_.empty()) co_return fail(Errc::corrupt, halted_);
    if (auto known = highest_.find(bucket); known != highest_.end()) before = known->second;
  }
  auto row = co_await registry_.read(bucket);
  if (!row) co_return row;
  std::lock_guard lock(mutex_);
  if (row->version < before) {
    halted_ = "the registry went backwards: bucket " + bucket.owner.get() + "/" + bucket.name.get() +
              " was at version " + std::to_string(before.get()) + " and is now at " +
              std::to_string(row->version.get()) +
              "; writes are stopped. Restore the registry's newest copy, then restart cairnd.";
    log::error("bucket", halted_);
    co_return fail(Errc::corrupt, halted_);
  }
  if (row->version > before) highest_[bucket] = std::max(highest_[bucket], row->version);
  co_return row;
}

void Roots::learnt(const BucketId& bucket, const registry::RootRow& row) {
  std::lock_guard lock(mutex_);
  highest_[bucket] = std::max(highest_[bucket], row.version);
}

Task<Result<RootBlock>> Roots::block(Cid cid) {
  {
    std::lock_guard lock(mutex_);
    if (auto found = blocksByCid_.find(cid); found != blocksByCid_.end()) co_return found->second;
  }
  auto data = co_await blocks_.get(cid);
  if (!data) co_return data.error();
  auto root = decodeRoot(data->view());
  if (!root) co_return fail(root.error().code, "root " + cid.str() + ": " + root.error().message);
  std::lock_guard lock(mutex_);
  if (blocksByCid_.size() > 4096) blocksByCid_.clear();
  blocksByCid_.emplace(cid, *root);
  co_return root;
}

std::optional<std::string> Roots::halted() const {
  std::lock_guard lock(mutex_);
  return halted_.empty() ? std::nullopt : std::optional(halted_);
}

}  // namespace cairn::bucket
