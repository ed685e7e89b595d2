#include "common/identity/scope.h"

#include <algorithm>
#include <array>
#include <utility>

namespace cairn::identity {
namespace {

constexpr std::size_t kMaxPrefix = 1024;  // S3's longest key
constexpr std::array<std::pair<Operation, std::string_view>, 4> kNames = {
    {{Operation::read, "read"}, {Operation::write, "write"}, {Operation::list, "list"}, {Operation::remove, "delete"}}};

bool names(const ScopeEntry& entry, std::string_view bucket) {
  return entry.bucket == kAnyBucket || entry.bucket == bucket;
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

Operations Operations::with(Operation operation) const {
  Operations more = *this;
  more.bits_ |= static_cast<std::uint8_t>(operation);
  return more;
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
    return names(e, bucket) && e.operations.has(operation) && key.starts_with(e.prefix);
  });
}

bool Scope::allowsList(std::string_view bucket, std::string_view prefix) const {
  return allows(Operation::list, bucket, prefix);
}

bool Scope::allowsSome(std::string_view bucket) const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const ScopeEntry& e) { return names(e, bucket); });
}

bool Scope::covers(const Scope& narrower) const {
  return std::all_of(narrower.entries_.begin(), narrower.entries_.end(), [this](const ScopeEntry& n) {
    return std::any_of(entries_.begin(), entries_.end(), [&](const ScopeEntry& e) {
      return names(e, n.bucket) && e.operations.includes(n.operations) && n.prefix.starts_with(e.prefix);
    });
  });
}

}  // namespace cairn::identity
