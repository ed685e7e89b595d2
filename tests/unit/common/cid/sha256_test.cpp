#include "common/cid/sha256.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <thread>

namespace cairn {
namespace {

constexpr std::string_view kAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Sha256, MatchesTheStandardsExamples) {
  EXPECT_EQ(toHex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(toHex(sha256(asBytes("abc"))), kAbc);
  EXPECT_EQ(toHex(sha256(asBytes("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"))),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Sha256, IsTheSameOnEveryThread) {
  std::string found;
  std::thread([&] { found = toHex(sha256(asBytes("abc"))); }).join();
  EXPECT_EQ(found, kAbc);
}

TEST(Sha256, MovesItsState) {
  Sha256 first;
  first.update(asBytes("a"));
  Sha256 second(std::move(first));
  second.update(asBytes("b"));
  Sha256 third;
  third = std::move(second);
  third.update(asBytes("c"));
  EXPECT_EQ(toHex(third.finish()), kAbc);
}

RC_GTEST_PROP(Sha256, PiecesHashLikeTheWhole, (const std::vector<Bytes>& pieces)) {
  Sha256 hash;
  Bytes whole;
  for (const Bytes& piece : pieces) {
    hash.update(piece);
    append(whole, piece);
  }
  RC_ASSERT(hash.finish() == sha256(whole));
}

}  // namespace
}  // namespace cairn
