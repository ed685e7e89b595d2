// DAG-PB (https://ipld.io/specs/codecs/dag-pb/spec/): a protobuf node of links and opaque data.
//
// Contract: pure, any thread. append*() write the canonical form when all links come before the data. decode() borrows
// the block; everything but its two messages' known fields, each at most once and in order, with numbers in their
// shortest form, is Errc::corrupt; a link to a CID that Cairn does not read is Errc::unsupported; one of version 0 is
// read as Cid::decodeForeign() does. Data before links is
// what some old encoders wrote, so it is accepted where blocks are only walked (Order::either), never links on both
// sides of the data.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "common/cid/cid.h"

namespace cairn::dagpb {

struct Link {
  Cid cid;
  std::string_view name;  ///< any bytes; empty when left out
  std::uint64_t tsize = 0;
};

struct Node {
  std::vector<Link> links;
  std::optional<BytesView> data;
};

enum class Order : std::uint8_t { links_first, either };

/// Writes name and size even where they are empty, as kubo does.
void appendLink(Bytes& out, const Link& link);
void appendData(Bytes& out, BytesView data);
Result<Node> decode(BytesView block, Order order = Order::links_first);

}  // namespace cairn::dagpb
