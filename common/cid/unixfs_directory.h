// UnixFS directories, plain and sharded (https://specs.ipfs.tech/unixfs/#directory-dt-hamtdirectory): where a name
// leads.
//
// Contract: pure, any thread; a Directory borrows its block. Errc::corrupt for a node that is malformed,
// Errc::unsupported for one that is no directory, or whose shards hash names otherwise than by MurmurHash3. A shard is
// one node of a tree: find() gives the entry itself, or the shard a level further down that must have it.
#pragma once

#include <string_view>

#include "common/cid/dagpb.h"

namespace cairn::unixfs {

class Directory {
 public:
  static Result<Directory> decode(BytesView dagPbBlock);

  struct Found {
    enum class What : std::uint8_t { nothing, entry, shard } what = What::nothing;
    Cid cid;
  };
  /// In the node `level` levels below the directory's root. Of several entries of one name, which only a foreign tool
  /// makes, the first.
  Found find(std::string_view name, unsigned level) const;
  /// The nodes below that belong to the directory itself; none of a plain one.
  std::vector<Cid> shards() const;

 private:
  std::vector<dagpb::Link> links_;
  unsigned bits_ = 0;       ///< of the hash a level; 0: a plain directory
  std::size_t digits_ = 0;  ///< hexadecimal ones before each link's name
};

/// The first 64 bits of MurmurHash3_x64_128 with seed 0 (A. Appleby, 2011), as a number.
std::uint64_t murmur3(std::string_view data);

}  // namespace cairn::unixfs
