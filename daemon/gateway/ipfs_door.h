// The trustless gateway of the API listener (docs/formats/gateway.md).
//
//   GET|HEAD /ipfs/CID?format=raw|car[&dag-scope=...][&entity-bytes=...][&car-dups=...]
//   GET|HEAD /export/BUCKET               all contents of a bucket as a CAR
//
// Contract: handle() is thread-safe; what it answers is only what this fleet holds, 404 otherwise. Unless `open`, each
// request of /ipfs must show a right to what it asks for: the CID must be the content that Rights gives for the
// request, or lie below it. An export always asks for its right. Memory: one block and what CarStream keeps. A CAR that
// cannot be finished ends with the connection, without the end that its framing has. Borrows what it is given.
#pragma once

#include "daemon/blocks/source.h"
#include "daemon/gateway/ipfs_request.h"
#include "daemon/http/body.h"

namespace cairn::gateway {

/// What the sender of a request may read; else why not, with the HTTP status. Thread-safe.
class Rights {
 public:
  virtual ~Rights() = default;
  /// The content of the object that the request names.
  virtual Task<Asked<Cid>> content(const http::Request& request) = 0;
  /// The contents root of the bucket; null when it is empty.
  virtual Task<Asked<Cid>> contents(const http::Request& request, std::string bucket) = 0;
};

class IpfsDoor {
 public:
  IpfsDoor(blocks::Source& source, bool open, Rights& rights) : source_(source), open_(open), rights_(rights) {}

  static bool serves(std::string_view path) { return path.starts_with("/ipfs/") || path.starts_with("/export/"); }
  Task<void> handle(http::Request& request, http::BodyReader& body, http::ResponseWriter& response);

 private:
  Task<std::optional<Refusal>> mayRead(const http::Request& request, const Cid& cid);
  Task<void> raw(const http::Request& request, const IpfsRequest& asked, http::ResponseWriter& response);
  Task<void> car(const http::Request& request, const IpfsRequest& asked, http::ResponseWriter& response);
  Task<void> exportBucket(const http::Request& request, http::ResponseWriter& response);
  Task<void> stream(const http::Request& request, http::ResponseHead head, pinning::CarOrder order,
                    http::ResponseWriter& response);
  http::ResponseHead headOf(const IpfsRequest& asked) const;

  blocks::Source& source_;
  const bool open_;
  Rights& rights_;
};

}  // namespace cairn::gateway
