// The links of a block, whatever its codec: raw has none, dag-cbor has its tag 42s, dag-pb its PBLinks.
//
// Contract: pure, any thread. Duplicates are reported as often as they occur. Errc::corrupt when the bytes are not what
// the codec says; Errc::unsupported when a link is to a codec or hash that Cairn does not read.
#pragma once

#include <functional>

#include "common/cid/cid.h"

namespace cairn {

Status forEachLink(Codec codec, BytesView block, const std::function<void(const Cid&)>& found);

}  // namespace cairn
