// Another node as a holder, over its block door (docs/formats/hold.md): mutual TLS, its key pinned.
//
// Contract: see Holder. Where the node is, and which key it must prove, is asked anew for every call, so that a node
// that moved is found; Errc::unavailable while it is unknown. Bytes fetched are verified against the CID here. Calls
// end within `deadline`. Thread-safe; calls must run on a strand (http::Client's rule).
#pragma once

#include <chrono>

#include "daemon/http/client.h"
#include "daemon/pinning/holder.h"

namespace cairn::pinning {

using Locate = std::function<std::optional<http::Endpoint>()>;

std::shared_ptr<Holder> makeRemoteHolder(MasterId id, http::Client& client, Locate locate,
                                         std::chrono::milliseconds deadline);

/// The answer as canonical DAG-CBOR {"missing": [links], "complete": bool}: complete exactly when nothing is missing.
Bytes encodeHoldAnswer(const HoldAnswer& answer);
Result<HoldAnswer> parseHoldAnswer(BytesView body);

}  // namespace cairn::pinning
