#include "tests/sim/history.h"

#include "common/digest/digest.h"

namespace cairn::sim {
namespace {

Bytes repeated(const std::string& text, std::size_t size) {
  Bytes out;
  out.reserve(size + text.size());
  while (out.size() < size) append(out, asBytes(text));
  return out;
}

/// Mostly small; some of several leaves, and some that go ahead of their commit.
std::size_t sizeOf(Rng& rng) {
  std::uint64_t dice = rng.below(1000);
  if (dice < 4) return 1'200'000;
  if (dice < 14) return 300'000;
  if (dice < 100) return 5000;
  return 16 + rng.below(300);
}

}  // namespace

const Value& Values::make(bool asPart) {
  Value v;
  std::string name = "value " + std::to_string(values_.size() + 1) + "; ";
  v.content = repeated(name, sizeOf(world_.rng));
  Bytes md5 = digest(DigestAlgorithm::md5, v.content);
  std::copy(md5.begin(), md5.end(), v.entry.etag.md5.begin());
  v.part.md5 = v.entry.etag.md5;
  if (asPart) {
    Bytes joined = digest(DigestAlgorithm::md5, md5);
    std::copy(joined.begin(), joined.end(), v.entry.etag.md5.begin());
    v.entry.etag.parts = 1;
  }
  // Some entries are too large for the index and stand in a block of their own.
  if (world_.rng.chance(0.05)) v.entry.attributes.metadata["note"] = std::string(7000, 'n');
  return keep(std::move(v));
}

const Value& Values::copyOf(const Value& source) {
  Value v = source;
  Bytes md5 = digest(DigestAlgorithm::md5, asBytes("copy " + std::to_string(values_.size() + 1)));
  std::copy(md5.begin(), md5.end(), v.entry.etag.md5.begin());
  v.entry.etag.parts = 0;
  return keep(std::move(v));
}

const Value& Values::keep(Value value) {
  value.number = static_cast<int>(values_.size()) + 1;
  value.etag = value.entry.etag.str();
  byETag_[value.etag] = value.number;
  values_.push_back(std::move(value));
  return values_.back();
}

const Value* Values::find(const std::string& etag) const {
  auto found = byETag_.find(etag);
  return found == byETag_.end() ? nullptr : &at(found->second);
}

void History::check(World& world) const {
  for (const auto& [name, object] : objects_)
    if (!linearizable(object.operations, object.initial)) {
      world.fail("linearizability", "no order of operations explains what was seen of " + name + " (first " +
                                        std::to_string(object.initial) + "):\n" + describe(object.operations));
      return;
    }
}

std::size_t History::size() const {
  std::size_t n = 0;
  for (const auto& [name, object] : objects_) n += object.operations.size();
  return n;
}

}  // namespace cairn::sim
