// What a credential allows: on which buckets, under which prefixes, to do what.
//
// Contract: a value; pure, any thread. A scope is a list of entries, and allows what one of them allows. An entry's
// bucket is a name or "*" for all; its prefix is compared byte by byte and may be empty; its operations are some of
// read, write, list and delete, in this order, each once. No entry, nothing allowed. What the owner may not do, a scope
// does not give: it only narrows. text() and parse() are the one spelling of an entry's operations: "read,list".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace cairn::identity {

enum class Operation : std::uint8_t { read = 1, write = 2, list = 4, remove = 8 };

class Operations {
 public:
  Operations() = default;
  Operations(std::initializer_list<Operation> some);
  Operations& operator|=(Operations more) {
    bits_ |= more.bits_;
    return *this;
  }
  static Operations all() { return {Operation::read, Operation::write, Operation::list, Operation::remove}; }
  /// Errc::invalid unless spelled as text() does; "" is none.
  static Result<Operations> parse(std::string_view text);

  bool has(Operation operation) const { return (bits_ & static_cast<std::uint8_t>(operation)) != 0; }
  /// Those of both; those that the other has not.
  Operations with(Operations other) const;
  Operations without(Operations other) const;
  bool includes(Operations other) const { return (bits_ & other.bits_) == other.bits_; }
  bool empty() const { return bits_ == 0; }
  std::string text() const;
  Operations with(Operation operation) const;
  /// Each operation's value, added up: 0 to 15.
  std::uint8_t bits() const { return bits_; }
  friend bool operator==(const Operations&, const Operations&) = default;

 private:
  std::uint8_t bits_ = 0;
};

struct ScopeEntry {
  std::string bucket;
  std::string prefix;
  Operations operations;
  /// With an empty prefix: keys alone, not the bucket itself. Tokens and access keys cannot say this, sessions can.
  bool keysOnly = false;
  friend bool operator==(const ScopeEntry&, const ScopeEntry&) = default;
};

inline constexpr std::size_t kMaxScopeEntries = 64;
inline constexpr std::string_view kAnyBucket = "*";

class Scope {
 public:
  /// Everything that the owner may do.
  static Scope everything();
  /// Errc::invalid: more than kMaxScopeEntries, none at all, an entry without operations or bucket, a prefix over 1024
  /// bytes, or one that comes twice.
  static Result<Scope> make(std::vector<ScopeEntry> entries);

  const std::vector<ScopeEntry>& entries() const { return entries_; }
  /// On one key. Writing to a bucket itself (making, deleting it) is an operation on the key "",
  /// which an entry that is of keys only does not allow.
  bool allows(Operation operation, std::string_view bucket, std::string_view key) const;
  /// Listing what begins with `prefix`: an entry's prefix must be part of it.
  bool allowsList(std::string_view bucket, std::string_view prefix) const;
  /// To know that the bucket is there: anything that is allowed in it.
  bool allowsSome(std::string_view bucket) const;
  /// Whether every entry of `narrower` lies within one of this scope's.
  bool covers(const Scope& narrower) const;

  friend bool operator==(const Scope&, const Scope&) = default;

 private:
  std::vector<ScopeEntry> entries_;
};

/// What both allow, no more and no less. Errc::denied when that is nothing; Errc::too_large over kMaxScopeEntries.
Result<Scope> intersection(const Scope& a, const Scope& b);

}  // namespace cairn::identity
