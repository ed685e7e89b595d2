#include "common/identity/typed_data.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <fstream>

#include "common/identity/recoverable.h"
#include "common/identity/struct_encoder.h"

namespace cairn::identity {
namespace {

// The example of the EIP, with the values that its own test program (Example.js) checks.
constexpr std::string_view kMail = R"({"types":{
  "EIP712Domain":[{"name":"name","type":"string"},{"name":"version","type":"string"},
                  {"name":"chainId","type":"uint256"},{"name":"verifyingContract","type":"address"}],
  "Person":[{"name":"name","type":"string"},{"name":"wallet","type":"address"}],
  "Mail":[{"name":"from","type":"Person"},{"name":"to","type":"Person"},{"name":"contents","type":"string"}]},
 "primaryType":"Mail",
 "domain":{"name":"Ether Mail","version":"1","chainId":1,
           "verifyingContract":"0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"},
 "message":{"from":{"name":"Cow","wallet":"0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"},
            "to":{"name":"Bob","wallet":"0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB"},
            "contents":"Hello, Bob!"}})";

SecretKey cow() {
  return *SecretKey::parse(keccak256(asBytes("cow")));
}

TEST(TypedData, TheExampleOfTheEip) {
  const auto mail = TypedData::parse(kMail);
  ASSERT_TRUE(mail) << mail.error().message;
  const std::size_t type = *mail->types().find("Mail");
  EXPECT_EQ(mail->types().encodeType(type),
            "Mail(Person from,Person to,string contents)Person(string name,address wallet)");
  EXPECT_EQ(toHex(mail->types().at(type).typeHash), "a0cedeb2dc280ba39b857546d74f5549c3a1d7bdc2dd96bf881f76108e23dac2");
  EXPECT_EQ(toHex(*mail->messageHash()), "c52c0ee5d84264471806290a3f2c4cecfc5490626bf912d01f240d7a274b371e");
  EXPECT_EQ(toHex(mail->domainSeparator()), "f2cee375fa42b42143804025fc449deafd50cc031ca257e0b194a650a912090f");
  EXPECT_EQ(toHex(mail->digest()), "be609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2");
  EXPECT_EQ(Address::of(cow().publicKey()).text(), "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826");
  const auto signature = RecoverableSignature::sign(cow(), mail->digest());
  EXPECT_EQ(toHex(signature.bytes()),
            "4355c47d63924e8a72e509b65029052eb6c299d53a04e167c5775fd466751c9d"
            "07299936d304c153f6443dfa05f40ff007d72911b6f72307f996231605b91562"
            "1c");
  EXPECT_EQ(*signature.recover(mail->digest()), Address::of(cow().publicKey()));
}

TEST(TypedData, StructTypesInTheProgramGiveTheSameDigest) {
  const StructType person("Person", {{"string", "name"}, {"address", "wallet"}});
  const StructType mail("Mail", {{"Person", "from"}, {"Person", "to"}, {"string", "contents"}}, {&person});
  const Domain domain{.name = "Ether Mail",
                      .version = "1",
                      .chainId = 1,
                      .verifyingContract = *Address::parse("0xcccccccccccccccccccccccccccccccccccccccc")};
  const Digest from = StructEncoder(person).text("Cow").address(Address::of(cow().publicKey())).finish();
  const Address bob = *Address::parse("0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
  const Digest to = StructEncoder(person).text("Bob").address(bob).finish();
  const Digest message = StructEncoder(mail).structure(from).structure(to).text("Hello, Bob!").finish();
  EXPECT_EQ(typedDataDigest(domain.separator(), message), TypedData::parse(kMail)->digest());
}

// Random documents, and what eth-sig-util, eth-account, ethers and viem made of them; tests/oracles/record.py.
TEST(TypedData, RecordedVectors) {
  std::ifstream in(CAIRN_TYPED_VECTORS);
  int count = 0;
  for (std::string line; std::getline(in, line); ++count) {
    const auto vector = readJson(line);
    ASSERT_TRUE(vector);
    const auto data = TypedData::parse(vector->find("document")->text);
    ASSERT_TRUE(data) << data.error().message << "\n" << vector->find("document")->text;
    EXPECT_EQ(toHex(data->digest()), vector->find("digest")->text) << vector->find("document")->text;
    const SecretKey key = *SecretKey::parse(*fromHex(vector->find("key")->text));
    EXPECT_EQ(toHex(RecoverableSignature::sign(key, data->digest()).bytes()), vector->find("signature")->text);
  }
  EXPECT_EQ(count, 40);
}

// The recursive example of eth-sig-util's and the EIP's own tests: absent, null and empty structs.
TEST(TypedData, ANullStructIsZerosAndAnEmptyOneIsNot) {
  const auto digest = [](std::string_view message) {
    const auto data = TypedData::parse(R"({"types":{"EIP712Domain":[],"E":[],
        "P":[{"name":"name","type":"string"},{"name":"mother","type":"P"},{"name":"e","type":"E"}]},
        "primaryType":"P","domain":{},"message":)" +
                                       std::string(message) + "}");
    EXPECT_TRUE(data) << data.error().message;
    return data->digest();
  };
  EXPECT_EQ(digest(R"({"name":"Lyanna"})"), digest(R"({"name":"Lyanna","mother":null,"e":null})"));
  EXPECT_NE(digest(R"({"name":"Lyanna"})"), digest(R"({"name":"Lyanna","e":{}})"));

  const StructType empty("E", {});
  const StructType person("P", {{"string", "name"}, {"P", "mother"}, {"E", "e"}}, {&empty});
  const Digest mother = StructEncoder(person).text("L").structure(Word{}).structure(Word{}).finish();
  const Digest child =
      StructEncoder(person).text("J").structure(mother).structure(StructEncoder(empty).finish()).finish();
  EXPECT_EQ(digest(R"({"name":"J","mother":{"name":"L"},"e":{}})"), typedDataDigest(Domain{}.separator(), child));
}

