// CAR version 1 (https://ipld.io/specs/transport/car/carv1/): a header with roots, then length-prefixed CID and bytes.
//
// Contract. Writer: pure functions that append. Reader: fed with pieces of any size, gives whole blocks in order, each
// verified against its CID; a block over kMaxCarBlock, a non-minimal varint, a bad header or a mismatch is
// Errc::corrupt, a CID that Cairn does not read or CAR version 2 is Errc::unsupported, and the reader stays failed:
// every later call gives the first error again. CIDs of version 0 are read as Cid::decodeForeign() does. Memory: one
// block plus the piece just fed. Not for concurrent use.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "common/cid/cid.h"

namespace cairn::car {

inline constexpr std::size_t kMaxCarBlock = 2U << 20;

void appendHeader(Bytes& out, std::span<const Cid> roots);
void appendBlock(Bytes& out, const Cid& cid, BytesView data);
/// Bytes that appendBlock will add.
std::size_t blockBytes(const Cid& cid, std::size_t dataSize);

class Reader {
 public:
  using OnBlock = std::function<Status(const Cid&, BytesView)>;
  /// `onBlock` is called from feed() with bytes valid during the call only; an error it returns stops the reader.
  explicit Reader(OnBlock onBlock) : onBlock_(std::move(onBlock)) {}
  Status feed(BytesView piece);
  /// Errc::corrupt when the input stopped inside a header or a block.
  Status finish();
  /// Known once the header has been read.
  const std::optional<std::vector<Cid>>& roots() const { return roots_; }

 private:
  Status consume();
  Result<bool> section();
  Status header(BytesView bytes);
  Status block(BytesView bytes);
  Status failWith(Errc code, std::string message);

  OnBlock onBlock_;
  Bytes buffer_;
  std::size_t start_ = 0;       ///< of what is not yet consumed in buffer_
  std::uint64_t consumed_ = 0;  ///< offset of buffer_[0] in the whole input, for messages
  std::optional<std::vector<Cid>> roots_;
  std::optional<Error> failure_;
};

}  // namespace cairn::car
