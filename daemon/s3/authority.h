// For the doors beside S3's: which object's content the sender of a request may read.
//
// Contract: thread-safe; borrows what it is given. contentOf() takes the object that the request names in
// `x-cairn-object` ("/bucket/key", percent-encoded) and answers its content's CID where a GetObject of it by the same
// credentials would be answered: ownership, scope, grant, or the bucket's policy for whoever has none. contentsOf()
// answers the contents root of the caller's own bucket, null when it is empty, where the credentials allow reading and
// listing all of it.
#pragma once

#include "daemon/s3/anybody.h"
#include "daemon/s3/door.h"
#include "daemon/s3/error.h"
#include "daemon/s3/md5_pool.h"

namespace cairn::s3 {

class Authority {
 public:
  Authority(bucket::Service& buckets, const auth::Authenticator& authenticator, Clock& clock)
      : buckets_(buckets), authenticator_(authenticator), clock_(clock) {}
  Task<Answer<Cid>> contentOf(const http::Request& request);
  Task<Answer<Cid>> contentsOf(const http::Request& request, std::string bucket);

 private:
  Task<Answer<auth::Caller>> admitted(const http::Request& request, Timestamp now);

  bucket::Service& buckets_;
  const auth::Authenticator& authenticator_;
  Clock& clock_;
  const Options options_;
  Md5Pool md5s_;
  Anybody anybody_;
};

}  // namespace cairn::s3
