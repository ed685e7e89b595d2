#include "daemon/bucket/engines.h"

namespace cairn::bucket {

Task<std::optional<Failure>> Engines::submit(BucketId bucket, Mutation mutation) {
  std::shared_ptr<Engine> engine;
  {
    std::lock_guard lock(mutex_);
    auto& slot = engines_[bucket];
    engine = slot.lock();
    if (!engine) {
      engine = std::make_shared<Engine>(context_, bucket, executor_);
      slot = engine;
    }
  }
  auto failure = co_await engine->submit(std::move(mutation));
  engine.reset();
  std::lock_guard lock(mutex_);
  if (auto found = engines_.find(bucket); found != engines_.end() && found->second.expired()) engines_.erase(found);
  co_return failure;
}

}  // namespace cairn::bucket
