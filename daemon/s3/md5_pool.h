// MD5 of large bodies, beside their reading and storing, and of several bodies at once in the lanes of one processor.
//
// Contract: thread-safe. A body's MD5 is wanted at its end alone, so a leaf waits until some others are there to be
// hashed along with it, but no longer than 2 ms after its own body has the next one full. A Stream is one body's, for
// one user at a time; it may be dropped at any moment. Memory: one leaf a stream. The work runs on the executor below
// the caller's strand, in steps of less than a millisecond or so between which others get their turn. The pool outlives
// its streams; leaves still being hashed keep what they need.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "common/digest/md5_lanes.h"
#include "daemon/blocks/block_data.h"
#include "daemon/rt/async.h"

namespace cairn::s3 {

class Md5Pool {
  struct Body;
  struct Work;

 public:
  class Stream {
   public:
    explicit Stream(Md5Pool& pool);
    ~Stream();
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    /// Answers when the leaf before this one has been hashed.
    Task<void> add(blocks::BlockData leaf);
    /// Once, at the end.
    Task<std::array<std::uint8_t, 16>> finish();

   private:
    std::shared_ptr<Work> work_;
    std::shared_ptr<Body> body_;
  };

  Md5Pool();
  ~Md5Pool();

 private:
  std::shared_ptr<Work> work_;
};

}  // namespace cairn::s3
