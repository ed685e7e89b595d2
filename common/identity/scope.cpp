#include "common/identity/scope.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace cairn::identity {
namespace {

constexpr std::size_t kMaxPrefix = 1024;  // S3's longest key
constexpr std::array<std::pair<Operation, std::string_view>, 4> kNames = {
    {{Operation::read, "read"}, {Operation::write, "write"}, {Operation::list, "list"}, {Operation::remove, "delete"}}};

bool names(const ScopeEntry& entry, std::string_view bucket) {
  return entry.bucket == kAnyBucket || entry.bucket == bucket;
}

/// `narrow` within `wide`.
bool within(const ScopeEntry& wide, const ScopeEntry& narrow) {
  return names(wide, narrow.bucket) && wide.operations.includes(narrow.operations) &&
         narrow.prefix.starts_with(wide.prefix) && (!wide.keysOnly || narrow.keysOnly || !narrow.prefix.empty());
}

}  // namespace

Operations::Operations(std::initializer_list<Operation> some) {
  for (Operation o : some) bits_ |= static_cast<std::uint8_t>(o);
}

Result<Operations> Operations::parse(std::string_view text) {
  Operations out;
  std::string_view rest = text;
  for (const auto& [operation, name] : kNames) {
    if (!rest.starts_with(name)) continue;
    rest.remove_prefix(name.size());
    out.bits_ |= static_cast<std::uint8_t>(operation);
    if (rest.empty()) break;
    if (rest.front() != ',' || rest.size() == 1) break;
    rest.remove_prefix(1);
  }
  if (!rest.empty() || out.text() != text)
    return fail(Errc::invalid, "operations are some of read,write,list,delete, in this order and without blanks");
  return out;
}

Operations Operations::with(Operations other) const {
  Operations out;
  out.bits_ = bits_ & other.bits_;
  return out;
}

Operations Operations::without(Operations other) const {
  Operations out;
  out.bits_ = static_cast<std::uint8_t>(bits_ & ~other.bits_);
  return out;
}

std::string Operations::text() const {
  std::string out;
  for (const auto& [operation, name] : kNames) {
    if (!has(operation)) continue;
    if (!out.empty()) out += ',';
    out += name;
  }
  return out;
}

Scope Scope::everything() {
  Scope scope;
  scope.entries_.push_back({std::string(kAnyBucket), {}, Operations::all()});
  return scope;
}

Result<Scope> Scope::make(std::vector<ScopeEntry> entries) {
  if (entries.empty()) return fail(Errc::invalid, "a scope has at least one entry; {\"bucket\":\"*\"} is all buckets");
  if (entries.size() > kMaxScopeEntries)
    return fail(Errc::invalid, "a scope has at most " + std::to_string(kMaxScopeEntries) + " entries");
  for (auto e = entries.begin(); e != entries.end(); ++e) {
    if (e->bucket.empty()) return fail(Errc::invalid, "a scope's entry names a bucket, or * for all");
    if (e->operations.empty()) return fail(Errc::invalid, "a scope's entry names an operation");
    if (e->prefix.size() > kMaxPrefix) return fail(Errc::invalid, "a scope's prefix has at most 1024 bytes");
    if (std::find(entries.begin(), e, *e) != e) return fail(Errc::invalid, "an entry of the scope comes twice");
  }
  Scope scope;
  scope.entries_ = std::move(entries);
  return scope;
}

bool Scope::allows(Operation operation, std::string_view bucket, std::string_view key) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const ScopeEntry& e) {
    return names(e, bucket) && e.operations.has(operation) && key.starts_with(e.prefix) && !(e.keysOnly && key.empty());
  });
}

bool Scope::allowsList(std::string_view bucket, std::string_view prefix) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const ScopeEntry& e) {
    return names(e, bucket) && e.operations.has(Operation::list) && prefix.starts_with(e.prefix);
  });
}

bool Scope::allowsSome(std::string_view bucket) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const ScopeEntry& e) { return names(e, bucket); });
}

bool Scope::covers(const Scope& narrower) const {
  return std::ranges::all_of(narrower.entries_, [this](const ScopeEntry& n) {
    return std::ranges::any_of(entries_, [&](const ScopeEntry& e) { return within(e, n); });
  });
}

namespace {

std::optional<ScopeEntry> common(const ScopeEntry& a, const ScopeEntry& b) {
  const bool bucket = names(a, b.bucket) || names(b, a.bucket);
  const ScopeEntry& deeper = a.prefix.size() >= b.prefix.size() ? a : b;
  const ScopeEntry& higher = &deeper == &a ? b : a;
  const Operations operations = a.operations.with(b.operations);
  if (!bucket || operations.empty() || !deeper.prefix.starts_with(higher.prefix)) return std::nullopt;
  return ScopeEntry{a.bucket == kAnyBucket ? b.bucket : a.bucket, deeper.prefix, operations, a.keysOnly || b.keysOnly};
}

}  // namespace

Result<Scope> intersection(const Scope& a, const Scope& b) {
  std::vector<ScopeEntry> entries;
  for (const ScopeEntry& one : a.entries()) {
    for (const ScopeEntry& other : b.entries()) {
      auto entry = common(one, other);
      if (!entry) continue;
      const auto wider = [&](const ScopeEntry& e) { return within(e, *entry); };
      if (std::ranges::any_of(entries, wider)) continue;
      std::erase_if(entries, [&](const ScopeEntry& e) { return within(*entry, e); });
      entries.push_back(std::move(*entry));
    }
  }
  if (entries.empty()) return fail(Errc::denied, "the two scopes allow nothing together");
  if (entries.size() > kMaxScopeEntries)
    return fail(Errc::too_large,
                "the two scopes together take more than " + std::to_string(kMaxScopeEntries) + " entries");
  return Scope::make(std::move(entries));
}

}  // namespace cairn::identity
