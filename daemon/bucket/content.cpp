#include "daemon/bucket/content.h"

#include <algorithm>

namespace cairn::bucket {
namespace {

using unixfs::kChunkBytes;

/// Bodies up to this wait in memory for their commit, which then writes them in one go with its index nodes.
constexpr std::size_t kSmall = 64U << 10;

class Writer final : public ContentWriter {
 public:
  Writer(blocks::Store& store, std::uint64_t sizeHint, LeafTap tap)
      : store_(store), hint_(sizeHint), tap_(std::move(tap)) {}

  Task<Status> write(BytesView piece) override {
    while (!piece.empty()) {
      if (leaf_.capacity() == 0) leaf_.reserve(std::clamp<std::uint64_t>(hint_, 4096, kChunkBytes));
      std::size_t n = std::min(piece.size(), kChunkBytes - leaf_.size());
      append(leaf_, piece.first(n));
      piece = piece.subspan(n);
      size_ += n;
      if (leaf_.size() == kChunkBytes)
        if (auto s = co_await flush(); !s) co_return s;
    }
    co_return Status{};
  }

  Task<Result<Content>> finish() override {
    if (size_ == leaf_.size() && !leaf_.empty() && leaf_.size() <= kSmall) co_return co_await finishSmall();
    if (!leaf_.empty())
      if (auto s = co_await flush(); !s) co_return s.error();
    auto node = builder_.finish();
    if (!node) co_return node.error();
    if (auto s = co_await putInner(); !s) co_return s.error();
    co_return Content{node->cid, size_, std::move(cids_), {}};
  }

 private:
  /// One leaf is its own root.
  Task<Result<Content>> finishSmall() {
    auto leaf = blocks::BlockData::own(std::move(leaf_));
    if (tap_) co_await tap_(leaf);
    Cid cid = Cid::of(Codec::raw, leaf.view());
    co_return Content{cid, size_, {}, blocks::Block{cid, std::move(leaf)}};
  }

  Task<Status> flush() {
    auto leaf = blocks::BlockData::own(std::move(leaf_));
    leaf_ = {};
    if (tap_) co_await tap_(leaf);
    const std::uint64_t size = leaf.size();
    Cid cid = Cid::of(Codec::raw, leaf.view());
    std::vector<blocks::Block> one(1);
    one[0] = {cid, std::move(leaf)};
    if (auto s = co_await store_.put(std::move(one)); !s) co_return s;
    cids_.push_back(cid);
    if (auto s = builder_.addLeaf(cid, size); !s) co_return s;
    co_return co_await putInner();
  }

  Task<Status> putInner() {
    if (inner_.empty()) co_return Status{};
    for (const blocks::Block& b : inner_) cids_.push_back(b.cid);
    co_return co_await store_.put(std::exchange(inner_, {}));
  }

  blocks::Store& store_;
  std::uint64_t hint_;
  LeafTap tap_;
  Bytes leaf_;
  std::uint64_t size_ = 0;
  std::vector<Cid> cids_;
  std::vector<blocks::Block> inner_;
  unixfs::Builder builder_{[this](const Cid& cid, BytesView data) {
    inner_.push_back({cid, blocks::BlockData::copy(data)});
    return Status{};
  }};
};

/// So many blocks behind the one that is being read are asked for: a store that answers from afar takes a round trip
/// each.
constexpr std::size_t kReadAhead = 2;

using Coming = OneShot<Result<blocks::BlockData>>;

Task<void> fetch(blocks::Source& source, Cid cid, Coming coming) {
  coming.set(co_await source.get(cid));
}

/// Walks the leaves that overlap [offset, offset + length) without visiting the others.
class Reader final : public ContentReader {
 public:
  Reader(blocks::Source& source, const Cid& content, std::uint64_t offset, std::uint64_t length)
      : source_(source), end_(offset + length), begin_(offset) {
    todo_.push_back({content, 0, std::nullopt});
  }

