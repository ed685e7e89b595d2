#include "common/cid/cid.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "cid_generators.h"

namespace cairn {
namespace {

constexpr std::string_view kEmptyRaw = "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku";
constexpr std::string_view kEmptyRawBase58 = "zb2rhmy65F3REf8SZp7De11gxtECBGgUKaLdiDj7MCGCHxbDW";
constexpr std::string_view kEmptyRawHex = "01551220e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::string_view kDigestHex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

Errc parseError(std::string_view text) {
  const auto cid = Cid::parse(text);
  EXPECT_FALSE(cid) << text;
  return cid ? Errc::internal : cid.error().code;
}

Errc decodeError(const std::string& hex) {
  const auto bytes = fromHex(hex);
  EXPECT_TRUE(bytes) << hex;
  const auto cid = Cid::decode(*bytes);
  EXPECT_FALSE(cid) << hex;
  return cid ? Errc::internal : cid.error().code;
}

TEST(Cid, OfTheEmptyRawBlock) {
  const Cid cid = Cid::of(Codec::raw, {});
  EXPECT_EQ(cid.str(), kEmptyRaw);
  EXPECT_EQ(toHex(cid.bytes()), kEmptyRawHex);
  EXPECT_EQ(cid.codec(), Codec::raw);
  EXPECT_EQ(cid.hash(), HashFunction::sha2_256);
  EXPECT_EQ(toHex(cid.digest()), kDigestHex);
}

TEST(Cid, ReadsBase32AndBase58) {
  ASSERT_TRUE(Cid::parse(kEmptyRaw));
  EXPECT_EQ(*Cid::parse(kEmptyRaw), Cid::of(Codec::raw, {}));
  ASSERT_TRUE(Cid::parse(kEmptyRawBase58));
  EXPECT_EQ(*Cid::parse(kEmptyRawBase58), Cid::of(Codec::raw, {}));
}

TEST(Cid, TellsOtherCidsFromNone) {
  EXPECT_EQ(parseError("QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG"), Errc::unsupported) << "version 0";
  EXPECT_EQ(parseError("f" + std::string(kEmptyRawHex)), Errc::unsupported) << "base16";
  EXPECT_EQ(parseError("k51qzi5uqu5dlvj2baxnqndepeb86cbk3ng7n3i46uzyxzyqj2xjonzllnv0v8"), Errc::unsupported)
      << "an IPNS key";
  for (const std::string_view text : {"", "b", "z", "hello", "Qm", "bafkrei", "kitten"}) {
    EXPECT_EQ(parseError(text), Errc::invalid) << text;
  }
  EXPECT_EQ(parseError(std::string(kEmptyRaw) + "a"), Errc::invalid);
  EXPECT_EQ(parseError(std::string(kEmptyRaw).substr(0, 58)), Errc::invalid);
  EXPECT_EQ(parseError(" " + std::string(kEmptyRaw)), Errc::invalid);
  EXPECT_EQ(parseError("B" + std::string(kEmptyRaw).substr(1)), Errc::invalid)
      << "lower case under the upper case prefix";
  EXPECT_EQ(parseError(std::string(100'000, 'z')), Errc::invalid);
}

TEST(Cid, RefusesBytesThatAreNoneOfOurs) {
  const std::string digest(kDigestHex);
  EXPECT_EQ(decodeError("01551220" + digest.substr(2)), Errc::invalid) << "a byte short";
  EXPECT_EQ(decodeError("01551220" + digest + "00"), Errc::invalid) << "a byte long";
  EXPECT_EQ(decodeError(""), Errc::invalid);
  EXPECT_EQ(decodeError("01"), Errc::invalid);
  EXPECT_EQ(decodeError("00551220" + digest), Errc::invalid) << "version 0 in the form of version 1";
  EXPECT_EQ(decodeError("02551220" + digest), Errc::invalid) << "a reserved version";
  EXPECT_EQ(decodeError("81001220" + digest), Errc::invalid) << "version not in its shortest form";
  EXPECT_EQ(decodeError("01d5001220" + digest), Errc::invalid) << "codec not in its shortest form";
  EXPECT_EQ(decodeError("0155ffffffffffffffffff01"), Errc::invalid) << "endless varint";
  EXPECT_EQ(decodeError("1220" + digest), Errc::unsupported) << "version 0";
  EXPECT_EQ(decodeError("01a9021220" + digest), Errc::unsupported) << "dag-json";
  EXPECT_EQ(decodeError("01721220" + digest), Errc::unsupported) << "libp2p-key";
  EXPECT_EQ(decodeError("01550000"), Errc::unsupported) << "identity hash of nothing";
  EXPECT_EQ(decodeError("01551320" + digest), Errc::unsupported) << "sha2-512";
  EXPECT_EQ(decodeError("01551214" + digest.substr(24)), Errc::unsupported) << "a shortened digest";
  EXPECT_EQ(decodeError("0155a0e40220" + digest), Errc::unsupported) << "blake2b";
}

TEST(Cid, VerifiesOnlyItsOwnBytes) {
  for (const auto hash : {HashFunction::sha2_256, HashFunction::blake3}) {
    const Cid cid = Cid::of(Codec::dag_cbor, asBytes("hello"), hash);
    EXPECT_TRUE(cid.verifies(asBytes("hello")));
    EXPECT_FALSE(cid.verifies(asBytes("hellp")));
    EXPECT_FALSE(cid.verifies({}));
  }
  EXPECT_FALSE(Cid().verifies({}));
  EXPECT_TRUE(Cid().isNull());
  EXPECT_FALSE(Cid::decode(Cid().bytes())) << "the null value has no encoding";
}

RC_GTEST_PROP(Cid, TextAndBytesRoundTrip, (const Cid& cid)) {
  RC_ASSERT(*Cid::parse(cid.str()) == cid);
  RC_ASSERT(*Cid::decode(cid.bytes()) == cid);
  RC_ASSERT(cid.str().size() == 59U);
  Bytes longer = toBytes(cid.bytes());
  append(longer, *rc::gen::arbitrary<Bytes>());
  RC_ASSERT(*Cid::decodePrefix(longer) == cid);
}

RC_GTEST_PROP(Cid, EveryCutIsRefused, (const Cid& cid)) {
  const auto length = *rc::gen::inRange<std::size_t>(0, Cid::size);
  RC_ASSERT(Cid::decode(cid.bytes().first(length)).error().code == Errc::invalid);
  RC_ASSERT(Cid::decodePrefix(cid.bytes().first(length)).error().code == Errc::invalid);
}

}  // namespace
}  // namespace cairn
