#include "common/identity/audit.h"

#include <gtest/gtest.h>

#include <functional>

#include "common/cid/cbor.h"
#include "tests/unit/common/identity/documented.h"

namespace cairn::identity {
namespace {

AuditRow sample() {
  AuditRow row;
  row.sequence = 7;
  row.at = Timestamp(1700000000123);
  row.who = "0x" + std::string(40, 'a');
  row.action = "operator.set";
  row.what = R"({"role":"viewer"})";
  row.signature = Bytes(65, 0x22);
  row.message = "{}";
  row.from = "192.0.2.1:40000";
  row.outcome = "done";
  row.previous.fill(0x33);
  row.hash = auditHash(row);
  return row;
}

std::vector<AuditRow> chain(std::size_t length) {
  std::vector<AuditRow> rows;
  for (std::size_t i = 0; i < length; ++i) {
    AuditRow row = sample();
    row.sequence = i + 1;
    row.at = Timestamp(1000 + static_cast<std::int64_t>(i));
    row.previous = rows.empty() ? Digest{} : rows.back().hash;
    row.hash = auditHash(row);
    rows.push_back(row);
  }
  return rows;
}

void expectFault(const std::vector<AuditRow>& rows, FaultKind kind, std::uint64_t sequence) {
  const AuditReport report = verifyAudit(rows);
  ASSERT_TRUE(report.fault);
  EXPECT_EQ(report.fault->kind, kind) << toString(report.fault->kind) << ": " << report.fault->why;
  EXPECT_EQ(report.fault->sequence, sequence);
}

TEST(Audit, MatchesTheDocumentedVectors) {
  auto vectors = documentedVectors(CAIRN_AUDIT_DOC);
  EXPECT_EQ(vectors["audit-fields"], toHex(encode(sample())));
  EXPECT_EQ(vectors["audit-hash"], toHex(sample().hash));
  EXPECT_TRUE(cbor::validate(encode(sample())));
}

TEST(Audit, EveryFieldIsHashed) {
  const std::function<void(AuditRow&)> changes[] = {[](AuditRow& r) { ++r.sequence; },
                                                    [](AuditRow& r) { r.at = Timestamp(1); },
                                                    [](AuditRow& r) { r.who += "x"; },
                                                    [](AuditRow& r) { r.action += "x"; },
                                                    [](AuditRow& r) { r.what += " "; },
                                                    [](AuditRow& r) { r.signature.pop_back(); },
                                                    [](AuditRow& r) { r.message += "x"; },
                                                    [](AuditRow& r) { r.from.clear(); },
                                                    [](AuditRow& r) { r.outcome = "no"; },
                                                    [](AuditRow& r) { r.previous[31] ^= 1; },
                                                    [](AuditRow& r) { std::swap(r.who, r.from); }};
  for (const auto& change : changes) {
    AuditRow row = sample();
    change(row);
    EXPECT_NE(auditHash(row), sample().hash) << &change - changes;
  }
}

TEST(Audit, AChainHoldsAndIsVerifiedPageByPage) {
  EXPECT_FALSE(verifyAudit({}).fault);
  const auto rows = chain(7);
  const AuditReport whole = verifyAudit(rows);
  EXPECT_FALSE(whole.fault);
  EXPECT_EQ(whole.rows, 7U);
  EXPECT_EQ(whole.last, (AuditTail{7, rows[6].hash}));
  AuditTail tail;
  for (std::size_t from : {0U, 3U, 6U}) {
    const std::size_t to = std::min<std::size_t>(from + 3, rows.size());
    const auto page = verifyAudit(
        {rows.begin() + static_cast<std::ptrdiff_t>(from), rows.begin() + static_cast<std::ptrdiff_t>(to)}, tail);
    EXPECT_FALSE(page.fault);
    tail = page.last;
  }
  EXPECT_EQ(tail, whole.last);
}

TEST(Audit, AForgedRowIsNamed) {
  auto rows = chain(5);
  rows[2].outcome = "denied";
  expectFault(rows, FaultKind::forged, 3);
  rows[2].hash = auditHash(rows[2]);
  expectFault(rows, FaultKind::forged, 4);
  rows = chain(5);
  rows[0].previous.fill(1);
  rows[0].hash = auditHash(rows[0]);
  expectFault(rows, FaultKind::forged, 1);
  rows = chain(5);
  rows[4].hash[0] ^= 1;
  expectFault(rows, FaultKind::forged, 5);
}

TEST(Audit, MissingDoubledAndReorderedRowsAreNamed) {
  auto rows = chain(5);
  rows.erase(rows.begin() + 1, rows.begin() + 3);
  expectFault(rows, FaultKind::missing, 2);
  rows = chain(5);
  rows.erase(rows.begin());
  expectFault(rows, FaultKind::missing, 1);
  rows = chain(5);
  rows.insert(rows.begin() + 2, rows[1]);
  expectFault(rows, FaultKind::doubled, 2);
  rows = chain(5);
  std::swap(rows[1], rows[3]);
  expectFault(rows, FaultKind::reordered, 4);
  rows = chain(5);
  const AuditTail four{4, rows[3].hash};
  EXPECT_EQ(verifyAudit({rows[4], rows[1]}, four).fault->kind, FaultKind::reordered);
  EXPECT_EQ(verifyAudit({rows[3]}, four).fault->kind, FaultKind::doubled);
}

}  // namespace
}  // namespace cairn::identity
