// A request's body, stored as blocks.
//
// Contract: internal to daemon/s3. storeBody() gives the content and its hashes only when everything promised about the
// body held; the blocks are stored and belong to no bucket yet. Memory stays constant. Borrows its arguments.
#pragma once

#include "daemon/s3/body.h"
#include "daemon/s3/handlers.h"

namespace cairn::s3 {

struct StoredBody {
  bucket::Content content;
  Received received;
};

Task<Answer<StoredBody>> storeBody(const Call& call, const BodyOrder& order, std::uint64_t size);

/// The bytes of an extent of stored content, read and stored anew with their hashes.
Task<Answer<StoredBody>> copyContent(const Call& call, Cid content, http::Extent extent,
                                     std::optional<DigestAlgorithm> algorithm);

}  // namespace cairn::s3