TEST(TypedData, LinesSayWhatIsSigned) {
  EXPECT_EQ(toText(*TypedData::parse(kMail)),
            "primaryType: Mail\n"
            "domain.name: \"Ether Mail\"\n"
            "domain.version: \"1\"\n"
            "domain.chainId: 1\n"
            "domain.verifyingContract: 0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC\n"
            "message.from.name: \"Cow\"\n"
            "message.from.wallet: 0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826\n"
            "message.to.name: \"Bob\"\n"
            "message.to.wallet: 0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB\n"
            "message.contents: \"Hello, Bob!\"\n");
}

TEST(TypedData, LinesShowEveryKindOfValueInOneSpelling) {
  const auto data = TypedData::parse(R"({"types":{"EIP712Domain":[],"U":[{"name":"x","type":"uint8"}],"E":[],
      "T":[{"name":"a","type":"int256[]"},{"name":"b","type":"bytes3"},{"name":"c","type":"bytes"},
           {"name":"d","type":"bool"},{"name":"e","type":"uint256"},{"name":"f","type":"U[2][]"},
           {"name":"g","type":"U"},{"name":"h","type":"string[]"},{"name":"i","type":"E"},{"name":"j","type":"address"},
           {"name":"k","type":"string"}]},
      "primaryType":"T","domain":{},"message":{"a":["-1","0x10",0,
        "-57896044618658097711785492504343953926634992332820282019728792003956564819968"],
      "b":"0xABCDEF","c":"0x","d":true,"e":"0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
      "f":[[{"x":1},{"x":2}]],"h":[],"i":{},"j":"0xcd2a3d9f938e13cd947ec05abc7fe734df8dd826",
      "k":"a\nmessage.d: false\u202e\u0000\"\\ é 日本"}})");
  ASSERT_TRUE(data) << data.error().message;
  const std::vector<TypedLine> lines = data->lines();
  const std::vector<TypedLine> wanted = {
      {"domain", "EIP712Domain", "{}"},
      {"message.a[0]", "int256", "-1"},
      {"message.a[1]", "int256", "16"},
      {"message.a[2]", "int256", "0"},
      {"message.a[3]", "int256", "-57896044618658097711785492504343953926634992332820282019728792003956564819968"},
      {"message.b", "bytes3", "0xabcdef"},
      {"message.c", "bytes", "0x"},
      {"message.d", "bool", "true"},
      {"message.e", "uint256", "115792089237316195423570985008687907853269984665640564039457584007913129639935"},
      {"message.f[0][0].x", "uint8", "1"},
      {"message.f[0][1].x", "uint8", "2"},
      {"message.g", "U", "null"},
      {"message.h", "string[]", "[]"},
      {"message.i", "E", "{}"},
      {"message.j", "address", "0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826"},
      {"message.k", "string", R"("a\u{a}message.d: false\u{202e}\u{0}\"\\ é 日本")"}};
  ASSERT_EQ(lines.size(), wanted.size());
  for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_EQ(lines[i].value, wanted[i].value) << wanted[i].path;
  EXPECT_EQ(lines, wanted);
}

