// What the reader must refuse, and just beside each case what it must not.

#include <gtest/gtest.h>

#include "common/cid/cbor.h"

namespace cairn::cbor {
namespace {

const std::string kCid = "01551220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const std::string kDigest = kCid.substr(8);

Bytes bytes(const std::string& hex) {
  const auto found = fromHex(hex);
  EXPECT_TRUE(found) << hex;
  return found ? *found : Bytes{};
}

void accepted(const std::string& hex) {
  const Bytes block = bytes(hex);
  const auto status = validate(block);
  EXPECT_TRUE(status) << hex << ": " << (status ? "" : status.error().message);
  Reader reader(block);
  EXPECT_EQ(reader.itemTrusted().size(), block.size()) << hex;
}

void refused(const std::string& hex, std::string_view why, Errc code = Errc::corrupt) {
  const Bytes block = bytes(hex);
  const auto status = validate(block);
  ASSERT_FALSE(status) << hex << " should be refused: " << why;
  EXPECT_EQ(status.error().code, code) << hex;
  EXPECT_NE(status.error().message.find(why), std::string::npos)
      << hex << " was refused for: " << status.error().message;
  EXPECT_NE(status.error().message.find("at byte "), std::string::npos);
  Reader reader(block);
  if (!reader.item()) EXPECT_EQ(reader.offset(), 0U) << "a refused item moves nothing";
}

std::string repeat(std::string_view what, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += what;
  return out;
}

TEST(CborStrict, RefusesNumbersNotInTheirShortestForm) {
  for (int major = 0; major < 7; ++major) {
    const auto initial = [&](int info) { return toHex(Bytes{static_cast<std::uint8_t>(major << 5 | info)}); };
    const std::string_view why = "shortest form";
    refused(initial(24) + "00", why);
    refused(initial(24) + "17", why);
    refused(initial(25) + "00ff", why);
    refused(initial(26) + "0000ffff", why);
    refused(initial(27) + "00000000ffffffff", why);
  }
  for (const auto* hex : {"17", "1818", "18ff", "190100", "1a00010000", "1b0000000100000000", "3bffffffffffffffff"}) {
    accepted(hex);
  }
  refused(
      "a1"
      "7801"
      "61"
      "00",
      "shortest form");
  refused(
      "d9002a"
      "5825"
      "00" +
          kCid,
      "shortest form");
  refused(
      "d82a"
      "590025"
      "00" +
          kCid,
      "shortest form");
}

TEST(CborStrict, RefusesIndefiniteAndReservedLengths) {
  for (const auto* hex : {"5f4100ff", "7f6100ff", "9f00ff", "bf616100ff", "ff", "1f", "3f", "df"})
    refused(hex, "indefinite");
  for (int major = 0; major < 8; ++major) {
    for (int info = 28; info < 31; ++info) {
      refused(toHex(Bytes{static_cast<std::uint8_t>(major << 5 | info), 0, 0, 0, 0}), "reserved");
    }
  }
}

TEST(CborStrict, RefusesMapKeysOutOfOrder) {
  accepted(
      "a2"
      "616100"
      "616200");
  accepted(
      "a2"
      "617a00"
      "62616100");
  accepted(
      "a2"
      "6000"
      "616100");
  accepted(
      "a2"
      "617f00"
      "62c38000");
  refused(
      "a2"
      "616200"
      "616100",
      "canonical order");
  refused(
      "a2"
      "62616100"
      "617a00",
      "canonical order");
  refused(
      "a2"
      "616100"
      "6000",
      "canonical order");
  refused(
      "a2"
      "616100"
      "616100",
      "twice");
  refused(
      "a2"
      "6000"
      "6000",
      "twice");
  refused(
      "81a2"
      "616200"
      "616100",
      "canonical order");
  refused(
      "a1"
      "6161"
      "a2"
      "616200"
      "616100",
      "canonical order");
  accepted(
      "a2"
      "6161"
      "a1616200"
      "616200");
}

TEST(CborStrict, RefusesMapKeysThatAreNoText) {
  for (const auto* key : {"00", "20", "4161", "80", "a0", "f4", "f6", "fb3ff0000000000000"}) {
    refused(std::string("a1") + key + "00", "not text");
  }
}

TEST(CborStrict, RefusesTagsOtherThan42) {
  for (const auto* hex :
       {"c000", "c11a514b67b0", "c249010000000000000000", "d74401020304", "d82976", "d82b40", "d9d9f700"}) {
    refused(hex, "tag other than 42");
  }
}

TEST(CborStrict, RefusesBadCidsInLinks) {
  accepted(
      "d82a5825"
      "00" +
      kCid);
  refused("d82a00", "no byte string");
  refused("d82a6161", "no byte string");
  refused(
      "d82ad82a5825"
      "00" +
          kCid,
      "no byte string");
  refused("d82a40", "first byte");
  refused("d82a5824" + kCid, "first byte");
  refused(
      "d82a5825"
      "01" +
          kCid,
      "first byte");
  refused("d82a4100", "not a CID");
  refused(
      "d82a5824"
      "00" +
          kCid.substr(0, 70),
      "not a CID");
  refused(
      "d82a5826"
      "00" +
          kCid + "00",
      "not a CID");
  refused(
      "d82a5825"
      "00"
      "02551220" +
          kDigest,
      "not a CID");
  refused(
      "d82a5825"
      "00"
      "00551220" +
          kDigest,
      "not a CID");
  refused(
      "d82a5826"
      "00"
      "01d5001220" +
          kDigest,
      "not a CID");
  refused(
      "d82a5825"
      "00" +
          kCid.substr(0, 70),
      "longer than what is left");
  refused("d82a", "ends early");
}

TEST(CborStrict, TellsLinksOfOtherKindsApart) {
  refused(
      "d82a5825"
      "00"
      "01721220" +
          kDigest,
      "codec 0x72", Errc::unsupported);
  refused(
      "d82a5825"
      "00"
      "01551b20" +
          kDigest,
      "hash function 0x1b", Errc::unsupported);
  refused(
      "d82a5823"
      "00"
      "1220" +
          kDigest,
      "version 0", Errc::unsupported);
  refused(
      "d82a5819"
      "00"
      "01551214" +
          kDigest.substr(0, 40),
      "digest of 20 bytes", Errc::unsupported);
}

TEST(CborStrict, RefusesFloatsOtherThanFinite64Bit) {
  accepted("fb3ff199999999999a");
  accepted("fb0000000000000000");
  accepted("fb8000000000000000");
  accepted("fb0000000000000001");
  accepted("fb7fefffffffffffff");
  refused("f93c00", "64 bits wide");
  refused("fa47c35000", "64 bits wide");
  refused("fb7ff0000000000000", "not finite");
  refused("fbfff0000000000000", "not finite");
  refused("fb7ff8000000000000", "not finite");
  refused("fb7ff0000000000001", "not finite");
  refused("f97e00", "64 bits wide");
}

TEST(CborStrict, RefusesOtherSimpleValues) {
  for (const auto* hex : {"f4", "f5", "f6"}) accepted(hex);
  refused("f7", "undefined");
  for (int value = 0; value < 20; ++value)
    refused(toHex(Bytes{static_cast<std::uint8_t>(0xe0 + value)}), "simple value");
  for (const auto* hex : {"f800", "f814", "f820", "f8ff"}) refused(hex, "simple value");
}

TEST(CborStrict, RefusesTextThatIsNotUtf8) {
  accepted("62c280");
  accepted("63e0a080");
  accepted("63ed9fbf");
  accepted("63ee8080");
  accepted("64f0908080");
  accepted("64f48fbfbf");
  accepted(
      "6d"
      "6162636465666768"
      "e282ac"
      "6162");
  for (const auto* hex : {"6180", "61c2", "62c080", "62c1bf", "63e08080", "63e09fbf", "63eda080", "63edbfbf", "62e282",
                          "64f0808080", "64f08fbfbf", "64f4908080", "64f5808080", "61ff", "63f09080", "62c2c2",
                          "6961626364656667"
                          "6880",
                          "686162636465666780"}) {
    refused(hex, "UTF-8");
  }
  refused(
      "a161"
      "ff"
      "00",
      "UTF-8");
}

TEST(CborStrict, LimitsNesting) {
  accepted(repeat("81", kMaxDepth - 1) + "80");
  accepted(repeat("81", kMaxDepth) + "00");
  refused(repeat("81", kMaxDepth) + "80", "too deeply");
  accepted(repeat("a16161", kMaxDepth) + "00");
  refused(repeat("a16161", kMaxDepth) + "a0", "too deeply");
  refused(repeat("81", 1'000'000), "too deeply");
}

TEST(CborStrict, RefusesTrailingBytes) {
  refused("0000", "too many");
  refused("8000", "too many");
  refused("f6f6", "too many");
}

TEST(CborStrict, RefusesWhatEndsEarly) {
  const Bytes whole = bytes(
      "a2"
      "6161"
      "82"
      "1903e8"
      "d82a5825"
      "00" +
      kCid +
      "6162"
      "82"
      "4401020304"
      "fb3ff199999999999a");
  ASSERT_TRUE(validate(whole));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const auto status = validate(BytesView(whole).first(length));
    ASSERT_FALSE(status) << length;
    EXPECT_EQ(status.error().code, Errc::corrupt) << length;
  }
}

TEST(CborStrict, BelievesNoClaimedLength) {
  for (const auto* major : {"5b", "7b"}) {
    for (const auto* length : {"7fffffffffffffff", "ffffffffffffffff", "0000000100000000"}) {
      refused(std::string(major) + length + "00", "longer than what is left");
      refused(std::string("a1") + major + length + "00", major == std::string_view("5b") ? "not text" : "longer");
    }
  }
  for (const auto* major : {"9b", "bb"}) {
    for (const auto* length : {"7fffffffffffffff", "ffffffffffffffff", "8000000000000001"}) {
      refused(std::string(major) + length + "0000", "claims more");
    }
  }
  refused("d82a5bffffffffffffffff00", "longer than what is left");
}

TEST(CborStrict, LimitsTheSizeOfABlock) {
  Bytes block;
  Writer writer(block);
  writer.bytes(Bytes(kMaxBlockBytes - 5));
  EXPECT_EQ(block.size(), kMaxBlockBytes);
  EXPECT_TRUE(validate(block));
  block.clear();
  writer.bytes(Bytes(kMaxBlockBytes - 4));
  EXPECT_EQ(validate(block).error().code, Errc::too_large);
  Reader reader(block);
  EXPECT_EQ(reader.item().error().code, Errc::too_large);
  EXPECT_EQ(reader.offset(), 0U);
}

}  // namespace
}  // namespace cairn::cbor
