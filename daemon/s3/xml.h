// Writing S3's XML answers and reading its XML request bodies.
//
// Contract. XmlWriter appends to one string, knows nothing of S3, and escapes every text. Characters that XML 1.0
// cannot hold (U+0000..U+001F but tab, newline and return; U+FFFE, U+FFFF) are written as numeric references, as S3
// does in listings without encoding-type=url: strict parsers refuse those, lenient ones read the key back exactly; any
// other way would lose information. parseXml() takes hostile bytes: UTF-8 only, no DOCTYPE, only the five named
// entities and numeric references other than to zero, at most kMaxXmlDepth levels; the size limit is the caller's.
// Anything else is MalformedXML. Not thread-safe per object; distinct objects on any thread. Source: XML 1.0, fifth
// edition.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/s3/error.h"

namespace cairn::s3 {

inline constexpr std::size_t kMaxXmlDepth = 16;
inline constexpr std::string_view kS3Namespace = "http://s3.amazonaws.com/doc/2006-03-01/";

class XmlWriter {
 public:
  /// `<?xml ...?>` and the root element's start; `reserve` bytes are set aside.
  explicit XmlWriter(std::string_view root, std::string_view xmlns = kS3Namespace, std::size_t reserve = 512);
  void open(std::string_view name);
  void close(std::string_view name);
  void text(std::string_view name, std::string_view value);
  void number(std::string_view name, std::uint64_t value);
  void flag(std::string_view name, bool value);
  void empty(std::string_view name);
  /// For values known to need no escaping.
  void plain(std::string_view name, std::string_view value);
  /// The document so far, for values that are formatted in place; what is appended must be escaped already.
  std::string& raw() { return out_; }
  /// Closes the root and gives the document away.
  std::string finish();

 private:
  std::string root_;
  std::string out_;
};

void appendEscaped(std::string& out, std::string_view text);

/// An element with its text (that of its direct text and CDATA children, joined) and its child elements, in order.
/// Names come without namespace prefix. Attributes are dropped.
struct XmlElement {
  std::string name, text;
  std::vector<XmlElement> children;
  const XmlElement* child(std::string_view childName) const;
  /// Text of a child; empty when absent.
  std::string_view childText(std::string_view childName) const;
};

Answer<XmlElement> parseXml(std::string_view body);

}  // namespace cairn::s3
