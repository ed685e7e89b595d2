// UnixFS files (https://specs.ipfs.tech/unixfs/): how an object's content becomes blocks, with the parameters that kubo
// calls test-cid-v1-wide: CIDv1, sha2-256, raw leaves of 1 MiB, at most 1024 links a node, balanced.
//
// Contract. Builder: the caller cuts the content into leaves, hashes them as raw blocks and stores them; the builder
// makes the nodes above and hands each to the sink, children before parents. Leaves may be uneven (1 byte to 1 MiB), so
// that parts sent apart can be joined without cutting them anew; only leaves of exactly 1 MiB but the last give the CID
// that `ipfs add` gives. Sizes are bytes. Memory: 1024 links a level. An error of the sink ends the builder: later
// calls give it again. finish() once. decodeFile() borrows and allocates in proportion to the block. Not for concurrent
// use.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "common/cid/cid.h"

namespace cairn::unixfs {

inline constexpr std::size_t kChunkBytes = 1U << 20;
inline constexpr std::size_t kMaxLinks = 1024;

/// The root of a file's blocks.
struct Node {
  Cid cid;
  std::uint64_t fileSize = 0;  ///< bytes of content
  std::uint64_t dagSize = 0;   ///< bytes of all blocks, counted as often as they are linked
  friend bool operator==(const Node&, const Node&) = default;
};

class Builder {
 public:
  /// Gets every block the builder makes: inner nodes, and for a file without leaves the empty raw block.
  using Sink = std::function<Status(const Cid&, BytesView)>;
  explicit Builder(Sink sink) : sink_(std::move(sink)) {}
  /// The next leaf, a raw block of `size` bytes that the caller has stored. Errc::invalid for any other CID or size.
  Status addLeaf(const Cid& leaf, std::uint64_t size);
  /// A single leaf is the file itself.
  Result<Node> finish();

 private:
  using Level = std::vector<Node>;
  Status add(std::size_t level, const Node& node);
  Status close(std::size_t level);
  Result<Node> top();

  Sink sink_;
  std::vector<Level> levels_;  ///< [0] has leaves; each is closed into a node of the next when it is full
  std::optional<Error> failure_;
};

struct Child {
  Cid cid;
  std::uint64_t fileSize = 0;  ///< bytes of content below it
  std::uint64_t tsize = 0;     ///< bytes of blocks below it, its own included
  friend bool operator==(const Child&, const Child&) = default;
};

struct FileNode {
  std::uint64_t fileSize = 0;
  BytesView content;  ///< of the node itself, before its children's: what other tools make of leaves
  std::vector<Child> children;
};

/// A node of a file, its root, an inner one or a leaf. Errc::corrupt when it is malformed or its sizes contradict each
/// other, Errc::unsupported when it is of another kind: a directory, a symbolic link, a file with permissions or times.
Result<FileNode> decodeFile(BytesView dagPbBlock);

}  // namespace cairn::unixfs
