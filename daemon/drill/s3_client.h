// One master's S3 door as a drill uses it: signed requests, and answers sorted by what they say about the outcome.
//
// Contract: calls run on the executor of the coroutine that makes them (see http::Client) and borrow what the client
// was made with. No call repeats itself. Bucket names and keys are percent-encoded here. A Reply is `done` only for a
// complete 2xx answer; `again` promises that nothing was changed; `unknown` that nothing can be said; `why` is for
// people. Source: Amazon S3 API Reference, 2006-03-01.
#pragma once

#include <string>
#include <vector>

#include "daemon/drill/signer.h"
#include "daemon/http/client.h"
#include "daemon/rt/clock.h"

namespace cairn::drill {

struct Reply {
  enum class Kind {
    done,     ///< 2xx
    absent,   ///< 404
    refused,  ///< 409, 412: a condition did not hold
    again,    ///< 503, 429: changed nothing, try again
    unknown,  ///< no answer, or another 5xx: may have happened
    wrong,    ///< any other status: the drill's own fault, or its credentials'
  };
  Kind kind = Kind::unknown;
  std::string why;
  std::string etag;  ///< without quotes
  Bytes body;
};

struct Listing {
  struct Item {
    std::string key, etag;
  };
  std::vector<Item> items;
  std::string next;  ///< continuation token; empty at the end
};
/// ListObjectsV2's answer. Errc::invalid when it is not one.
Result<Listing> parseListing(BytesView xml);

/// "host:port", with brackets around an IPv6 address.
std::string nameOf(const http::Endpoint& endpoint);

class S3Client {
 public:
  S3Client(http::Client& client, http::Endpoint endpoint, const Signer& signer, Clock& clock)
      : client_(client), endpoint_(std::move(endpoint)), name_(nameOf(endpoint_)), signer_(signer), clock_(clock) {}
  const std::string& name() const { return name_; }

  Task<Reply> createBucket(std::string bucket);
  Task<Reply> headBucket(std::string bucket);
  Task<Reply> deleteBucket(std::string bucket);
  Task<Reply> put(std::string bucket, std::string key, std::string body, bool onlyIfAbsent);
  Task<Reply> get(std::string bucket, std::string key);
  /// One page; `out` is set when the reply is `done`.
  Task<Reply> list(std::string bucket, std::string prefix, std::string continuation, Listing& out);
  /// At most 1,000 keys, free of XML's special characters.
  Task<Reply> deleteKeys(std::string bucket, std::vector<std::string> keys);

 private:
  Task<Reply> send(http::ClientRequest request);

  http::Client& client_;
  http::Endpoint endpoint_;
  std::string name_;
  const Signer& signer_;
  Clock& clock_;
};

}  // namespace cairn::drill
