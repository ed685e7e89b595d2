// The audit log's signatures: whoever makes the chain anew without the wallets' keys is found at the row where he
// began.
#include "common/identity/audit_signatures.h"

#include <gtest/gtest.h>

#include "tests/unit/common/identity/documented.h"

namespace cairn::identity {
namespace {

constexpr std::int64_t kNow = 1'800'000'000;

class SignedLog : public ::testing::Test {
 protected:
  static SecretKey key(std::uint8_t n) { return *SecretKey::parse(Bytes(32, n)); }
  static std::string wallet(std::uint8_t n) { return Address::of(key(n).publicKey()).lowerCase(); }
  static std::string role(std::uint8_t n, const std::string& given) {
    return R"({"wallet":")" + wallet(n) + R"(","role":")" + given + "\"}";
  }
  Action action(const std::string& name, const std::string& parameters) {
    Digest nonce;
    nonce.fill(++nonces);
    return *makeAction(name, *readJson(parameters), "f1ee7", nonce, kNow + 300);
  }
  static void sign(AuditRow& row, const Action& made, std::uint8_t signer) {
    row.who = wallet(signer);
    row.action = made.type->audited;
    row.what = parametersOf(made);
    row.message = documentOf(made);
    const auto signature = RecoverableSignature::sign(key(signer), digestOf(made)).bytes();
    row.signature = Bytes(signature.begin(), signature.end());
  }
  AuditRow row(const std::string& name, const std::string& parameters, std::uint8_t signer) {
    AuditRow out = command("", "{}");
    sign(out, action(name, parameters), signer);
    return out;
  }
  static AuditRow command(const std::string& name, const std::string& what) {
    AuditRow out;
    out.at = Timestamp(kNow * 1000);
    out.who = "m1";
    out.action = name;
    out.what = what;
    out.outcome = "done";
    return out;
  }
  /// An admin (1), whom a command named, an operator (2), a viewer (3), and what they did.
  std::vector<AuditRow> good() {
    std::vector<AuditRow> rows = {command("operator.first", role(1, "admin")),
                                  row("SetOperator", role(2, "operator"), 1),
                                  row("SetOperator", role(3, "viewer"), 1),
                                  row("RevokeTokens", R"({"wallet":")" + wallet(9) + R"(","upTo":7})", 2),
                                  row("RotateSharedKey", R"({"purpose":"session"})", 1),
                                  row("RevokeOwnTokens", R"({"wallet":")" + wallet(9) + R"(","upTo":8})", 9),
                                  row("DeleteAccessKey", R"({"id":"k"})", 3),
                                  command("token.revoke", "{}"),
                                  row("SetOperator", role(2, "none"), 1)};
    rows[4].what = R"({"purpose":"session","id":"0011223344556677"})";
    rows[6].outcome = "refused: too little a role";
    return rows;
  }
  /// The first row that fails, from 1; 0 when all hold.
  std::size_t fails(const std::vector<AuditRow>& rows) {
    AuditSignatures signatures("f1ee7");
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (auto fault = signatures.check(rows[i])) {
        why = fault->why;
        return i + 1;
      }
    signedRows = signatures.signedRows();
    firstAdmin = signatures.firstAdmin();
    return 0;
  }
  std::size_t failsWith(std::size_t at, const std::function<void(AuditRow&)>& change) {
    auto rows = good();
    change(rows[at - 1]);
    return fails(rows);
  }

  std::uint8_t nonces = 0;
  std::string why;
  std::uint64_t signedRows = 0;
  std::optional<Address> firstAdmin;
};

TEST_F(SignedLog, HoldsAndSaysWhoItsFirstAdminWas) {
  EXPECT_EQ(fails(good()), 0U) << why;
  EXPECT_EQ(signedRows, 7U);
  EXPECT_EQ(firstAdmin->lowerCase(), wallet(1));
  std::vector<AuditRow> claimed = {row("ClaimAdmin", R"({"wallet":")" + wallet(4) + "\"}", 4)};
  EXPECT_EQ(fails(claimed), 0U) << why;
  EXPECT_EQ(firstAdmin->lowerCase(), wallet(4));
}

TEST_F(SignedLog, TheDocumentedSignatureIsTaken) {
  auto vectors = documentedVectors(CAIRN_AUDIT_DOC);
  AuditRow documented = command("token.revoke", "");
  documented.at = Timestamp(1700000000123);
  documented.who = vectors["signed-who"];
  documented.message = vectors["signed-message"];
  documented.signature = *fromHex(vectors["signed-signature"]);
  const auto told = readActionDocument(documented.message);
  ASSERT_TRUE(told);
  EXPECT_EQ(toHex(digestOf(*told)), vectors["signed-digest"]);
  documented.what = parametersOf(*told);
  EXPECT_EQ(fails({documented}), 0U) << why;
}

