#include <pugixml.hpp>

#include "daemon/s3/names.h"
#include "daemon/s3/xml.h"

namespace cairn::s3 {
namespace {

/// pugixml is fast and lenient: it skips DOCTYPEs, leaves unknown entities alone and cuts texts at a reference to zero.
/// One pass over the bytes refuses all that, and nesting, before it sees them.
class Inspection {
 public:
  explicit Inspection(std::string_view body) : s_(body) {}

  bool passes() {
    if (!validUtf8(s_) || s_.find('\0') != std::string_view::npos) return false;
    while (at_ < s_.size()) {
      const char c = s_[at_];
      const bool good = c == '<' ? markup() : c == '&' ? reference() : (++at_, true);
      if (!good) return false;
    }
    return depth_ == 0;
  }

 private:
  bool skipTo(std::string_view opening, std::string_view end) {
    const auto close = s_.find(end, at_ + opening.size());
    if (close == std::string_view::npos) return false;
    at_ = close + end.size();
    return true;
  }

  bool markup() {
    const std::string_view rest = s_.substr(at_);
    if (rest.starts_with("<!--")) return skipTo("<!--", "-->");
    if (rest.starts_with("<![CDATA[")) return depth_ > 0 && skipTo("<![CDATA[", "]]>");
    if (rest.starts_with("<?")) return skipTo("<?", "?>");
    if (rest.starts_with("<!")) return false;
    return tag();
  }

  bool tag() {
    const bool closing = s_.substr(at_).starts_with("</");
    char quote = 0;
    for (++at_; at_ < s_.size(); ++at_) {
      const char c = s_[at_];
      if (c == '&') {
        if (!reference()) return false;
        --at_;
      } else if (c == '<') {
        return false;
      } else if (quote) {
        if (c == quote) quote = 0;
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '>') {
        return leaveTag(closing, s_[at_ - 1] == '/');
      }
    }
    return false;
  }

  bool leaveTag(bool closing, bool selfClosing) {
    ++at_;
    if (closing) return depth_-- > 0;
    if (depth_ >= kMaxXmlDepth) return false;
    if (!selfClosing) ++depth_;
    return true;
  }

  bool reference() {
    const auto end = s_.find(';', at_);
    if (end == std::string_view::npos || end - at_ > 12) return false;
    const std::string_view name = s_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    if (name.starts_with("#")) return character(name.substr(1));
    return name == "amp" || name == "lt" || name == "gt" || name == "quot" || name == "apos";
  }

  static bool character(std::string_view digits) {
    const unsigned base = digits.starts_with("x") ? 16 : 10;
    if (base == 16) digits.remove_prefix(1);
    if (digits.empty()) return false;
    std::uint32_t value = 0;
    for (const char c : digits) {
      unsigned digit = 16;
      if (c >= '0' && c <= '9') digit = static_cast<unsigned>(c - '0');
      if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') digit = static_cast<unsigned>((c | 0x20) - 'a') + 10;
      if (digit >= base) return false;
      value = value * base + digit;
      if (value > 0x10FFFF) return false;
    }
    return value != 0 && (value < 0xD800 || value > 0xDFFF);
  }

  std::string_view s_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
};

std::string_view localName(std::string_view name) {
  const auto colon = name.rfind(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

XmlElement convert(const pugi::xml_node& node) {
  XmlElement element;
  element.name = localName(node.name());
  for (const auto& child : node.children()) {
    if (child.type() == pugi::node_element)
      element.children.push_back(convert(child));
    else if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata)
      element.text += child.value();
  }
  return element;
}

}  // namespace

const XmlElement* XmlElement::child(std::string_view childName) const {
  for (const auto& c : children)
    if (c.name == childName) return &c;
  return nullptr;
}

std::string_view XmlElement::childText(std::string_view childName) const {
  const XmlElement* c = child(childName);
  return c ? std::string_view(c->text) : std::string_view();
}

Answer<XmlElement> parseXml(std::string_view body) {
  if (!Inspection(body).passes()) return refuse(ErrorCode::MalformedXML);
  pugi::xml_document document;
  // A key may consist of blanks, so text of nothing else is kept where it stands alone.
  const auto parsed = document.load_buffer(body.data(), body.size(), pugi::parse_default | pugi::parse_ws_pcdata_single,
                                           pugi::encoding_utf8);
  if (!parsed || !document.document_element()) return refuse(ErrorCode::MalformedXML);
  const auto root = document.document_element();
  if (root.next_sibling() && root.next_sibling().type() == pugi::node_element) return refuse(ErrorCode::MalformedXML);
  return convert(root);
}

}  // namespace cairn::s3
