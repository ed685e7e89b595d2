// Whether a pin's owner has shown a right to its bytes in this fleet: by a pin of the same root that brought them, or
// by having them as the content of an object, or as all contents, of a bucket of his own.
//
// Contract: thread-safe; borrows what it is given. Looks through at most kMostLooked objects: more than those prove
// nothing. Errors: Errc::unavailable when it cannot be told now.
#pragma once

#include "daemon/bucket/service.h"
#include "daemon/registry/pins.h"

namespace cairn::pins {

class OwnContent {
 public:
  static constexpr std::size_t kMostLooked = 200'000;

  OwnContent(registry::PinRegistry& pins, bucket::Service& buckets) : pins_(pins), buckets_(buckets) {}
  Task<Result<bool>> has(OwnerId owner, Cid root);

 private:
  Task<Result<bool>> pinned(OwnerId owner, Cid root);
  Task<Result<bool>> stored(OwnerId owner, Cid root);

  registry::PinRegistry& pins_;
  bucket::Service& buckets_;
};

}  // namespace cairn::pins