TEST_F(SignedLog, EveryWordThatWasSignedCounts) {
  EXPECT_EQ(failsWith(2, [](AuditRow& r) { r.what = role(2, "admin"); }), 2U) << why;
  EXPECT_EQ(failsWith(2, [](AuditRow& r) { r.who = wallet(3); }), 2U) << why;
  EXPECT_EQ(failsWith(2, [](AuditRow& r) { r.who = "m1"; }), 2U) << why;
  EXPECT_EQ(failsWith(4, [](AuditRow& r) { r.action = "grant.revoke"; }), 4U) << why;
  EXPECT_EQ(failsWith(2, [](AuditRow& r) { r.signature[40] ^= 1; }), 2U) << why;
  EXPECT_EQ(failsWith(2, [](AuditRow& r) { r.signature.pop_back(); }), 2U) << why;
  EXPECT_EQ(failsWith(2, [](AuditRow& r) { r.message = "{}"; }), 2U) << why;
  EXPECT_EQ(failsWith(2, [](AuditRow& r) { r.message.insert(1, " "); }), 2U) << "one spelling: " << why;
  EXPECT_EQ(failsWith(5, [](AuditRow& r) { r.what = R"({"purpose":"nonce","id":"0011223344556677"})"; }), 5U) << why;
  EXPECT_EQ(failsWith(5, [](AuditRow& r) { r.what = R"({"purpose":"session","id":"1","more":1})"; }), 5U) << why;
  EXPECT_EQ(failsWith(4, [](AuditRow& r) { r.what = R"({"wallet":"x"})"; }), 4U) << why;
  EXPECT_EQ(failsWith(2, [](AuditRow& r) { r.at = Timestamp((kNow + 200'000) * 1000); }), 2U) << why;
  EXPECT_EQ(failsWith(2, [](AuditRow& r) { r.at = Timestamp((kNow - 200'000) * 1000); }), 2U) << why;
  EXPECT_EQ(failsWith(7, [](AuditRow& r) { r.outcome = "done"; }), 7U) << "what was refused was not done: " << why;
  EXPECT_EQ(failsWith(2, [](AuditRow& r) { r.outcome = "well"; }), 2U) << why;
  AuditSignatures elsewhere("another");
  EXPECT_FALSE(elsewhere.check(good()[0]));
  EXPECT_TRUE(elsewhere.check(good()[1]));
}

TEST_F(SignedLog, WhatOnlyWalletsDoIsSigned) {
  const auto bare = [](AuditRow& r) { r.signature.clear(), r.message.clear(); };
  EXPECT_EQ(failsWith(2, bare), 2U) << why;
  EXPECT_EQ(failsWith(2, [&](AuditRow& r) { bare(r), r.who = "m1"; }), 2U) << why;
  EXPECT_EQ(failsWith(4, [&](AuditRow& r) { bare(r); }), 4U) << "names a wallet: " << why;
  EXPECT_EQ(failsWith(4, [&](AuditRow& r) { bare(r), r.who = "m1"; }), 0U) << "as a command would write it: " << why;
  EXPECT_EQ(failsWith(4, [&](AuditRow& r) { bare(r), r.action = "bucket.open"; }), 0U) << "noted of a request: " << why;
  EXPECT_EQ(failsWith(4, [](AuditRow& r) { r.signature.clear(); }), 4U) << why;
}

/// A wallet of his own signs whatever he wants, and has no role by what stands before.
TEST_F(SignedLog, WhoHadNoRoleDidNothing) {
  auto rows = good();
  rows.insert(rows.begin() + 3, row("SetOperator", role(8, "admin"), 8));
  EXPECT_EQ(fails(rows), 4U) << why;
  rows[3] = row("SetOperator", role(8, "admin"), 2);
  EXPECT_EQ(fails(rows), 4U) << "an operator makes nobody one: " << why;
  rows[3] = command("operator.first", role(8, "admin"));
  EXPECT_EQ(fails(rows), 4U) << "there was one: " << why;
  rows[3] = row("ClaimAdmin", R"({"wallet":")" + wallet(8) + "\"}", 8);
  EXPECT_EQ(fails(rows), 4U) << "there was one: " << why;
  rows[3] = row("RevokeOwnTokens", R"({"wallet":")" + wallet(9) + R"(","upTo":9})", 8);
  EXPECT_EQ(fails(rows), 4U) << "for another: " << why;
  rows[3] = rows[2];
  EXPECT_EQ(fails(rows), 4U) << "a message counts once: " << why;
  rows = good();
  rows.push_back(row("DeleteAccessKey", R"({"id":"k"})", 2));
  EXPECT_EQ(fails(rows), 10U) << "his role was taken: " << why;
}

}  // namespace
}  // namespace cairn::identity