TEST(StructType, DocumentIsWhatAWalletSigns) {
  const StructType person("Person", {{"string", "name"}, {"address[]", "wallets"}});
  const StructType order("Order",
                         {{"Person", "by"},
                          {"Person[]", "to"},
                          {"string[]", "tags"},
                          {"int64", "delta"},
                          {"bytes4", "code"},
                          {"bytes", "data"},
                          {"bool", "firm"},
                          {"uint256", "most"}},
                         {&person});
  const Address a = Address::of(cow().publicKey());
  const Domain domain{.name = "Q\"\n", .chainId = 5, .salt = keccak256({})};
  const std::string json = document(domain, order,
                                    R"({"by":{"name":"A","wallets":[]},"to":[{"name":"B","wallets":[")" + a.text() +
                                        R"("]}],"tags":["x",""],"delta":-7,"code":"0x01020304","data":"0x",)" +
                                        R"("firm":true,"most":"0x)" + std::string(64, 'f') + "\"}");
  const auto data = TypedData::parse(json);
  ASSERT_TRUE(data) << data.error().message << json;
  Word most;
  most.fill(0xff);
  const Word wallet = wordOf(a);
  const Digest by = StructEncoder(person).text("A").array({}).finish();
  const Digest to = StructEncoder(person).text("B").array({&wallet, 1}).finish();
  const std::vector<std::string> tags = {"x", ""};
  const Digest message = StructEncoder(order)
                             .structure(by)
                             .array({&to, 1})
                             .texts(tags)
                             .integer(-7)
                             .fixedBytes(Bytes{1, 2, 3, 4})
                             .bytes({})
                             .boolean(true)
                             .wide(most)
                             .finish();
  EXPECT_EQ(*data->messageHash(), message);
  EXPECT_EQ(data->domainSeparator(), domain.separator());
  EXPECT_EQ(order.encodeType(), data->types().encodeType(*data->types().find("Order")));
}

TEST(StructType, EverySubsetOfTheDomain) {
  for (int subset = 0; subset < 32; ++subset) {
    Domain domain;
    if (subset & 1) domain.name = "N";
    if (subset & 2) domain.version = "";
    if (subset & 4) domain.chainId = 0;
    if (subset & 8) domain.verifyingContract = Address();
    if (subset & 16) domain.salt = Digest{};
    const StructType type("T", {});
    const auto data = TypedData::parse(document(domain, type, "{}"));
    ASSERT_TRUE(data) << data.error().message;
    EXPECT_EQ(data->domainSeparator(), domain.separator()) << subset;
  }
}

TEST(StructTypeDeathTest, WhatTheTypeDoesNotHaveIsABrokenInvariant) {
  const StructType type("T", {{"uint8", "a"}, {"bytes2", "b"}});
  EXPECT_DEATH(StructType("T", {{"uint7", "a"}}), "invariant");
  EXPECT_DEATH(StructEncoder(type).text("x"), "invariant");
  EXPECT_DEATH(StructEncoder(type).uint(256), "invariant");
  EXPECT_DEATH(StructEncoder(type).uint(1).finish(), "invariant");
  EXPECT_DEATH(StructEncoder(type).uint(1).fixedBytes(Bytes(3)), "invariant");
}

// A hash that two messages shared would let one signature stand for both.
RC_GTEST_PROP(TypedData, IntegersHaveOneHashEach, (std::int64_t a, std::int64_t b)) {
  const StructType type("T", {{"int64", "v"}, {"uint64", "w"}});
  const auto digest = [&](std::int64_t v) {
    const std::string value = std::to_string(v), other = std::to_string(static_cast<std::uint64_t>(v));
    const auto data = TypedData::parse(document({}, type, "{\"v\":" + value + ",\"w\":\"" + other + "\"}"));
    RC_ASSERT(data.has_value());
    RC_ASSERT(*data->messageHash() == StructEncoder(type).integer(v).uint(static_cast<std::uint64_t>(v)).finish());
    RC_ASSERT(data->lines()[1].value == value);
    RC_ASSERT(data->lines()[2].value == other);
    return data->digest();
  };
  RC_ASSERT((digest(a) == digest(b)) == (a == b));
}

}  // namespace
}  // namespace cairn::identity
