#include "daemon/s3/xml.h"

#include <charconv>

namespace cairn::s3 {

void appendEscaped(std::string& out, std::string_view text) {
  std::size_t done = 0;
  const auto put = [&](std::size_t at, std::size_t width, std::string_view replacement) {
    out.append(text.substr(done, at - done)).append(replacement);
    done = at + width;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c > '>' && c < 0xEF) continue;
    switch (c) {
      case '&':
        put(i, 1, "&amp;");
        break;
      case '<':
        put(i, 1, "&lt;");
        break;
      case '>':
        put(i, 1, "&gt;");
        break;
      case '"':
        put(i, 1, "&quot;");
        break;
      // A bare carriage return would be read back as a newline.
      case '\r':
        put(i, 1, "&#13;");
        break;
      case '\t':
      case '\n':
        break;
      case 0xEF:
        if (text.substr(i, 3) == "\xEF\xBF\xBE") put(i, 3, "&#xFFFE;");
        if (text.substr(i, 3) == "\xEF\xBF\xBF") put(i, 3, "&#xFFFF;");
        break;
      default:
        if (c < 0x20) put(i, 1, "&#" + std::to_string(c) + ";");
    }
  }
  out.append(text.substr(done));
}

XmlWriter::XmlWriter(std::string_view root, std::string_view xmlns, std::size_t reserve) : root_(root) {
  out_.reserve(reserve);
  out_.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<").append(root);
  if (!xmlns.empty()) out_.append(" xmlns=\"").append(xmlns).append("\"");
  out_ += '>';
}

void XmlWriter::open(std::string_view name) {
  out_.append("<").append(name).append(">");
}
void XmlWriter::close(std::string_view name) {
  out_.append("</").append(name).append(">");
}
void XmlWriter::empty(std::string_view name) {
  out_.append("<").append(name).append("/>");
}

void XmlWriter::text(std::string_view name, std::string_view value) {
  open(name);
  appendEscaped(out_, value);
  close(name);
}

void XmlWriter::plain(std::string_view name, std::string_view value) {
  open(name);
  out_.append(value);
  close(name);
}

void XmlWriter::number(std::string_view name, std::uint64_t value) {
  char buffer[20];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
  plain(name, {buffer, static_cast<std::size_t>(end - buffer)});
}

void XmlWriter::flag(std::string_view name, bool value) {
  plain(name, value ? "true" : "false");
}

std::string XmlWriter::finish() {
  close(root_);
  return std::move(out_);
}

}  // namespace cairn::s3
