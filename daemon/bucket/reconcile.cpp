#include "daemon/bucket/reconcile.h"

#include <map>

#include "common/cid/sha256.h"
#include "daemon/bucket/objects.h"

namespace cairn::bucket {
namespace {

constexpr std::size_t kLongestKey = 1024;
constexpr std::size_t kDigestBytes = 8;

struct Value {
  Bytes bytes;
  std::uint64_t weight = 0;
  friend bool operator==(const Value&, const Value&) = default;
};

Task<Result<Entry>> entryOf(index::NodeSource& source, const Value& value) {
  auto whole = co_await resolve(source, value.bytes);
  if (!whole) co_return whole.error();
  co_return decodeEntry(*whole, value.weight);
}

/// The same to whoever reads it: put at another time, or by another upload, of the same parts.
Task<Result<bool>> equal(index::NodeSource& source, const Value& a, const Value& b) {
  auto one = co_await entryOf(source, a);
  if (!one) co_return one.error();
  auto other = co_await entryOf(source, b);
  if (!other) co_return other.error();
  other->modified = one->modified;
  other->upload = one->upload;
  co_return *one == *other;
}

class Plan {
 public:
  Plan(index::NodeSource& source, index::Root present, std::function<bool(const std::string&)> touched)
      : source_(source), present_(present), touched_(std::move(touched)) {}

  Task<Status> make(index::Merged merged) {
    std::vector<std::pair<std::string, Value>> seconds;
    for (index::Edit& edit : merged.edits) {
      const bool changedHere = touched_(edit.key);
      if (!changedHere)
        edits_[edit.key] = std::move(edit);
      else if (edit.value)
        seconds.emplace_back(std::move(edit.key), Value{std::move(*edit.value), edit.weight});
      else
        out_.kept.push_back(std::move(edit.key));
    }
    for (index::Difference& d : merged.conflicts) {
      if (!d.after) {
        out_.kept.push_back(std::move(d.key));
      } else if (!d.before && !touched_(d.key)) {
        edits_[d.key] = {d.key, std::move(d.after), d.weightAfter};
      } else {
        Value lost{std::move(*d.after), d.weightAfter};
        if (d.before) {
          auto same = co_await equal(source_, lost, {std::move(*d.before), d.weightBefore});
          if (!same) co_return same.error();
          if (*same) continue;
        }
        seconds.emplace_back(std::move(d.key), std::move(lost));
      }
    }
    for (auto& [key, lost] : seconds)
      if (auto s = co_await beside(std::move(key), std::move(lost)); !s) co_return s;
    co_return Status{};
  }

  Reconciled take() {
    for (auto& [key, edit] : edits_) out_.edits.push_back(std::move(edit));
    return std::move(out_);
  }

 private:
  Task<Status> beside(std::string key, Value lost) {
    for (std::uint64_t turn = 0;; ++turn) {
      std::string name = secondName(key, lost.bytes, lost.weight, turn);
      if (touched_(name)) continue;
      auto there = co_await index::get(source_, present_, name);
      if (!there) co_return there.error();
      std::optional<Value> present;
      if (*there) present = Value{toBytes((*there)->value), (*there)->weight};
      const auto planned = edits_.find(name);
      const bool puts = planned != edits_.end() && planned->second.value;
      const std::optional<Value> then =
          puts ? std::optional(Value{*planned->second.value, planned->second.weight}) : present;
      if (then && *then != lost) continue;
      // A removal that is planned because the other side took its own second name away must not take ours.
      if (present && !puts) edits_.erase(name);
      if (!then) edits_[name] = {name, std::move(lost.bytes), lost.weight};
      out_.both.push_back({std::move(key), std::move(name)});
      co_return Status{};
    }
  }

  index::NodeSource& source_;
  const index::Root present_;
  const std::function<bool(const std::string&)> touched_;
  std::map<std::string, index::Edit> edits_;
  Reconciled out_;
};

}  // namespace

std::string secondName(const std::string& key, BytesView value, std::uint64_t weight, std::uint64_t turn) {
  Bytes hashed;
  for (std::uint64_t number : {std::uint64_t(key.size()), weight, turn})
    for (int shift = 56; shift >= 0; shift -= 8) hashed.push_back(static_cast<std::uint8_t>(number >> shift));
  hashed.insert(hashed.end(), key.begin(), key.end());
  hashed.insert(hashed.end(), value.begin(), value.end());
  const auto digest = sha256(hashed);
  const std::string suffix = " (conflict " + toHex(BytesView(digest.data(), kDigestBytes)) + ")";
  std::size_t kept = std::min(key.size(), kLongestKey - suffix.size());
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; };
  while (kept > 0 && kept < key.size() && continues(key[kept])) --kept;
  return key.substr(0, kept) + suffix;
}

Task<Result<Reconciled>> reconcile(index::NodeSource& source, index::Root base, index::Root lost, index::Root present,
                                   index::Range range, std::function<bool(const std::string&)> touched) {
  auto merged = co_await index::merge(source, base, lost, present, std::move(range));
  if (!merged) co_return merged.error();
  Plan plan(source, present, std::move(touched));
  if (auto s = co_await plan.make(std::move(*merged)); !s) co_return s.error();
  co_return plan.take();
}

}  // namespace cairn::bucket
