// Actions: one message for one request, and nothing else is one.
#include "common/identity/action.h"

#include <gtest/gtest.h>

#include "common/identity/admins.h"
#include "common/identity/struct_encoder.h"
#include "common/identity/typed_data.h"

namespace cairn::identity {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;
constexpr const char* kWallet = "0xcd2a3d9f938e13cd947ec05abc7fe734df8dd826";

Digest nonceOf(std::uint8_t n) {
  Digest nonce;
  nonce.fill(n);
  return nonce;
}

Result<Action> make(const std::string& name, const std::string& parameters, std::uint8_t nonce = 7) {
  return makeAction(name, *readJson(parameters), "f1ee7", nonceOf(nonce), kNow + 300);
}

/// Parameters that the type takes; `other` gives other values for all of them.
std::string parametersFor(const ActionType& type, bool other) {
  const std::map<std::string_view, std::pair<std::string, std::string>> values = {
      {"address", {"\"0x" + std::string(40, '1') + "\"", "\"0x" + std::string(40, '2') + "\""}},
      {"string", {"\"a\\u001b\\\"\"", "\"b\""}},
      {"uint64", {"0", "9007199254740991"}},
      {"bool", {"true", "false"}},
      {"bytes32", {"\"0x" + std::string(64, '3') + "\"", "\"0x" + std::string(64, '4') + "\""}},
      {"bytes", {"\"0x\"", "\"0xab\""}}};
  std::string out;
  for (const ActionField& field : type.fields) {
    const auto& [one, two] = values.at(field.type);
    out += (out.empty() ? "\"" : ",\"") + std::string(field.name) + "\":" + (other ? two : one);
  }
  return "{" + out + "}";
}

TEST(Actions, EachHasADocumentThatIsReadBackAsItself) {
  std::set<Digest> digests;
  for (const ActionType& type : actionTypes())
    for (bool other : {false, true}) {
      auto action = make(std::string(type.name), parametersFor(type, other));
      ASSERT_TRUE(action) << type.name << ": " << action.error().message;
      auto data = TypedData::parse(documentOf(*action));
      ASSERT_TRUE(data) << data.error().message;
      EXPECT_EQ(data->digest(), digestOf(*action));
      auto back = readActionDocument(documentOf(*action));
      ASSERT_TRUE(back) << back.error().message;
      EXPECT_EQ(*back, *action);
      auto again =
          makeAction(type.name, *readJson(parametersOf(*action)), action->fleet, action->nonce, action->expires);
      EXPECT_EQ(*again, *action);
      digests.insert(digestOf(*action));
    }
  EXPECT_EQ(digests.size(), 2 * actionTypes().size());
}

TEST(Actions, AreTheStructsThatTheDocumentNames) {
  auto action = make("SetOperator", std::string("{\"wallet\":\"") + kWallet + "\",\"role\":\"viewer\"}");
  ASSERT_TRUE(action);
  const StructType type(
      "SetOperator",
      {{"string", "fleet"}, {"address", "wallet"}, {"string", "role"}, {"bytes32", "nonce"}, {"uint64", "expires"}});
  const Digest hash = StructEncoder(type)
                          .text("f1ee7")
                          .address(*Address::parse(kWallet))
                          .text("viewer")
                          .fixedBytes(nonceOf(7))
                          .uint(kNow + 300)
                          .finish();
  EXPECT_EQ(digestOf(*action), typedDataDigest(Domain{.name = "Cairn", .version = "2"}.separator(), hash));
}

TEST(Actions, EverythingCounts) {
  const std::string parameters = std::string("{\"wallet\":\"") + kWallet + "\",\"role\":\"viewer\"}";
  const Action action = *make("SetOperator", parameters);
  Action other = action;
  other.fleet = "f1ee8";
  EXPECT_NE(digestOf(other), digestOf(action));
  other = action;
  other.expires += 1;
  EXPECT_NE(digestOf(other), digestOf(action));
  EXPECT_NE(digestOf(*make("SetOperator", parameters, 8)), digestOf(action));
}

TEST(Actions, ParametersThatAreNotQuiteTheirsAreRefused) {
  const std::string wallet = std::string("\"wallet\":\"") + kWallet + "\"";
  auto refused = [](const std::string& name, const std::string& parameters) { return !make(name, parameters); };
  EXPECT_FALSE(refused("SetOperator", "{" + wallet + ",\"role\":\"x\"}"));
  EXPECT_TRUE(refused("SetOperator", "{" + wallet + "}"));
  EXPECT_TRUE(refused("SetOperator", "{" + wallet + ",\"role\":\"x\",\"more\":1}"));
  EXPECT_TRUE(refused("SetOperator", "{" + wallet + ",\"role\":1}"));
  EXPECT_TRUE(refused("SetOperator", "[]"));
  EXPECT_TRUE(refused("SetOperator", "{" + wallet + ",\"role\":\"" + std::string(kMaxActionText + 1, 'x') + "\"}"));
  EXPECT_TRUE(refused("SetOperator", "{\"wallet\":\"0xCd2a3d9f938e13cd947ec05abc7fe734df8dd826\",\"role\":\"x\"}"))
      << "a wrong checksum";
  EXPECT_TRUE(refused("setOperator", "{" + wallet + ",\"role\":\"x\"}"));
  EXPECT_TRUE(refused("EIP712Domain", "{}"));
  for (const char* upTo : {"-1", "1.0", "01", "\"1\"", "9007199254740992", "1e3", "null"})
    EXPECT_TRUE(!readJson(std::string("{\"upTo\":") + upTo + "}") ||
                refused("RevokeTokens", "{" + wallet + ",\"upTo\":" + upTo + "}"))
        << upTo;
  EXPECT_TRUE(refused("VouchMaster", R"({"master":"m1","publicKey":"02ab"})"));
  EXPECT_TRUE(refused("VouchMaster", R"({"master":"m1","publicKey":"0x02a"})"));
  EXPECT_TRUE(refused("RevokeGrant", R"({"grant":"0x12","until":1})"));
  EXPECT_TRUE(refused("SetAccessKeyEnabled", R"({"id":"k","enabled":"true"})"));
}

TEST(Actions, DocumentsWithAnythingElseInThemAreNone) {
  const std::string text = documentOf(*make("DeleteAccessKey", R"({"id":"k"})"));
  auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = text;
    const auto at = changed.find(from);
    EXPECT_NE(at, changed.npos) << from;
    changed.replace(at, from.size(), to);
    return readActionDocument(changed).has_value();
  };
  EXPECT_TRUE(with("{", " {")) << "its layout does not matter";
  EXPECT_FALSE(with(R"("version":"2")", R"("version":"1")"));
  EXPECT_FALSE(with(R"("primaryType":"DeleteAccessKey")", R"("primaryType":"EIP712Domain")"));
  EXPECT_FALSE(with(R"({"name":"id","type":"string"})", R"({"name":"id","type":"bytes"})"));
  EXPECT_FALSE(with(R"("fleet":"f1ee7",)", ""));
  EXPECT_FALSE(with(R"("id":"k")", R"("id":"k","ids":"k")"));
  EXPECT_FALSE(with(R"({"name":"fleet","type":"string"},)",
                    R"({"name":"x","type":"string"},{"name":"fleet","type":"string"},)"));
  EXPECT_FALSE(readActionDocument("{}"));
}

