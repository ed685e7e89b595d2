#include "daemon/bucket/contents_walk.h"

#include "common/cid/unixfs.h"
#include "daemon/bucket/import.h"
#include "daemon/bucket/objects.h"
#include "daemon/pinning/car_stream.h"

namespace cairn::bucket {
namespace {

using pinning::CarStream;

Failure malformed(std::string message) {
  return {Fault::malformed_car, std::move(message), {}};
}

Failure wrong(const Cid& cid, const Error& error) {
  const Fault fault = error.code == Errc::too_large ? Fault::too_large
                      : error.code == Errc::corrupt ? Fault::malformed_car
                                                    : Fault::invalid_request;
  return {fault, "block " + cid.str() + ": " + error.message, {}};
}

Failure lies(const Cid& cid, std::uint64_t said, std::uint64_t is) {
  return malformed("block " + cid.str() + " is said to hold " + std::to_string(said) + " bytes of content; it holds " +
                   std::to_string(is));
}

Failure lacks(const Cid& due, const Cid* came) {
  std::string message = "block " + due.str() + " is due";
  message += came != nullptr ? ", and block " + came->str() + " came" : ", and the CAR ends";
  return {Fault::missing_block,
          message +
              ": a bucket's CAR holds every block below its root, depth first, as `cairnd export` and "
              "`ipfs dag export` write it",
          {}};
}

}  // namespace

void ContentsWalk::start(const Cid& root) {
  due_.push_back({Role::node, root, 0, 0, {}});
}

Task<Outcome<void>> ContentsWalk::pass(const Cid* next) {
  while (!due_.empty() && (next == nullptr || due_.back().cid != *next || due_.back().role == Role::end)) {
    const auto before = came_.find(due_.back().cid);
    const bool end = due_.back().role == Role::end;
    if (!end && before == came_.end()) co_return lacks(due_.back().cid, next);
    const Step step = std::move(due_.back());
    due_.pop_back();
    if (end) whole_.push_back(step.cid);
    if (step.role == Role::node) co_return malformed("index node " + step.cid.str() + " is linked twice");
    if (step.role == Role::file && before->second != step.size) co_return lies(step.cid, step.size, before->second);
    if (step.role != Role::value) continue;
    const auto block = co_await store_.get(step.cid);
    if (!block) co_return Failure{Fault::internal, block.error().message, {}};
    if (auto s = visitValue(step, block->view()); !s) co_return s.error();
  }
  co_return Outcome<void>();
}

Task<Outcome<void>> ContentsWalk::take(blocks::Block block) {
  if (auto s = co_await pass(&block.cid); !s) co_return s.error();
  if (due_.empty()) co_return malformed("block " + block.cid.str() + " is not below the CAR's root");
  Step step = std::move(due_.back());
  due_.pop_back();
  if (came_.size() < CarStream::kMostOnce) came_.emplace(block.cid, step.size);
  co_return visit(std::move(step), std::move(block.data));
}

Task<Outcome<index::Root>> ContentsWalk::finish() {
  if (auto s = co_await pass(nullptr); !s) co_return s.error();
  if (auto s = shape_.finish(); !s) co_return malformed(s.error().message);
  co_return root_;
}

Outcome<void> ContentsWalk::visit(Step step, blocks::BlockData block) {
  if (step.role == Role::node) return visitNode(step, std::move(block));
  if (step.role == Role::value) return visitValue(step, block.view());
  return visitFile(step, block.view());
}

Outcome<void> ContentsWalk::visitNode(const Step& step, blocks::BlockData block) {
  if (step.cid.codec() != Codec::dag_cbor)
    return Failure{Fault::invalid_request, "block " + step.cid.str() + " is no index of a bucket", {}};
  const auto parsed = index::Node::parse(step.cid, std::move(block));
  if (!parsed) return wrong(step.cid, parsed.error());
  const index::NodePtr& node = *parsed;
  Status fits = step.parent ? checkChild(*step.parent, step.slot, *node) : index::Shape::checkTop(*node);
  if (fits) fits = shape_.add(node, step.limit);
  if (!fits) return wrong(step.cid, fits.error());
  if (!step.parent) root_ = {step.cid, node->count(), node->weight()};
  std::vector<Step> below;
  for (std::size_t slot = 0; slot < node->size(); ++slot) {
    if (node->level() > 0) {
      below.push_back({Role::node, node->child(slot), 0, 0, {}, node, slot, index::limitOf(*node, slot, step.limit)});
      continue;
    }
    auto item = itemOf(*node, slot);
    if (!item) return item.error();
    below.push_back(std::move(*item));
  }
  if (node->level() == 0) due_.push_back({Role::end, step.cid, 0, 0, {}});
  due_.insert(due_.end(), std::make_move_iterator(below.rbegin()), std::make_move_iterator(below.rend()));
  return boost::system::in_place_value;
}

Outcome<ContentsWalk::Step> ContentsWalk::itemOf(const index::Node& leaf, std::size_t slot) {
  const std::uint64_t size = leaf.item(slot).weight;
  bytes_ += std::min(size, kMostBytes);
  if (bytes_ > kMostBytes) return Failure{Fault::too_large, "the bucket has more content than can be counted", {}};
  std::string key(leaf.key(slot));
  cbor::Reader value(leaf.value(slot));
  if (const auto type = value.peek(); !type || *type != cbor::Type::link) return fileOf(key, leaf.value(slot), size);
  const auto link = value.link();
  if (!link || link->codec() != Codec::dag_cbor) return malformed("a link in the place of a value is not to DAG-CBOR");
  return Step{Role::value, *link, size, 0, std::move(key)};
}

Outcome<void> ContentsWalk::visitValue(const Step& step, BytesView value) {
  if (value.size() <= index::kMaxValue) return malformed("block " + step.cid.str() + " is too small for a value apart");
  auto file = fileOf(step.key, value, step.size);
  if (!file) return file.error();
  due_.push_back(std::move(*file));
  return boost::system::in_place_value;
}

Outcome<ContentsWalk::Step> ContentsWalk::fileOf(const std::string& key, BytesView value, std::uint64_t size) {
  const auto entry = decodeEntry(value, size);
  if (!entry) {
    const bool newer = entry.error().code == Errc::newer_version;
    return Failure{newer ? Fault::invalid_request : Fault::malformed_car, "an entry: " + entry.error().message, key};
  }
  const Bytes once = encodeEntry(*entry);
  if (!std::equal(once.begin(), once.end(), value.begin(), value.end()))
    return Failure{Fault::malformed_car, "an entry is not encoded as docs/formats/bucket.md says", key};
  if (entry->content.codec() == Codec::dag_cbor)
    return Failure{Fault::malformed_car, "an entry's content is no file: " + entry->content.str(), key};
  if (const auto s = rule_(key, *entry); !s) return Failure{Fault::invalid_request, s.error().message, key};
  return Step{Role::file, entry->content, size, 0, {}};
}

Outcome<void> ContentsWalk::visitFile(const Step& step, BytesView block) {
  unixfs::FileNode node{block.size(), block, {}};
  if (step.cid.codec() == Codec::dag_pb) {
    auto decoded = unixfs::decodeFile(block);
    if (!decoded) return wrong(step.cid, decoded.error());
    node = std::move(*decoded);
  }
  if (step.cid.codec() == Codec::dag_cbor) return malformed("block " + step.cid.str() + " of a file is DAG-CBOR");
  if (node.fileSize != step.size) return lies(step.cid, step.size, node.fileSize);
  if (step.depth > kMostImportDepth || due_.size() + node.children.size() > kMostDue)
    return Failure{Fault::too_large, "a file's blocks are too deep, or too many in one place", {}};
  for (auto child = node.children.rbegin(); child != node.children.rend(); ++child)
    due_.push_back({Role::file, child->cid, child->fileSize, step.depth + 1, {}});
  return boost::system::in_place_value;
}

}  // namespace cairn::bucket
