#include "common/identity/history.h"

#include <gtest/gtest.h>

#include "common/identity/export.h"

namespace cairn::identity {
namespace {

SecretKey keyOf(std::uint8_t byte) {
  return *SecretKey::parse(Bytes(32, byte));
}
Cid cidOf(std::uint64_t n) {
  return Cid::of(Codec::dag_cbor, asBytes("root " + std::to_string(n)));
}

// A chain as two masters write it; `foreign` versions are another gateway's.
std::vector<HistoryRecord> chain(std::uint64_t count, std::set<std::uint64_t> foreign = {}) {
  std::vector<HistoryRecord> rows;
  Bytes lastHash;
  for (std::uint64_t v = 1; v <= count; ++v) {
    HistoryRecord row;
    row.bucket = {OwnerId("owner"), BucketName("b")};
    row.version = Version(v);
    row.root = cidOf(v).str();
    row.previousRoot = v == 1 ? "" : cidOf(v - 1).str();
    row.at = Timestamp(static_cast<std::int64_t>(1700000000000 + v));
    if (!foreign.contains(v)) {
      const bool odd = v % 2 == 1;
      Receipt r;
      r.bucket = row.bucket;
      r.version = row.version;
      r.root = cidOf(v);
      if (v > 1) r.previousRoot = cidOf(v - 1);
      r.previousReceipt = lastHash;
      r.commit.bytes[0] = static_cast<std::uint8_t>(v);
      r.master = MasterId(odd ? "m1" : "m2");
      r.epoch = Epoch(1);
      r.holders = {r.master, MasterId("s1")};
      r.puts = v;
      row.commit = r.commit;
      row.master = r.master;
      row.epoch = r.epoch;
      row.holders = r.holders;
      row.puts = v;
      row.attempts = 1;
      row.receipt = sign(r, keyOf(odd ? 1 : 2));
    }
    lastHash = row.receipt.empty() ? Bytes() : receiptHash(row.receipt);
    rows.push_back(std::move(row));
  }
  return rows;
}

TrustedKeys bothKeys() {
  return {{MasterId("m1"), keyOf(1).publicKey()}, {MasterId("m2"), keyOf(2).publicKey()}};
}

void expectFault(const std::vector<HistoryRecord>& rows, FaultKind kind, std::uint64_t version) {
  auto report = verifyHistory(rows, {}, bothKeys());
  ASSERT_TRUE(report.fault);
  EXPECT_EQ(report.fault->kind, kind) << report.fault->why;
  EXPECT_EQ(report.fault->version, Version(version)) << report.fault->why;
}

TEST(VerifyHistory, AWholeChainHolds) {
  auto report = verifyHistory(chain(9), {}, bothKeys());
  EXPECT_FALSE(report.fault) << report.fault->why;
  EXPECT_EQ(report.signedRows, 9U);
  EXPECT_EQ(report.last, Version(9));
  EXPECT_FALSE(verifyHistory({}, {}, bothKeys()).fault);
}

TEST(VerifyHistory, MayBeginInTheMiddle) {
  auto rows = chain(9);
  rows.erase(rows.begin(), rows.begin() + 4);
  auto report = verifyHistory(rows, {}, bothKeys());
  EXPECT_FALSE(report.fault);
  EXPECT_EQ(report.first, Version(5));
}

TEST(VerifyHistory, NamesAMissingRow) {
  auto rows = chain(9);
  rows.erase(rows.begin() + 4);
  expectFault(rows, FaultKind::missing, 5);
}

TEST(VerifyHistory, NamesADoubledRow) {
  auto rows = chain(9);
  rows.insert(rows.begin() + 5, rows[4]);
  expectFault(rows, FaultKind::doubled, 5);
  rows = chain(9);
  rows.push_back(rows[2]);
  expectFault(rows, FaultKind::doubled, 3);
}

TEST(VerifyHistory, NamesReorderedRows) {
  auto rows = chain(9);
  std::swap(rows[4], rows[5]);
  expectFault(rows, FaultKind::reordered, 6);
}

TEST(VerifyHistory, NamesAForgedRow) {
  auto rows = chain(9);
  rows[4].root = cidOf(99).str();
  expectFault(rows, FaultKind::forged, 5);
  rows = chain(9);
  rows[4].receipt.back() ^= 1;
  expectFault(rows, FaultKind::forged, 5);
  rows = chain(9);
  rows[4].receipt.clear();
  expectFault(rows, FaultKind::forged, 5);
  rows = chain(9);
  rows[4].puts = 1000;
  expectFault(rows, FaultKind::forged, 5);
}

TEST(VerifyHistory, ARowTurnedIntoAForeignOneIsNoticedByTheNext) {
  auto rows = chain(9);
  rows[4].receipt.clear();
  rows[4].master = MasterId();
  expectFault(rows, FaultKind::forged, 6);
}

TEST(VerifyHistory, AnotherMastersKeyOrAnUnknownOneIsForged) {
  auto rows = chain(9);
  auto opened = verifyReceipt(rows[4].receipt);
  rows[4].receipt = sign(opened->receipt, keyOf(2));
  expectFault(rows, FaultKind::forged, 5);
  rows[4].receipt = sign(opened->receipt, keyOf(7));
  expectFault(rows, FaultKind::forged, 5);
}

TEST(VerifyHistory, ASignedFabricationThatDoesNotFollowIsForged) {
  auto rows = chain(9);
  Receipt r = verifyReceipt(rows[4].receipt)->receipt;
  r.previousReceipt = Bytes(32, 1);
  rows[4].receipt = sign(r, keyOf(1));
  expectFault(rows, FaultKind::forged, 5);
}

TEST(VerifyHistory, ForeignRowsAreUnsignedGapsThatTheChainCrosses) {
  auto report = verifyHistory(chain(9, {3, 4, 7}), {}, bothKeys());
  EXPECT_FALSE(report.fault) << report.fault->why;
  EXPECT_EQ(report.unsignedRows, 3U);
  EXPECT_EQ(report.signedRows, 6U);
  EXPECT_FALSE(verifyHistory(chain(4, {1}), {}, bothKeys()).fault);
}

Checkpoint over(const std::vector<HistoryRecord>& rows, std::uint64_t from, std::uint64_t to) {
  Checkpoint c;
  c.bucket = rows.front().bucket;
  c.from = Version(from);
  c.to = Version(to);
  c.before = receiptHash(rows[from - 2].receipt);
  c.last = receiptHash(rows[to - 1].receipt);
  std::vector<Bytes> hashes;
  for (std::uint64_t v = from; v <= to; ++v) hashes.push_back(receiptHash(rows[v - 1].receipt));
  c.digest = digestOf(hashes);
  c.root = cidOf(to);
  c.master = MasterId("m1");
  c.epoch = Epoch(1);
  return c;
}

TEST(VerifyHistory, ACheckpointCoversAThinnedRange) {
  auto rows = chain(12);
  Bytes first = sign(over(rows, 3, 5), keyOf(1)), second = sign(over(rows, 6, 8), keyOf(1));
  Bytes stranger = sign(over(rows, 3, 5), keyOf(7));
  Checkpoint wrong = over(rows, 3, 5);
  wrong.before = Bytes(32, 9);
  rows.erase(rows.begin() + 2, rows.begin() + 8);
  auto report = verifyHistory(rows, {first, second}, bothKeys());
  EXPECT_FALSE(report.fault) << report.fault->why;
  EXPECT_EQ(report.coveredVersions, 6U);
  EXPECT_EQ(verifyHistory(rows, {first}, bothKeys()).fault->kind, FaultKind::missing);
  EXPECT_EQ(verifyHistory(rows, {stranger, second}, bothKeys()).fault->kind, FaultKind::missing);
  EXPECT_EQ(verifyHistory(rows, {sign(wrong, keyOf(1)), second}, bothKeys()).fault->kind, FaultKind::missing);
}

TEST(Export, RoundTripsAndVerifiesOffline) {
  auto rows = chain(5, {2});
  std::string lines = exportKey(MasterId("m1"), keyOf(1).publicKey()) + exportKey(MasterId("m2"), keyOf(2).publicKey());
  for (const auto& row : rows) lines += exportRow(row);
  lines += "\n" + exportCheckpoint(Bytes{1, 2});
  auto back = parseExport(lines);
  ASSERT_TRUE(back) << back.error().message;
  ASSERT_EQ(back->rows.size(), 5U);
  EXPECT_EQ(back->keys, bothKeys());
  EXPECT_EQ(back->checkpoints, std::vector<Bytes>{(Bytes{1, 2})});
  auto report = verifyHistory(back->rows, back->checkpoints, back->keys);
  EXPECT_FALSE(report.fault) << report.fault->why;
  EXPECT_EQ(report.signedRows, 4U);
}

TEST(Export, NamesTheLineAndFieldOfAMistake) {
  std::string good = exportRow(chain(1).front());
  for (std::string_view bad : {"{}", "[1]", "{\"owner\":3}", "nonsense", "{\"checkpoint\":\"zz\"}",
                               "{\"master\":\"m\",\"publicKey\":\"00\"}"}) {
    auto parsed = parseExport(good + std::string(bad));
    ASSERT_FALSE(parsed) << bad;
    EXPECT_NE(parsed.error().message.find("line 2"), std::string::npos);
  }
}

}  // namespace
}  // namespace cairn::identity
