// The engines of a master, one for each bucket that is being written.
//
// Contract: submit() is Engine::submit() of the bucket's engine. An engine lives while somebody waits for it: names
// that nobody has, tried at random, must not add up. Thread-safe; outlives every call.
#pragma once

#include <unordered_map>

#include "daemon/bucket/engine.h"

namespace cairn::bucket {

class Engines {
 public:
  Engines(EngineContext& context, net::any_io_executor executor) : context_(context), executor_(std::move(executor)) {}
  Task<std::optional<Failure>> submit(BucketId bucket, Mutation mutation);

 private:
  EngineContext& context_;
  net::any_io_executor executor_;
  std::mutex mutex_;
  std::unordered_map<BucketId, std::weak_ptr<Engine>> engines_;  // guarded by mutex_
};

}  // namespace cairn::bucket
