#include "common/cid/dagpb.h"

#include "common/cid/protobuf.h"

namespace cairn::dagpb {
namespace {

constexpr std::uint64_t kNodeData = 1, kNodeLinks = 2;
constexpr std::uint64_t kLinkHash = 1, kLinkName = 2, kLinkTsize = 3;

Error bad(std::string_view what) {
  return fail(Errc::corrupt, "DAG-PB: " + std::string(what));
}

Result<Link> decodeLink(BytesView message) {
  ProtoReader reader(message);
  ProtoField field;
  std::uint64_t last = 0;
  Link link;
  while (reader.next(field)) {
    if (field.number <= last) return bad("a link's fields are doubled or out of order");
    last = field.number;
    if (field.number == kLinkHash && field.isBytes) {
      std::size_t used = 0;
      auto cid = Cid::decodeForeign(field.bytes, used);
      if (!cid) {
        if (cid.error().code == Errc::unsupported) return cid.error();
        return bad("link: " + cid.error().message);
      }
      if (used != field.bytes.size()) return bad("bytes after a link's CID");
      link.cid = *cid;
    } else if (field.number == kLinkName && field.isBytes) {
      link.name = asText(field.bytes);
    } else if (field.number == kLinkTsize && !field.isBytes) {
      link.tsize = field.value;
    } else {
      return bad("a link has an unknown field");
    }
  }
  if (reader.bad()) return bad("a link is cut short or malformed");
  if (link.cid.isNull()) return bad("a link without a CID");
  return link;
}

}  // namespace

void appendLink(Bytes& out, const Link& link) {
  Bytes message;
  message.reserve(Cid::size + link.name.size() + 24);
  appendProtoBytes(message, kLinkHash, link.cid.bytes());
  appendProtoBytes(message, kLinkName, asBytes(link.name));
  appendProtoVarint(message, kLinkTsize, link.tsize);
  appendProtoBytes(out, kNodeLinks, message);
}

void appendData(Bytes& out, BytesView data) {
  appendProtoBytes(out, kNodeData, data);
}

Result<Node> decode(BytesView block, Order order) {
  ProtoReader reader(block);
  ProtoField field;
  Node node;
  bool dataFirst = false;
  while (reader.next(field)) {
    if (!field.isBytes || (field.number != kNodeData && field.number != kNodeLinks)) return bad("unknown field");
    if (field.number == kNodeData) {
      if (node.data) return bad("data occurs twice");
      node.data = field.bytes;
      dataFirst = node.links.empty();
      continue;
    }
    if (node.data && (!dataFirst || order == Order::links_first)) return bad("a link after the data");
    auto link = decodeLink(field.bytes);
    if (!link) return link.error();
    node.links.push_back(*link);
  }
  if (reader.bad()) return bad("cut short or malformed");
  return node;
}

}  // namespace cairn::dagpb
