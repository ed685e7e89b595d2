#include "console/client/sse_parser.h"

#include <gtest/gtest.h>

namespace cairn::console {
namespace {

const QByteArray sample =
    "\xEF\xBB\xBF: hello\r\n\r\nid: 7\r\nevent: flip\r\ndata: {\"a\":\"\xC3\xBC\"}\r\n\r\n"
    "data: one\ndata:two\n\n: beat\n\nretry: 5\nid: 8\rdata\r\rdata:  padded\n\nid: 9\ndata: unfinished";

std::vector<std::string> flat(const QList<SseEvent>& events) {
  std::vector<std::string> out;
  for (const auto& e : events) out.push_back((e.id + '|' + e.type + '|' + e.data).toStdString());
  return out;
}

const std::vector<std::string> expected = {"7|flip|{\"a\":\"\xC3\xBC\"}", "7||one\ntwo", "8||", "8|| padded"};

TEST(SseParser, ReadsTheWholeStream) {
  EXPECT_EQ(flat(SseParser().feed(sample)), expected);
}

TEST(SseParser, CutAtEveryByteItReadsTheSame) {
  for (qsizetype cut = 0; cut <= sample.size(); ++cut) {
    SseParser parser;
    QList<SseEvent> events = parser.feed(QByteArrayView(sample).first(cut));
    events += parser.feed(QByteArrayView(sample).sliced(cut));
    ASSERT_EQ(flat(events), expected) << "cut at " << cut;
  }
}

TEST(SseParser, FedByteByByteItReadsTheSame) {
  SseParser parser;
  QList<SseEvent> events;
  for (qsizetype i = 0; i < sample.size(); ++i) events += parser.feed(QByteArrayView(sample).sliced(i, 1));
  EXPECT_EQ(flat(events), expected);
}

TEST(SseParser, ALineWithoutEndOverflowsInsteadOfGrowing) {
  SseParser parser(100);
  parser.feed(QByteArray("data: ") + QByteArray(94, 'x'));
  EXPECT_FALSE(parser.overflowed());
  parser.feed("y");
  EXPECT_TRUE(parser.overflowed());
}

TEST(SseParser, ManyDataLinesOverflowToo) {
  SseParser parser(100);
  for (int i = 0; i < 60; ++i) parser.feed("data: x\n");
  EXPECT_TRUE(parser.overflowed());
}

}  // namespace
}  // namespace cairn::console
