#include "common/cid/unixfs.h"

#include "common/cid/dagpb.h"
#include "common/cid/protobuf.h"

namespace cairn::unixfs {
namespace {

// Fields of the Data message and the value of its type that means a file.
constexpr std::uint64_t kType = 1, kInline = 2, kFileSize = 3, kBlockSizes = 4, kLastKnown = 8;
constexpr std::uint64_t kTypeRaw = 0, kTypeFile = 2, kLastType = 5;

Bytes encodeFile(const std::vector<Node>& children, std::uint64_t fileSize) {
  Bytes data;
  appendProtoVarint(data, kType, kTypeFile);
  appendProtoVarint(data, kFileSize, fileSize);
  for (const Node& child : children) appendProtoVarint(data, kBlockSizes, child.fileSize);
  Bytes block;
  block.reserve(children.size() * (Cid::size + 16) + data.size() + 8);
  for (const Node& child : children) dagpb::appendLink(block, {child.cid, {}, child.dagSize});
  dagpb::appendData(block, data);
  return block;
}

Error corrupt(std::string_view what) {
  return fail(Errc::corrupt, "UnixFS: " + std::string(what));
}
Error unsupported(std::string_view what) {
  return fail(Errc::unsupported, "UnixFS: " + std::string(what));
}

struct Data {
  std::uint64_t fileSize = 0;
  BytesView content;
  std::vector<std::uint64_t> blockSizes;
};

Status decodeType(const ProtoField& field) {
  if (field.isBytes || field.value > kLastType) return corrupt("unknown type");
  // Leaves of trickle DAGs have the type that is called raw.
  if (field.value != kTypeFile && field.value != kTypeRaw)
    return unsupported("node is no file (type " + std::to_string(field.value) + ")");
  return {};
}

Status decodeField(const ProtoField& field, Data& data) {
  const bool isNumber = !field.isBytes;
  if (field.number == kType) return decodeType(field);
  if (field.number == kFileSize && isNumber) {
    data.fileSize = field.value;
    return {};
  }
  if (field.number == kBlockSizes && isNumber) {
    data.blockSizes.push_back(field.value);
    return {};
  }
  if (field.number == kInline && field.isBytes) {
    data.content = field.bytes;
    return {};
  }
  if (field.number > kBlockSizes && field.number <= kLastKnown) {
    return unsupported("file node with field " + std::to_string(field.number) + " (hash type, fanout, mode or time)");
  }
  return corrupt("unknown field");
}

Result<Data> decodeData(BytesView message) {
  ProtoReader reader(message);
  ProtoField field;
  std::uint64_t last = 0;
  bool hasSize = false;
  Data data;
  while (reader.next(field)) {
    if (field.number < last || (field.number == last && last != kBlockSizes)) {
      return corrupt("fields are doubled or out of order");
    }
    if (last == 0 && field.number != kType) return corrupt("no type");
    last = field.number;
    hasSize = hasSize || last == kFileSize;
    if (auto status = decodeField(field, data); !status) return status.error();
  }
  if (reader.bad()) return corrupt("cut short or malformed");
  if (last == 0) return corrupt("no type");
  if (!hasSize) return corrupt("no file size");
  return data;
}

}  // namespace

Status Builder::addLeaf(const Cid& leaf, std::uint64_t size) {
  if (failure_) return *failure_;
  if (leaf.isNull() || leaf.codec() != Codec::raw || size == 0 || size > kChunkBytes) {
    return fail(Errc::invalid, "a file's leaf is a raw block of 1 to " + std::to_string(kChunkBytes) + " bytes, not " +
                                   std::to_string(size));
  }
  auto status = add(0, {leaf, size, size});
  if (!status) failure_ = status.error();
  return status;
}

Status Builder::add(std::size_t level, const Node& node) {
  if (level == levels_.size()) levels_.emplace_back();
  levels_[level].push_back(node);
  if (levels_[level].size() < kMaxLinks) return {};
  return close(level);
}

Status Builder::close(std::size_t level) {
  const Level children = std::move(levels_[level]);
  levels_[level].clear();
  Node node;
  for (const Node& child : children) {
    node.fileSize += child.fileSize;
    node.dagSize += child.dagSize;
  }
  const Bytes block = encodeFile(children, node.fileSize);
  node.dagSize += block.size();
  node.cid = Cid::of(Codec::dag_pb, block);
  if (auto status = sink_(node.cid, block); !status) return status;
  return add(level + 1, node);
}

Result<Node> Builder::finish() {
  if (failure_) return *failure_;
  auto root = levels_.empty() ? Result<Node>(Node{Cid::of(Codec::raw, {}), 0, 0}) : top();
  if (root && levels_.empty()) {
    if (auto status = sink_(root->cid, {}); !status) root = status.error();
  }
  failure_ = root ? fail(Errc::internal, "the file is finished already") : root.error();
  return root;
}

/// All leaves are equally deep, so a level with anything above it is closed even when it has a single node.
Result<Node> Builder::top() {
  for (std::size_t level = 0;; ++level) {
    const std::size_t count = levels_[level].size();
    const bool last = level + 1 == levels_.size();
    if (last && count == 1) return levels_[level].front();
    if (count == 0) continue;
    if (auto status = close(level); !status) return status.error();
  }
}

Result<FileNode> decodeFile(BytesView dagPbBlock) {
  const auto node = dagpb::decode(dagPbBlock);
  if (!node) return node.error();
  if (!node->data) return corrupt("node without data");
  auto data = decodeData(*node->data);
  if (!data) return data.error();
  if (data->blockSizes.size() != node->links.size()) return corrupt("as many block sizes as links are needed");
  FileNode file{data->fileSize, data->content, {}};
  file.children.reserve(node->links.size());
  if (data->content.size() > data->fileSize) return corrupt("more content in the node than the file size");
  std::uint64_t left = data->fileSize - data->content.size();
  for (std::size_t i = 0; i < node->links.size(); ++i) {
    const dagpb::Link& link = node->links[i];
    if (!link.name.empty()) return corrupt("a file's link has a name");
    if (link.cid.codec() == Codec::dag_cbor) return corrupt("a file's link leads to DAG-CBOR");
    if (data->blockSizes[i] > left) return corrupt("block sizes do not add up to the file size");
    left -= data->blockSizes[i];
    file.children.push_back({link.cid, data->blockSizes[i], link.tsize});
  }
  if (left != 0) return corrupt("block sizes do not add up to the file size");
  return file;
}

}  // namespace cairn::unixfs
