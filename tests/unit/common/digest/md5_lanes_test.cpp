// MD5 of several streams at once is that of each alone, however their bytes come.
#include "common/digest/md5_lanes.h"

#include <gtest/gtest.h>

#include <random>

#include "common/digest/digest.h"

namespace cairn {
namespace {

Bytes randomBytes(std::mt19937& random, std::size_t size) {
  Bytes out(size);
  for (auto& b : out) b = static_cast<std::uint8_t>(random());
  return out;
}

Bytes md5Of(Md5& stream) {
  const auto out = stream.finish();
  return {out.begin(), out.end()};
}

TEST(Md5, TheExamplesOfTheRfc) {
  for (auto [text, digest] :
       {std::pair{"", "d41d8cd98f00b204e9800998ecf8427e"}, std::pair{"a", "0cc175b9c0f1b6a831c399e269772661"},
        std::pair{"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
        std::pair{"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                  "57edf4a22be3c955ac49da2e2107b67a"}}) {
    Md5 stream;
    stream.update(asBytes(text));
    EXPECT_EQ(toHex(md5Of(stream)), digest) << text;
  }
}

TEST(Md5, EveryLengthAroundTheBlocksIsPaddedRight) {
  std::mt19937 random(1);
  for (std::size_t size = 0; size < 300; ++size) {
    const Bytes data = randomBytes(random, size);
    Md5 stream;
    stream.update(data);
    EXPECT_EQ(md5Of(stream), digest(DigestAlgorithm::md5, data)) << size;
  }
}

TEST(Md5, StreamsSideBySideDoNotMix) {
  std::mt19937 random(2);
  for (int round = 0; round < 200; ++round) {
    const std::size_t streams = 1 + random() % 12;
    std::vector<Md5> md5(streams);
    std::vector<Bytes> all(streams);
    for (int go = 0; go < 5; ++go) {
      std::vector<Bytes> pieces;
      std::vector<Md5::Job> jobs;
      pieces.reserve(streams);
      for (std::size_t i = 0; i < streams; ++i) {
        if (random() % 4 == 0) continue;
        pieces.push_back(randomBytes(random, random() % 3 == 0 ? random() % 70 : random() % 5000));
        append(all[i], pieces.back());
        jobs.push_back({&md5[i], pieces.back()});
      }
      Md5::advance(jobs);
    }
    for (std::size_t i = 0; i < streams; ++i)
      ASSERT_EQ(md5Of(md5[i]), digest(DigestAlgorithm::md5, all[i])) << "stream " << i << " of " << streams;
  }
}

}  // namespace
}  // namespace cairn
