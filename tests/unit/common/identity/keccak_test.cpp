#include "common/identity/keccak.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace cairn::identity {
namespace {

TEST(Keccak, PublishedVectors) {
  const auto hash = [](std::string_view text) { return toHex(keccak256(asBytes(text))); };
  EXPECT_EQ(hash(""), "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
  EXPECT_EQ(hash("\xcc"), "eead6dbfc7340a56caedc044696a168870549a6a7f6f56961e84a54bd9970b8a");
  EXPECT_EQ(hash("abc"), "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45");
  EXPECT_EQ(hash("testing"), "5f16f4c7f149ac4f9510d9cf8cf384038ad348b3bcdc01915f95de12df9d1b02");
  EXPECT_EQ(hash("The quick brown fox jumps over the lazy dog"),
            "4d741b6f1eb29cb2a9b9911c82f56fa8d73b04959d3d9d222895df6c0b28aa15");
}

// Around the end of a block, where the padding is one byte, or a block of its own.
TEST(Keccak, LengthsAroundABlock) {
  const auto hash = [](std::size_t size) { return toHex(keccak256(Bytes(size, 'a'))); };
  EXPECT_EQ(hash(135), "34367dc248bbd832f4e3e69dfaac2f92638bd0bbd18f2912ba4ef454919cf446");
  EXPECT_EQ(hash(136), "a6c4d403279fe3e0af03729caada8374b5ca54d8065329a3ebcaeb4b60aa386e");
  EXPECT_EQ(hash(137), "d869f639c7046b4929fc92a4d988a8b22c55fbadb802c0c66ebcd484f1915f39");
}

// One digest over the digests of 0 to 300 bytes, computed by pycryptodome.
TEST(Keccak, EveryLengthToThreeHundred) {
  Bytes pattern(400);
  for (std::size_t i = 0; i < pattern.size(); ++i) pattern[i] = static_cast<std::uint8_t>(i * 7 + 3);
  Keccak256 all;
  for (std::size_t n = 0; n <= 300; ++n) all.update(keccak256(BytesView(pattern).first(n)));
  EXPECT_EQ(toHex(all.finish()), "2c42f3ea255cc9e489b3111815c1014717c9fe06d269a2b51cbc4d99c5390a8b");
}

RC_GTEST_PROP(Keccak, PiecesGiveWhatTheWholeGives, (const std::vector<Bytes>& pieces)) {
  Keccak256 hash;
  Bytes whole;
  for (const Bytes& piece : pieces) {
    hash.update(piece);
    append(whole, piece);
  }
  Keccak256 copy = hash;
  RC_ASSERT(hash.finish() == keccak256(whole));
  append(whole, whole);
  RC_ASSERT(copy.update(BytesView(whole).first(whole.size() / 2)).finish() == keccak256(whole));
}

}  // namespace
}  // namespace cairn::identity
