#include "common/cid/links.h"

#include "common/cid/cbor.h"
#include "common/cid/dagpb.h"

namespace cairn {

Status forEachLink(Codec codec, BytesView block, const std::function<void(const Cid&)>& found) {
  switch (codec) {
    case Codec::raw:
      return {};
    case Codec::dag_cbor:
      return cbor::forEachLink(block, found);
    case Codec::dag_pb:
      break;
  }
  auto node = dagpb::decode(block, dagpb::Order::either);
  if (!node) return node.error();
  for (const dagpb::Link& link : node->links) found(link.cid);
  return {};
}

}  // namespace cairn
