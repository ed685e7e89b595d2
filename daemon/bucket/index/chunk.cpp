#include "daemon/bucket/index/chunk.h"

#include <algorithm>

#include "common/cid/sha256.h"

namespace cairn::bucket::index {
namespace {

constexpr int kBoundaryLevels = 6;  // the digest's words 0..5; words 6 and 7 are the rank
constexpr std::uint64_t kMeanRun = 64;

std::uint64_t bigEndian(std::span<const std::uint8_t> b) {
  std::uint64_t v = 0;
  for (std::uint8_t c : b) v = v << 8 | c;
  return v;
}

std::uint64_t rankOf(std::string_view key) {
  auto digest = sha256(asBytes(key));
  return bigEndian(std::span(digest).subspan(24, 8));
}

/// Position of the least rank in any range, in O(log n): chosen keys can make every cut uneven, so a linear search in
/// each piece would be quadratic in the length of the run.
class RankTree {
 public:
  explicit RankTree(std::span<Item> run) : size_(run.size()), tree_(2 * run.size()) {
    ranks_.reserve(run.size());
    for (Item& i : run) {
      if (!i.rank) i.rank = rankOf(i.key);
      ranks_.push_back(*i.rank);
    }
    for (std::size_t i = 0; i < size_; ++i) tree_[size_ + i] = i;
    for (std::size_t i = size_; i-- > 1;) tree_[i] = least(tree_[2 * i], tree_[2 * i + 1]);
  }
  /// In [begin, end), which is not empty.
  std::size_t leastIn(std::size_t begin, std::size_t end) const {
    std::size_t best = begin;
    for (std::size_t l = begin + size_, r = end + size_; l < r; l /= 2, r /= 2) {
      if (l % 2 == 1) best = least(best, tree_[l++]);
      if (r % 2 == 1) best = least(best, tree_[--r]);
    }
    return best;
  }

 private:
  std::size_t least(std::size_t a, std::size_t b) const {
    return std::pair(ranks_[a], a) < std::pair(ranks_[b], b) ? a : b;  // keys are sorted: position orders them
  }
  std::size_t size_;
  std::vector<std::uint64_t> ranks_;
  std::vector<std::size_t> tree_;
};

}  // namespace

bool isBoundary(int level, std::string_view key) {
  if (level >= kBoundaryLevels) return false;
  auto digest = sha256(asBytes(key));
  std::uint64_t word = bigEndian(std::span(digest).subspan(static_cast<std::size_t>(level) * 4, 4));
  return word < (1ULL << 32) / kMeanRun;
}

std::vector<std::size_t> cutRun(std::span<Item> run) {
  if (run.empty()) return {};
  if (run.size() <= kMaxItems) return {run.size()};
  RankTree ranks(run);
  std::vector<std::size_t> cuts{0, run.size()};
  std::vector<std::pair<std::size_t, std::size_t>> todo{{0, run.size()}};
  while (!todo.empty()) {
    auto [begin, end] = todo.back();
    todo.pop_back();
    if (end - begin <= kMaxItems) continue;
    std::size_t cut = ranks.leastIn(begin + kMinCut, end - kMinCut + 1);
    cuts.push_back(cut);
    todo.emplace_back(begin, cut);
    todo.emplace_back(cut, end);
  }
  std::sort(cuts.begin(), cuts.end());
  std::vector<std::size_t> sizes;
  for (std::size_t i = 1; i < cuts.size(); ++i) sizes.push_back(cuts[i] - cuts[i - 1]);
  return sizes;
}

}  // namespace cairn::bucket::index
