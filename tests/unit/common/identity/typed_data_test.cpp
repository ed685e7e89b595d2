#include "common/identity/typed_data.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace cairn::identity