  Task<Result<Piece>> next() override {
    while (!todo_.empty() && begin_ < end_) {
      Span span = std::move(todo_.back());
      todo_.pop_back();
      auto executor = co_await net::this_coro::executor;
      askAhead(executor);
      auto block = span.coming ? co_await span.coming->wait() : co_await source_.get(span.cid);
      if (!block) co_return block.error();
      if (span.cid.codec() == Codec::raw) {
        std::uint64_t from = begin_ - span.offset;
        if (from > block->size()) co_return fail(Errc::corrupt, "content block " + span.cid.str() + " is too short");
        std::uint64_t n = std::min<std::uint64_t>(block->size() - from, end_ - begin_);
        begin_ += n;
        if (n == 0) continue;
        co_return Piece{*block, block->view().subspan(from, n)};
      }
      auto node = unixfs::decodeFile(block->view());
      if (!node) co_return fail(node.error().code, "content block " + span.cid.str() + ": " + node.error().message);
      const BytesView own = open(*node, span.offset);
      if (own.empty()) continue;
      begin_ += own.size();
      co_return Piece{*block, own};
    }
    if (begin_ < end_) co_return fail(Errc::corrupt, "content ends before its size says");
    co_return Piece{};
  }

 private:
  struct Span {
    Cid cid;
    std::uint64_t offset;
    std::optional<Coming> coming;
  };
  void askAhead(const net::any_io_executor& executor) {
    for (std::size_t i = 0; i < std::min(kReadAhead, todo_.size()); ++i) {
      Span& span = todo_[todo_.size() - 1 - i];
      if (span.coming) continue;
      span.coming.emplace();
      spawn(executor, fetch(source_, span.cid, *span.coming));
    }
  }
  /// What is wanted of the node's own content; its children follow.
  BytesView open(const unixfs::FileNode& node, std::uint64_t offset) {
    BytesView own = node.content.subspan(std::min<std::uint64_t>(begin_ - offset, node.content.size()));
    own = own.first(std::min<std::uint64_t>(own.size(), end_ - begin_));
    offset += node.content.size();
    std::vector<Span> wanted;
    for (const auto& child : node.children) {
      if (offset < end_ && offset + child.fileSize > begin_) wanted.push_back({child.cid, offset, std::nullopt});
      offset += child.fileSize;
    }
    todo_.insert(todo_.end(), std::make_move_iterator(wanted.rbegin()), std::make_move_iterator(wanted.rend()));
    return own;
  }

  blocks::Source& source_;
  std::vector<Span> todo_;  ///< next one last
  std::uint64_t end_, begin_;
};

}  // namespace

std::unique_ptr<ContentWriter> makeContentWriter(blocks::Store& store, std::uint64_t sizeHint, LeafTap tap) {
  return std::make_unique<Writer>(store, sizeHint, std::move(tap));
}

std::unique_ptr<ContentReader> makeContentReader(blocks::Source& source, const Cid& content, std::uint64_t offset,
                                                 std::uint64_t length) {
  return std::make_unique<Reader>(source, content, offset, length);
}

Task<Status> forEachLeaf(blocks::Source& source, Cid content, std::uint64_t size,
                         std::function<Status(const Cid&, std::uint64_t)> leaf) {
  struct Span {
    Cid cid;
    std::uint64_t size;
  };
  std::vector<Span> todo{{content, size}};
  while (!todo.empty()) {
    Span span = todo.back();
    todo.pop_back();
    if (span.cid.codec() == Codec::raw) {
      if (span.size > 0)
        if (auto s = leaf(span.cid, span.size); !s) co_return s;
      continue;
    }
    auto block = co_await source.get(span.cid);
    if (!block) co_return block.error();
    auto node = unixfs::decodeFile(block->view());
    if (!node) co_return node.error();
    if (!node->content.empty()) co_return fail(Errc::corrupt, "node " + span.cid.str() + " is no part's");
    for (auto child = node->children.rbegin(); child != node->children.rend(); ++child)
      todo.push_back({child->cid, child->fileSize});
  }
  co_return Status{};
}

}  // namespace cairn::bucket