TEST(Actions, AreGoodForAnHourAtMost) {
  Action action = *make("DeleteAccessKey", R"({"id":"k"})");
  for (auto [expires, good] : {std::pair{kNow, false}, {kNow + 1, true}, {kNow + 3600, true}, {kNow + 3601, false}}) {
    action.expires = expires;
    EXPECT_EQ(checkActionTimes(action, kNow).has_value(), good) << expires - kNow;
  }
}

class Admins : public ::testing::Test {
 protected:
  SecretKey key(std::uint8_t n) { return *SecretKey::parse(Bytes(32, n)); }
  Address address(std::uint8_t n) { return Address::of(key(n).publicKey()); }
  AuditRow row(const std::string& action, const std::string& name, const std::string& parameters, std::uint8_t signer) {
    const Action made = *make(name, parameters);
    AuditRow out;
    out.action = action;
    out.outcome = "done";
    out.message = documentOf(made);
    const auto signature = RecoverableSignature::sign(key(signer), digestOf(made)).bytes();
    out.signature = Bytes(signature.begin(), signature.end());
    return out;
  }
  AuditRow set(std::uint8_t wallet, const std::string& role, std::uint8_t signer) {
    return row("operator.set", "SetOperator",
               "{\"wallet\":\"" + address(wallet).lowerCase() + "\",\"role\":\"" + role + "\"}", signer);
  }
  AuditRow claim(std::uint8_t wallet, std::uint8_t signer) {
    return row("operator.claim", "ClaimAdmin", "{\"wallet\":\"" + address(wallet).lowerCase() + "\"}", signer);
  }
  AdminHistory history{"f1ee7"};
};

