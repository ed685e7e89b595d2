#include "daemon/pinning/path.h"

#include <span>

#include "common/base/text.h"
#include "common/cid/cbor.h"
#include "common/cid/unixfs_directory.h"

namespace cairn::pinning {
namespace {

using Segments = std::span<const std::string>;

Error nothingAt(const std::string& segment) {
  return fail(Errc::not_found, "no link named \"" + segment + "\"");
}

/// The cursor before the value of `segment` in the map or array that it stands before.
Status enter(cbor::Reader& at, cbor::Type type, const std::string& segment) {
  if (type == cbor::Type::array) {
    const auto index = parseDecimal(segment);
    const auto count = at.array();
    if (!count) return count.error();
    if (!index || *index >= *count || (segment.size() > 1 && segment[0] == '0')) return nothingAt(segment);
    for (std::uint64_t i = 0; i < *index; ++i)
      if (auto skipped = at.item(); !skipped) return skipped.error();
    return {};
  }
  if (type != cbor::Type::map) return nothingAt(segment);
  const auto count = at.map();
  if (!count) return count.error();
  std::optional<std::string_view> previous;
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto key = at.key(previous);
    if (!key) return key.error();
    if (*key == segment) return {};
    if (auto skipped = at.item(); !skipped) return skipped.error();
  }
  return nothingAt(segment);
}

struct Step {
  std::size_t used = 0;   ///< segments
  std::optional<Cid> to;  ///< nothing: the path ends in this block
  bool shard = false;
};

Result<Step> stepInCbor(BytesView block, Segments segments) {
  if (auto valid = cbor::validate(block); !valid) return valid.error();
  cbor::Reader at(block);
  for (std::size_t used = 0;; ++used) {
    const auto type = at.peek();
    if (!type) return type.error();
    if (*type == cbor::Type::link) {
      const auto link = at.foreignLink();
      if (!link) return link.error();
      return Step{used, *link};
    }
    if (used == segments.size()) return Step{used, std::nullopt};
    if (auto entered = enter(at, *type, segments[used]); !entered) return entered.error();
  }
}

Result<Step> stepInDagPb(BytesView block, const std::string& segment, unsigned level) {
  const auto directory = unixfs::Directory::decode(block);
  if (!directory && directory.error().code == Errc::unsupported) return nothingAt(segment);
  if (!directory) return directory.error();
  using What = unixfs::Directory::Found::What;
  const auto found = directory->find(segment, level);
  if (found.what == What::nothing) return nothingAt(segment);
  if (found.what == What::shard) return Step{0, found.cid, true};
  return Step{1, found.cid};
}

}  // namespace

Task<Result<Path>> resolve(blocks::Source& source, Cid root, std::vector<std::string> segments) {
  Path out;
  out.target = root;
  Segments left = segments;
  for (unsigned level = 0; !left.empty();) {
    if (out.through.size() == kMostSteps) co_return fail(Errc::too_large, "the path passes too many blocks");
    if (out.target.codec() == Codec::raw) co_return nothingAt(left.front());
    auto block = co_await source.get(out.target);
    if (!block) co_return block.error();
    const auto step = out.target.codec() == Codec::dag_cbor ? stepInCbor(block->view(), left)
                                                            : stepInDagPb(block->view(), left.front(), level);
    if (!step) co_return step.error();
    if (!step->to) co_return out;
    level = step->shard ? level + 1 : 0;
    left = left.subspan(step->used);
    out.through.push_back(out.target);
    out.target = *step->to;
  }
  co_return out;
}

}  // namespace cairn::pinning
