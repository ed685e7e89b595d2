// The header fields with which an object is described.
//
// Contract: internal to daemon/s3; pure functions, any thread.
#pragma once

#include "daemon/bucket/service.h"
#include "daemon/http/message.h"
#include "daemon/s3/operation.h"

namespace cairn::s3 {

/// ETag, Last-Modified, x-cairn-cid, the kept headers, metadata, x-amz-tagging-count. `operation` says what overrides
/// what.
void describe(http::Headers& headers, const bucket::Entry& entry, const GetObject& operation);

}  // namespace cairn::s3
