#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <chrono>

#include "common/cid/sha256.h"
#include "tests_support.h"

namespace cairn::auth::testing {
namespace {

BodyPlan plan(BodyMode mode, std::uint64_t length, bool verified = true) {
  BodyPlan p{.mode = mode, .decodedLength = length};
  if (mode != BodyMode::streaming_unsigned_trailer && verified)
    p.signing = SigningContext{signingKey(kSecret, "20130524", "us-east-1"), "20130524T000000Z",
                               "20130524/us-east-1/s3/aws4_request", std::string(64, 'a')};
  if (mode != BodyMode::streaming_signed) p.trailers = {"x-amz-checksum-crc32"};
  return p;
}

std::string hex(std::size_t n) {
  std::array<char, 20> out;
  std::snprintf(out.data(), out.size(), "%zx", n);
  return out.data();
}

/// A signed body of these chunks; the final empty one is added. With trailers, they are signed too.
std::string encode(const std::vector<std::string>& chunks, const BodyPlan& p) {
  const bool isSigned = p.mode != BodyMode::streaming_unsigned_trailer;
  const SigningContext context = p.signing ? *p.signing : SigningContext{};
  std::string previous = context.seedSignature, body;
  const auto chunk = [&](const std::string& data) {
    body += hex(data.size());
    if (isSigned) {
      previous = toHex(hmacSha256(context.signingKey, "AWS4-HMAC-SHA256-PAYLOAD\n" + context.timestamp + "\n" +
                                                          context.scope + "\n" + previous + "\n" + kEmptyHash + "\n" +
                                                          toHex(sha256(asBytes(data)))));
      body += ";chunk-signature=" + previous;
    }
    body += "\r\n" + data;
    if (!data.empty()) body += "\r\n";
  };
  for (const std::string& data : chunks) chunk(data);
  chunk("");
  if (!p.trailers.empty()) {
    body += "x-amz-checksum-crc32:AAAAAA==\r\n";
    if (isSigned)
      body += "x-amz-trailer-signature:" +
              toHex(hmacSha256(context.signingKey, "AWS4-HMAC-SHA256-TRAILER\n" + context.timestamp + "\n" +
                                                       context.scope + "\n" + previous + "\n" +
                                                       toHex(sha256(asBytes("x-amz-checksum-crc32:AAAAAA==\n"))))) +
              "\r\n";
  }
  return body + "\r\n";
}

constexpr BodyMode kModes[] = {BodyMode::streaming_signed, BodyMode::streaming_unsigned_trailer,
                               BodyMode::streaming_signed_trailer};

TEST(ChunkedDecoder, EverySplitPointGivesTheSameBytes) {
  for (const BodyMode mode : kModes) {
    const BodyPlan p = plan(mode, 24);
    const std::string body = encode({"hello world", "\r\n0;\r\n\r\nxyzwv"}, p);
    for (std::size_t i = 0; i <= body.size(); ++i) {
      std::string out;
      ASSERT_EQ(receive(p, body, {i}, &out), "ok") << i;
      ASSERT_EQ(out, "hello world\r\n0;\r\n\r\nxyzwv");
    }
    std::vector<std::size_t> every;
    for (std::size_t i = 1; i < body.size(); ++i) every.push_back(i);
    std::string out;
    EXPECT_EQ(receive(p, body, every, &out), "ok");
    EXPECT_EQ(out.size(), 24U);
  }
}

TEST(ChunkedDecoder, EveryTruncationIsIncomplete) {
  for (const BodyMode mode : kModes) {
    const BodyPlan p = plan(mode, 16);
    const std::string body = encode({"hello world", "12345"}, p);
    for (std::size_t i = 0; i < body.size(); ++i) ASSERT_EQ(receive(p, body.substr(0, i), {}), "IncompleteBody") << i;
  }
}

TEST(ChunkedDecoder, EveryFlippedBitOfASignedBodyIsRefused) {
  for (const BodyMode mode : {BodyMode::streaming_signed, BodyMode::streaming_signed_trailer}) {
    const BodyPlan p = plan(mode, 16);
    const std::string body = encode({"hello world", "12345"}, p);
    for (std::size_t i = 0; i < body.size(); ++i) {
      for (int bit = 0; bit < 8; ++bit) {
        std::string bad = body;
        bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
        // The names of trailers are read in any case; so are the digits of a size.
        if (bad[i] != body[i] &&
            std::tolower(static_cast<unsigned char>(bad[i])) == std::tolower(static_cast<unsigned char>(body[i])))
          continue;
        ASSERT_NE(receive(p, bad, {}), "ok") << i << " bit " << bit;
      }
    }
  }
}

TEST(ChunkedDecoder, ReorderedOrDroppedChunksAreRefused) {
  const BodyPlan p = plan(BodyMode::streaming_signed, 10);
  const std::string body = encode({"aaaaa", "bbbbb"}, p);
  const std::size_t chunk = 1 + 17 + 64 + 2 + 5 + 2;
  EXPECT_EQ(receive(p, body.substr(chunk, chunk) + body.substr(0, chunk) + body.substr(2 * chunk), {}),
            "SignatureDoesNotMatch");
  BodyPlan five = p;
  five.decodedLength = 5;
  EXPECT_EQ(receive(five, body.substr(0, chunk) + body.substr(2 * chunk), {}), "SignatureDoesNotMatch");
}

TEST(ChunkedDecoder, MalformedFramingIsRefused) {
  const std::string end = "0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
  const BodyPlan p = plan(BodyMode::streaming_unsigned_trailer, 5);
  const std::pair<std::string, std::string> table[] = {
      {"5\r\nhello\r\n" + end, "ok"},
      {"0005\r\nhello\r\n" + end, "ok"},
      {"5\r\nhello\r\n" + end + "\r\n", "ok"},                               // minio-go
      {"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\n\r\n\r\n", "ok"},  // minio-go
      {"5\r\nhello\r\n" + end + "\r\n\r\n", "InvalidRequest"},
      {"5\r\nhello\r\n" + end + "x", "InvalidRequest"},
      {"5\r\nhello\r\n" + end + "\r", "InvalidRequest"},
      {"", "IncompleteBody"},
      {"\r\n", "InvalidRequest"},
      {"g\r\nhello\r\n" + end, "InvalidRequest"},
      {"0x5\r\nhello\r\n" + end, "InvalidRequest"},
      {"+5\r\nhello\r\n" + end, "InvalidRequest"},
      {"-5\r\nhello\r\n" + end, "InvalidRequest"},
      {" 5\r\nhello\r\n" + end, "InvalidRequest"},
      {"5 \r\nhello\r\n" + end, "InvalidRequest"},
      {"5\nhello\r\n" + end, "InvalidRequest"},
      {"5\r\nhello\n" + end, "InvalidRequest"},
      {"5\r\nhello" + end, "InvalidRequest"},
      {"5\r\nhellox\r\n" + end, "InvalidRequest"},
      {"5;a=b\r\nhello\r\n" + end, "InvalidRequest"},
      {"6\r\nhello!\r\n" + end, "InvalidRequest"},
      {"5\r\nhello\r\n1\r\n!\r\n" + end, "InvalidRequest"},
      {"4\r\nhell\r\n" + end, "IncompleteBody"},
      {"ffffffffffffffff\r\nhello\r\n" + end, "InvalidRequest"},
      {"10000000000000005\r\nhello\r\n" + end, "InvalidRequest"},
      {std::string(1025, '0'), "InvalidRequest"},
      {"5\r\nhello\r\n0\r\n\r\n", "MalformedTrailerError"},
      {"5\r\nhello\r\n0\r\nx-amz-checksum-crc32\r\n\r\n", "MalformedTrailerError"},
      {"5\r\nhello\r\n0\r\nx-amz-checksum-sha1:AAAA\r\n\r\n", "MalformedTrailerError"},
      {"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:A\r\nx-amz-checksum-crc32:A\r\n\r\n", "MalformedTrailerError"},
      {"5\r\nhello\r\n0\r\nx-amz-trailer-signature:" + std::string(64, '0') + "\r\n\r\n", "MalformedTrailerError"},
      {"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:" + std::string(9000, 'A'), "InvalidRequest"},
  };
  for (const auto& [body, expected] : table) {
    EXPECT_EQ(receive(p, body, {}), expected) << body.substr(0, 80);
    if (body.size() > 3) EXPECT_EQ(receive(p, body, {2}), expected) << body.substr(0, 80);
  }
}

TEST(ChunkedDecoder, SignedFramingNeedsSignatures) {
  const std::string zeros(64, '0');
  const BodyPlan p = plan(BodyMode::streaming_signed, 0, false);
  const std::pair<std::string, std::string> table[] = {
      {"0;chunk-signature=" + zeros + "\r\n\r\n", "ok"},
      {"0;chunk-signature=" + zeros + "\r\n\r\n\r\n", "InvalidRequest"},
      {"0\r\n\r\n", "InvalidRequest"},
      {"0;\r\n\r\n", "InvalidRequest"},
      {"0;chunk-signature=" + zeros + "0\r\n\r\n", "InvalidRequest"},
      {"0;chunk-signature=" + zeros.substr(1) + "\r\n\r\n", "InvalidRequest"},
      {"0;chunk-signature=" + zeros.substr(1) + "A\r\n\r\n", "InvalidRequest"},
      {"0;chunk-signature=" + zeros + ";x=y\r\n\r\n", "InvalidRequest"},
      {"0;Chunk-Signature=" + zeros + "\r\n\r\n", "InvalidRequest"},
  };
  for (const auto& [body, expected] : table) EXPECT_EQ(receive(p, body, {}), expected) << body;
  EXPECT_EQ(receive(plan(BodyMode::streaming_signed, 0), "0;chunk-signature=" + zeros + "\r\n\r\n", {}),
            "SignatureDoesNotMatch");
  const BodyPlan trailer = plan(BodyMode::streaming_signed_trailer, 0, false);
  const std::string start = "0;chunk-signature=" + zeros + "\r\n";
  EXPECT_EQ(receive(trailer, start + "x-amz-checksum-crc32:A\r\n\r\n\r\n", {}), "MalformedTrailerError");
  EXPECT_EQ(receive(trailer, start + "x-amz-checksum-crc32:A\r\nx-amz-trailer-signature:" + zeros + "\r\n\r\n", {}),
            "ok");
  EXPECT_EQ(receive(trailer, start + "x-amz-trailer-signature:" + zeros + "\r\n\r\n", {}), "MalformedTrailerError");
  EXPECT_EQ(receive(trailer, start + "x-amz-trailer-signature:" + zeros + "\r\nx-amz-checksum-crc32:A\r\n\r\n", {}),
            "MalformedTrailerError");
}

RC_GTEST_PROP(ChunkedDecoder, AnyChunksCutAnywhereComeBack, (std::vector<std::string> chunks)) {
  std::string whole;
  std::erase_if(chunks, [](const std::string& c) { return c.empty(); });
  for (const auto& c : chunks) whole += c;
  const BodyPlan p =
      plan(*rc::gen::elementOf(std::vector<BodyMode>(std::begin(kModes), std::end(kModes))), whole.size());
  const std::string body = encode(chunks, p);
  auto cuts = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(0, body.size() + 1));
  std::sort(cuts.begin(), cuts.end());
  std::string out;
  RC_ASSERT(receive(p, body, cuts, &out) == "ok");
  RC_ASSERT(out == whole);
}

TEST(ChunkedDecoder, BigChunksCostNothingBeyondTheirHash) {
  const std::string data(64U << 20, 'z');
  const BodyPlan p{.mode = BodyMode::streaming_unsigned_trailer, .decodedLength = data.size()};
  const std::string body = hex(data.size()) + "\r\n" + data + "\r\n0\r\n\r\n";
  BodyReceiver receiver(p);
  std::vector<BytesView> out;
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t at = 0; at < body.size(); at += 65536)
    ASSERT_TRUE(receiver.feed(asBytes(body).subspan(at, std::min<std::size_t>(65536, body.size() - at)), out));
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
  ASSERT_TRUE(receiver.finish());
  std::size_t total = 0;
  for (const BytesView v : out) total += v.size();
  EXPECT_EQ(total, data.size());
  EXPECT_LE(out.size(), body.size() / 65536 + 2) << "one view a piece";
  std::printf("unsigned framing of 64 MiB: %.3f ms\n", took.count());
}

}  // namespace
}  // namespace cairn::auth::testing
