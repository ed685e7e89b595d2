// HTTP/1.1 messages as values: header fields, a request's head, a response's head.
//
// Contract: values without I/O. Headers keep the fields' order and the case of their names (SigV4 and golden
// transcripts need both) in one arena, so that a reused Headers allocates nothing; look-up ignores case (RFC 9110 5.1).
// Views that find(), findAll(), operator[] and iteration return are valid until the next change of the object. Nothing
// is validated here: the parser refuses malformed input, and the server refuses to send malformed fields.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/text.h"

namespace cairn::http {

struct Header {
  std::string_view name;
  std::string_view value;
};

class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<Header> fields);

  void add(std::string_view name, std::string_view value);
  /// Replaces every field of that name by one at the end.
  void set(std::string_view name, std::string_view value);
  /// How many were removed.
  std::size_t remove(std::string_view name);
  void clear();

  std::optional<std::string_view> find(std::string_view name) const;  ///< the first of that name
  std::vector<std::string_view> findAll(std::string_view name) const;
  bool has(std::string_view name) const { return find(name).has_value(); }

  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }
  Header operator[](std::size_t i) const;

  class Iterator {
   public:
    using value_type = Header;
    using difference_type = std::ptrdiff_t;
    Iterator(const Headers* of, std::size_t at) : of_(of), at_(at) {}
    Header operator*() const { return (*of_)[at_]; }
    Iterator& operator++() { return ++at_, *this; }
    bool operator==(const Iterator&) const = default;

   private:
    const Headers* of_;
    std::size_t at_;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, entries_.size()}; }

 private:
  struct Entry {
    std::uint32_t at, nameSize, valueSize;
  };
  std::string arena_;
  std::vector<Entry> entries_;
};

struct Request {
  std::string method;     ///< as sent, case kept
  std::string target;     ///< as sent: undecoded, with query
  std::string path;       ///< of the target, undecoded; scheme and authority of an absolute target are cut off
  std::string rawQuery;   ///< after the '?', undecoded
  bool hasQuery = false;  ///< a '?' was there, perhaps with nothing behind it
  unsigned version = 11;  ///< 10 or 11
  Headers headers;
  std::string remoteAddress;  ///< textual IP address of the peer
  bool tls = false;
  std::optional<std::string> peerKey;  ///< SPKI SHA-256 (hex) of the client certificate; its possession was proved
  std::optional<std::uint64_t> contentLength;  ///< 0 without a body, nullopt for a chunked one

  /// Sets target, path, rawQuery and hasQuery.
  void setTarget(std::string_view raw);
};

struct ResponseHead {
  int status = 200;
  Headers headers;
};

/// "Not Found" for 404; empty when the status is unknown.
std::string_view reasonPhrase(int status);

}  // namespace cairn::http
