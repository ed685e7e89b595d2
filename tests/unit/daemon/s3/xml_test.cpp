#include "daemon/s3/xml.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace cairn::s3 {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  appendEscaped(out, text);
  return out;
}

TEST(XmlWriter, WritesADocument) {
  XmlWriter xml("Root");
  xml.text("Key", "a<b>&\"c\"");
  xml.number("Size", 18446744073709551615ULL);
  xml.flag("IsTruncated", false);
  xml.open("Owner");
  xml.plain("ID", "x");
  xml.close("Owner");
  xml.empty("Nothing");
  EXPECT_EQ(xml.finish(),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Root xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
            "<Key>a&lt;b&gt;&amp;&quot;c&quot;</Key><Size>18446744073709551615</Size><IsTruncated>false</IsTruncated>"
            "<Owner><ID>x</ID></Owner><Nothing/></Root>");
}

TEST(XmlWriter, EscapesWhatXmlCannotHoldAsNumericReferences) {
  EXPECT_EQ(escaped("a\x01z"), "a&#1;z");
  EXPECT_EQ(escaped("\r\n\t"), "&#13;\n\t");
  EXPECT_EQ(escaped("\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBB\xBF"), "&#xFFFE;&#xFFFF;\xEF\xBB\xBF");
  EXPECT_EQ(escaped("gr\xC3\xBC\xC3\x9F"), "gr\xC3\xBC\xC3\x9F");
}

TEST(XmlReader, ReadsElementsTextAndNamespaces) {
  const auto xml = parseXml(
      "<?xml version=\"1.0\"?><!-- c --><s:Delete xmlns:s='u'><s:Object><s:Key>a&amp;b<![CDATA[<c>]]>&#x41;</s:Key>"
      "</s:Object><Quiet>true</Quiet><Blank> </Blank></s:Delete>");
  ASSERT_TRUE(xml);
  EXPECT_EQ(xml->name, "Delete");
  ASSERT_TRUE(xml->child("Object"));
  EXPECT_EQ(xml->child("Object")->childText("Key"), "a&b<c>A");
  EXPECT_EQ(xml->childText("Quiet"), "true");
  EXPECT_EQ(xml->childText("Blank"), " ");
  EXPECT_EQ(xml->childText("Absent"), "");
}

TEST(XmlReader, RefusesHostileDocuments) {
  std::string deep, bomb = "<!DOCTYPE b [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;\">]><b>&b;</b>";
  for (int i = 0; i < 100'000; ++i) deep += "<a>";
  for (const std::string& bad : {bomb,
                                 deep,
                                 std::string(),
                                 std::string("   "),
                                 std::string("text"),
                                 std::string("<a>"),
                                 std::string("<a></b>"),
                                 std::string("<a/><b/>"),
                                 std::string("</a>"),
                                 std::string("<a"),
                                 std::string("<a>&unknown;</a>"),
                                 std::string("<a>&#0;</a>"),
                                 std::string("<a>&#x0;</a>"),
                                 std::string("<a>x&#00;y</a>"),
                                 std::string("<a>&#xD800;</a>"),
                                 std::string("<a>&#x110000;</a>"),
                                 std::string("<a>&#99999999999999999999;</a>"),
                                 std::string("<a>&</a>"),
                                 std::string("<a>\xFF</a>"),
                                 std::string("<a>\0</a>", 8),
                                 std::string("<a b='&x;'/>"),
                                 std::string("<a b='<'/>"),
                                 std::string("<!-- open"),
                                 std::string("<a><![CDATA[x</a>"),
                                 std::string("<?xml"),
                                 std::string("<!doctype a><a/>"),
                                 std::string("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>"),
                                 deep + "</a>"}) {
    const auto xml = parseXml(bad);
    ASSERT_FALSE(xml) << bad.substr(0, 80);
    EXPECT_EQ(xml.error().code, ErrorCode::MalformedXML);
  }
}

TEST(XmlReader, TakesSixteenLevelsAndNoMore) {
  const auto nested = [](int levels) {
    std::string text;
    for (int i = 0; i < levels; ++i) text += "<a>";
    for (int i = 0; i < levels; ++i) text += "</a>";
    return text;
  };
  EXPECT_TRUE(parseXml(nested(16)));
  EXPECT_FALSE(parseXml(nested(17)));
}

RC_GTEST_PROP(XmlReader, ReadsBackWhatTheWriterEscaped, ()) {
  // Any text of valid UTF-8 without NUL, control characters included.
  const auto text = *rc::gen::container<std::string>(rc::gen::inRange<char>(1, 127));
  XmlWriter writer("A");
  writer.text("B", text + "\xC3\xA9");
  const auto xml = parseXml(writer.finish());
  RC_ASSERT(xml.has_value());
  RC_ASSERT(xml->childText("B") == text + "\xC3\xA9");
}

RC_GTEST_PROP(XmlReader, SurvivesAnyBytes, (const std::string& text)) {
  (void)parseXml("<a>" + text + "</a>");
}

RC_GTEST_PROP(XmlReader, SurvivesMarkupSoup, ()) {
  const auto pieces = *rc::gen::container<std::vector<std::string>>(
      rc::gen::elementOf(std::vector<std::string>{"<a>", "</a>", "<b", "/>", ">", "<!--", "-->", "<![CDATA[", "]]>",
                                                  "&amp;", "&#1;", "&", ";", "<?", "?>", "'", "\"", "x=", " "}));
  std::string text;
  for (const auto& piece : pieces) text += piece;
  (void)parseXml(text);
}

}  // namespace
}  // namespace cairn::s3
