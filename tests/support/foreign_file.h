// Files as other tools make them: nodes with content of their own, leaves that are nodes, any shape.
//
// Contract: pure, for tests and fuzzers. A Piece is a block with the content below it; `says`, where given, is what a
// node states as its children's sizes instead of the true ones. carOf() has one root and the pieces in order.
#pragma once

#include <string>

#include "common/cid/car.h"
#include "common/cid/dagpb.h"
#include "common/cid/protobuf.h"

namespace cairn::test {

enum class NodeType : std::uint8_t { raw = 0, directory = 1, file = 2, shard = 5 };

struct Piece {
  Cid cid;
  Bytes block;
  std::string content;
};

inline Piece rawLeaf(std::string content) {
  const BytesView bytes = asBytes(content);
  return {Cid::of(Codec::raw, bytes), toBytes(bytes), content};
}

inline Piece fileNode(std::string own, const std::vector<Piece>& children, NodeType type = NodeType::file,
                      const std::vector<std::uint64_t>& says = {}) {
  Piece out;
  std::uint64_t size = own.size();
  std::vector<std::uint64_t> sizes = says;
  for (std::size_t i = 0; i < children.size(); ++i) {
    if (says.empty()) sizes.push_back(children[i].content.size());
    size += sizes.at(i);
    dagpb::appendLink(out.block, {children[i].cid, {}, children[i].block.size()});
  }
  Bytes data;
  appendProtoVarint(data, 1, static_cast<std::uint64_t>(type));
  if (!own.empty()) appendProtoBytes(data, 2, asBytes(own));
  appendProtoVarint(data, 3, size);
  for (const std::uint64_t s : sizes) appendProtoVarint(data, 4, s);
  dagpb::appendData(out.block, data);
  out.cid = Cid::of(Codec::dag_pb, out.block);
  out.content = std::move(own);
  for (const Piece& child : children) out.content += child.content;
  return out;
}

inline Bytes carOf(const Cid& root, const std::vector<Piece>& pieces) {
  Bytes car;
  car::appendHeader(car, std::vector<Cid>{root});
  for (const Piece& p : pieces) car::appendBlock(car, p.cid, p.block);
  return car;
}

}  // namespace cairn::test
