#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "common/base/url.h"
#include "daemon/http/chunk.h"
#include "daemon/http/message.h"
#include "daemon/http/parser.h"

namespace cairn::http {
namespace {

TEST(Headers, KeepOrderAndCaseAndFindIgnoringCase) {
  Headers h{{"Host", "a"}, {"X-Amz-Date", "1"}, {"x-amz-date", "2"}};
  EXPECT_EQ(h.find("HOST"), "a");
  EXPECT_EQ(h.findAll("X-AMZ-DATE").size(), 2u);
  EXPECT_EQ(h[1].name, "X-Amz-Date");
  h.set("Host", *h.find("x-amz-date"));
  EXPECT_EQ(h.find("host"), "1");
  EXPECT_EQ(h.size(), 3u);
  EXPECT_EQ(h.remove("x-amz-date"), 2u);
  EXPECT_FALSE(h.has("X-Amz-Date"));
}

TEST(Request, SplitsItsTarget) {
  Request r;
  r.setTarget("/b/k%20?list-type=2&a");
  EXPECT_EQ(r.path, "/b/k%20");
  EXPECT_EQ(r.rawQuery, "list-type=2&a");
  r.setTarget("http://host:1/x?");
  EXPECT_EQ(r.path, "/x");
  EXPECT_TRUE(r.hasQuery);
  r.setTarget("http://host");
  EXPECT_EQ(r.path, "/");
  r.setTarget("/a://b?c://d");
  EXPECT_EQ(r.path, "/a://b");
}

TEST(Url, DecodesStrictly) {
  EXPECT_EQ(*percentDecode("a%20b%2Fc+"), "a b/c+");
  EXPECT_EQ(*percentDecode("a+b", Plus::space), "a b");
  for (const char* bad : {"%", "%2", "%zz", "a%2g", "%%41"})
    EXPECT_EQ(percentDecode(bad).error().code, Errc::invalid) << bad;
}

TEST(Url, EncodesAsSigV4Wants) {
  EXPECT_EQ(uriEncode("a b/c~d*\xc3\xa9"), "a%20b%2Fc~d%2A%C3%A9");
  EXPECT_EQ(uriEncode("a/b", Slash::keep), "a/b");
}

TEST(Url, QueriesKeepOrderAndRawForms) {
  auto q = parseQuery("b=1&&acl&a%3D=x%2by+z&b=");
  ASSERT_TRUE(q);
  ASSERT_EQ(q->size(), 4u);
  EXPECT_FALSE((*q)[1].hasEquals);
  EXPECT_EQ((*q)[2].name, "a=");
  EXPECT_EQ((*q)[2].value, "x+y z");
  EXPECT_EQ((*q)[2].rawValue, "x%2by+z");
  EXPECT_TRUE((*q)[3].hasEquals);
  EXPECT_FALSE(parseQuery("a=%4"));
}

RC_GTEST_PROP(Url, DecodingUndoesEncoding, (const std::string& text)) {
  RC_ASSERT(*percentDecode(uriEncode(text)) == text);
}

/// Feeds a chunked body in pieces cut at the given places.
Result<std::string> decode(std::string_view in, std::size_t step) {
  ChunkDecoder d;
  std::string out;
  while (!d.done() && !in.empty()) {
    auto piece = in.substr(0, std::max<std::size_t>(step, 1));
    if (d.dataLeft() > 0) {
      auto n = std::min<std::uint64_t>(d.dataLeft(), piece.size());
      out += piece.substr(0, n);
      d.took(n);
      in.remove_prefix(n);
      continue;
    }
    auto used = d.framing(asBytes(piece));
    if (!used) return used.error();
    in.remove_prefix(*used);
  }
  if (!d.done()) return fail(Errc::invalid, "unfinished");
  return out + "|" + std::string(in);
}

TEST(Chunks, DecodeInPiecesOfAnySize) {
  std::string_view body = "5\r\nhello\r\n00a;ext=\"x\"\r\n, world...\r\n0\r\nX-Trailer: 1\r\n\r\nNEXT";
  for (std::size_t step = 1; step < 70; ++step) EXPECT_EQ(*decode(body, step), "hello, world...|NEXT");
}

TEST(Chunks, MalformedFramingIsRefused) {
  for (std::string_view bad : {"5\nhello\r\n0\r\n\r\n", "\r\n", "0x5\r\n", "-1\r\n", "+5\r\nhello", "5 \r\nhello",
                               " 5\r\nhello", "5\r\nhelloX\r\n", "5\r\nhello\n", "11111111111111111\r\n", "5;\x01\r\n",
                               "0\r\nA: b\n\r\n", "0\r\n\rX", "g\r\n", "5\rXhello"}) {
    auto r = decode(bad, 1);
    ASSERT_FALSE(r) << bad;
    EXPECT_NE(r.error().message, "unfinished") << bad;
  }
  EXPECT_FALSE(decode("5;" + std::string(10'000, 'x') + "\r\n", 100));
}

RC_GTEST_PROP(Chunks, ArbitraryBytesNeverCrash, (const std::string& text)) {
  (void)decode(text, 3);
}

int refusal(std::string_view head) {
  Request r;
  Framing f;
  auto refused = parseRequestHead(head, 20, r, f);
  return refused ? refused->status : 0;
}

TEST(RequestHead, WhatTwoReadersCouldReadDifferentlyIsRefused) {
  const std::string ok = "GET / HTTP/1.1\r\nHost: a\r\n";
  EXPECT_EQ(refusal(ok + "\r\n"), 0);
  EXPECT_EQ(refusal(ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(refusal(ok + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n"), 400);
  EXPECT_EQ(refusal(ok + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"), 400);
  EXPECT_EQ(refusal(ok + "Content-Length: 5, 5\r\n\r\n"), 400);
  EXPECT_EQ(refusal(ok + "Content-Length: +5\r\n\r\n"), 400);
  EXPECT_EQ(refusal(ok + "Content-Length: -1\r\n\r\n"), 400);
  EXPECT_EQ(refusal(ok + "Content-Length: 0x5\r\n\r\n"), 400);
  EXPECT_EQ(refusal(ok + "Content-Length: 99999999999999999999999\r\n\r\n"), 400);
  EXPECT_EQ(refusal(ok + "Content-Length:\r\n\r\n"), 400);
  EXPECT_EQ(refusal(ok + "Transfer-Encoding: gzip, chunked\r\n\r\n"), 400);
  EXPECT_EQ(refusal(ok + "Transfer-Encoding: identity\r\n\r\n"), 400);
  EXPECT_EQ(refusal(ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(refusal(ok + "X: a\r\n b\r\n\r\n"), 400);
  EXPECT_EQ(refusal(ok + "X : a\r\n\r\n"), 400);
  EXPECT_EQ(refusal(ok + "X: a\nContent-Length: 5\r\n\r\n"), 400);
  EXPECT_EQ(refusal(ok + "X: a\rContent-Length: 5\r\n\r\n"), 400);
  EXPECT_EQ(refusal(ok + std::string("X: a\0b\r\n\r\n", 10)), 400);
  EXPECT_EQ(refusal(ok + "Host: b\r\n\r\n"), 400);
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(refusal("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(refusal("GET /#x HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(refusal("G(T / HTTP/1.1\r\nHost: a\r\n\r\n"), 400);
  EXPECT_EQ(refusal("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
  EXPECT_EQ(refusal("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
  EXPECT_EQ(refusal(ok + "Expect: magic\r\n\r\n"), 417);
  std::string many = ok;
  for (int i = 0; i < 20; ++i) many += "X" + std::to_string(i) + ": 1\r\n";
  EXPECT_EQ(refusal(many + "\r\n"), 431);
}

TEST(RequestHead, FramingIsTold) {
  Request r;
  Framing f;
  ASSERT_FALSE(parseRequestHead(
      "PUT /k HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\nExpect: 100-Continue\r\n\r\n", 9, r, f));
  EXPECT_EQ(r.contentLength, UINT64_MAX);
  EXPECT_TRUE(f.expectContinue);
  ASSERT_FALSE(parseRequestHead("PUT /k HTTP/1.1\r\nhOst: a\r\nTransfer-Encoding: Chunked\r\nConnection: close\r\n\r\n",
                                9, r, f));
  EXPECT_FALSE(r.contentLength);
  EXPECT_FALSE(f.keepAlive);
  EXPECT_EQ(r.headers[0].name, "hOst");
}

}  // namespace
}  // namespace cairn::http