TEST_F(Admins, AreTheFirstAndWhomAdminsMadeSo) {
  history.take(set(2, "admin", 1));
  EXPECT_FALSE(history.everAdmin(address(2))) << "1 is nobody yet";
  history.take(claim(1, 3));
  EXPECT_FALSE(history.everAdmin(address(1)) || history.everAdmin(address(3))) << "not signed by who claims";
  history.take(claim(1, 1));
  EXPECT_TRUE(history.everAdmin(address(1)));
  history.take(claim(3, 3));
  EXPECT_FALSE(history.everAdmin(address(3))) << "there is one already";
  AuditRow refused = set(4, "admin", 1), changed = set(4, "viewer", 1);
  refused.outcome = "refused: no";
  history.take(refused);
  changed.message = changed.message.replace(changed.message.find("\"viewer\""), 8, "\"admin\"");
  history.take(changed);
  history.take(set(4, "operator", 1));
  EXPECT_FALSE(history.everAdmin(address(4)));
  history.take(set(2, "admin", 1));
  EXPECT_TRUE(history.everAdmin(address(2)));
  history.take(set(2, "none", 1));
  EXPECT_TRUE(history.everAdmin(address(2))) << "what he signed before stays signed";
  history.take(set(5, "admin", 2));
  EXPECT_FALSE(history.everAdmin(address(5))) << "but now he makes nobody";
}

TEST_F(Admins, MayBeNamedOnAMastersMachineOnce) {
  AuditRow first;
  first.action = "operator.first";
  first.outcome = "done";
  first.what = "{\"wallet\":\"" + address(1).lowerCase() + "\",\"role\":\"admin\"}";
  history.take(first);
  EXPECT_TRUE(history.everAdmin(address(1)));
  first.what = "{\"wallet\":\"" + address(2).lowerCase() + "\",\"role\":\"admin\"}";
  history.take(first);
  EXPECT_FALSE(history.everAdmin(address(2)));
}

TEST_F(Admins, VouchersAreForOneKeyOfOneMaster) {
  const auto publicKey = key(9).publicKey();
  const AuditRow voucher =
      row("master.vouch", "VouchMaster", "{\"master\":\"m1\",\"publicKey\":\"0x" + toHex(publicKey) + "\"}", 1);
  auto signer = voucherSigner(voucher.message, voucher.signature, "f1ee7", MasterId("m1"), publicKey);
  ASSERT_TRUE(signer) << signer.error().message;
  EXPECT_EQ(*signer, address(1));
  EXPECT_FALSE(voucherSigner(voucher.message, voucher.signature, "f1ee8", MasterId("m1"), publicKey));
  EXPECT_FALSE(voucherSigner(voucher.message, voucher.signature, "f1ee7", MasterId("m2"), publicKey));
  EXPECT_FALSE(voucherSigner(voucher.message, voucher.signature, "f1ee7", MasterId("m1"), key(8).publicKey()));
  EXPECT_FALSE(voucherSigner(voucher.message, Bytes(65, 1), "f1ee7", MasterId("m1"), publicKey));
  EXPECT_FALSE(voucherSigner(claim(1, 1).message, claim(1, 1).signature, "f1ee7", MasterId("m1"), publicKey));
}

}  // namespace
}  // namespace cairn::identity
