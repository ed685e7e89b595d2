#include "daemon/app/audit_command.h"

#include <QDateTime>
#include <QJsonDocument>
#include <QJsonObject>
#include <functional>

#include "common/base/text.h"
#include "common/identity/audit_signatures.h"
#include "daemon/app/offline.h"
#include "daemon/registry/identity.h"

namespace cairn::app {
namespace {

using identity::AuditRow;

constexpr std::size_t kPage = 5000;

QString q(const std::string& text) {
  return QString::fromStdString(text);
}
std::string compact(const QJsonObject& object) {
  return QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString() + "\n";
}

/// "57:<64 hex digits>" as `audit verify` prints them.
Result<identity::AuditTail> parseTail(const std::string& text) {
  const auto colon = text.find(':');
  const auto sequence = parseDecimal(std::string_view(text).substr(0, colon));
  const auto hash = colon == text.npos ? std::nullopt : fromHex(std::string_view(text).substr(colon + 1));
  identity::AuditTail tail;
  if (!sequence || *sequence == 0 || !hash || hash->size() != tail.hash.size())
    return fail(Errc::invalid, "--expect " + text + ": write a row's sequence, a colon and its hash in 64 hex digits");
  tail.sequence = *sequence;
  std::copy(hash->begin(), hash->end(), tail.hash.begin());
  return tail;
}

struct Walk {
  std::optional<identity::AuditTail> expected;
  bool met = false;
  identity::AuditReport report;
  std::uint64_t signedRows = 0;
  std::optional<identity::Address> firstAdmin;
};

/// Signatures are looked at as far as the chain holds, so that the fault named is the first of either kind.
void verifyPage(const std::vector<AuditRow>& rows, identity::AuditSignatures& signatures, Walk& walk) {
  const auto chained = identity::verifyAudit(rows, walk.report.last);
  for (std::size_t i = 0; i < chained.rows && !walk.report.fault; ++i) {
    walk.report.fault = signatures.check(rows[i]);
    if (walk.report.fault) return;
    walk.report.last = {rows[i].sequence, rows[i].hash};
    ++walk.report.rows;
    if (walk.expected == walk.report.last) walk.met = true;
  }
  walk.report.fault = chained.fault;
}

Task<Status> walkAll(registry::Registry& registry, Walk& walk) {
  auto fleet = co_await registry.fleetId();
  if (!fleet) co_return fleet.error();
  identity::AuditSignatures signatures(std::move(*fleet));
  for (bool more = true; more && !walk.report.fault;) {
    auto rows = co_await registry.identity().audit(walk.report.last.sequence + 1, UINT64_MAX, kPage);
    if (!rows) co_return rows.error();
    more = rows->size() == kPage;
    verifyPage(*rows, signatures, walk);
  }
  walk.signedRows = signatures.signedRows();
  walk.firstAdmin = signatures.firstAdmin();
  co_return Status{};
}

Report reportOf(const Walk& walk, bool json) {
  const identity::AuditReport& r = walk.report;
  const std::string first = walk.firstAdmin ? walk.firstAdmin->text() : std::string();
  Report report;
  report.good = !r.fault;
  const std::string last = toHex(r.last.hash);
  if (json) {
    QJsonObject o{{QStringLiteral("rows"), static_cast<qint64>(r.rows)},
                  {QStringLiteral("last"), static_cast<qint64>(r.last.sequence)},
                  {QStringLiteral("hash"), q(last)},
                  {QStringLiteral("signed"), static_cast<qint64>(walk.signedRows)},
                  {QStringLiteral("firstAdmin"), first.empty() ? QJsonValue() : QJsonValue(q(first).toLower())},
                  {QStringLiteral("unbroken"), !r.fault}};
    if (r.fault) {
      o[QStringLiteral("fault")] = q(std::string(toString(r.fault->kind)));
      o[QStringLiteral("sequence")] = static_cast<qint64>(r.fault->sequence);
      o[QStringLiteral("why")] = q(r.fault->why);
    }
    report.text = compact(o);
  } else if (r.fault) {
    report.text = "audit log: " + std::string(toString(r.fault->kind)) + " at row " +
                  std::to_string(r.fault->sequence) + ": " + r.fault->why + "\n";
  } else if (r.rows == 0) {
    report.text = "audit log: no rows\n";
  } else {
    report.text = "audit log: " + std::to_string(r.rows) + " rows, chain unbroken; it ends at " +
                  std::to_string(r.last.sequence) + ":" + last + "\n" + std::to_string(walk.signedRows) +
                  " rows are signed by the wallets that they name" +
                  (first.empty() ? "" : "; the first admin was " + first) + "\n";
  }
  return report;
}

std::string timeOf(Timestamp at) {
  return QDateTime::fromMSecsSinceEpoch(at.get()).toUTC().toString(Qt::ISODateWithMs).toStdString();
}

/// Control and formatting characters as \uNNNN, so that no row moves a terminal's cursor or reads other than it is.
std::string printable(const std::string& text) {
  QString out;
  for (const QChar c : q(text)) {
    if (c.category() == QChar::Other_Control || c.category() == QChar::Other_Format)
      out += QStringLiteral("\\u%1").arg(c.unicode(), 4, 16, QLatin1Char('0'));
    else
      out += c;
  }
  return out.isEmpty() ? "-" : out.toStdString();
}

std::string line(const AuditRow& row, bool json) {
  if (!json)
    return std::to_string(row.sequence) + "  " + timeOf(row.at) + "  " + printable(row.who) + "  " +
           printable(row.action) + "  " + printable(row.what) + "  " + printable(row.from) + "  " +
           printable(row.outcome) + "\n";
  return compact({{QStringLiteral("sequence"), static_cast<qint64>(row.sequence)},
                  {QStringLiteral("at"), static_cast<qint64>(row.at.get())},
                  {QStringLiteral("who"), q(row.who)},
                  {QStringLiteral("action"), q(row.action)},
                  {QStringLiteral("what"), q(row.what)},
                  {QStringLiteral("signature"), q(toHex(row.signature))},
                  {QStringLiteral("message"), q(row.message)},
                  {QStringLiteral("from"), q(row.from)},
                  {QStringLiteral("outcome"), q(row.outcome)},
                  {QStringLiteral("previous"), q(toHex(row.previous))},
                  {QStringLiteral("hash"), q(toHex(row.hash))}});
}

}  // namespace

Result<Report> verifyAuditCommand(const AuditRequest& request) {
  Walk walk;
  if (!request.expect.empty()) {
    auto tail = parseTail(request.expect);
    if (!tail) return tail.error();
    walk.expected = *tail;
  }
  Status walked =
      withExistingRegistry(request.registry, [&](registry::Registry& registry) { return walkAll(registry, walk); });
  if (!walked) return walked.error();
  if (!walk.report.fault && walk.expected && !walk.met) {
    const bool cut = walk.report.last.sequence < walk.expected->sequence;
    walk.report.fault = {cut ? identity::FaultKind::missing : identity::FaultKind::forged, walk.expected->sequence,
                         cut ? "the log ends before it, at row " + std::to_string(walk.report.last.sequence)
                             : std::string("its hash is another than the one expected")};
  }
  return reportOf(walk, request.json);
}

Result<Report> listAuditCommand(const AuditRequest& request) {
  Report report;
  Status listed = withExistingRegistry(request.registry, [&](registry::Registry& file) -> Task<Status> {
    registry::IdentityRegistry& registry = file.identity();
    std::uint64_t from = request.from;
    if (from == 0) {
      auto last = co_await registry.lastAudit();
      if (!last) co_return last.error();
      from = *last > request.limit ? *last - request.limit + 1 : 1;
    }
    auto rows = co_await registry.audit(from, UINT64_MAX, request.limit);
    if (!rows) co_return rows.error();
    for (const AuditRow& row : *rows) report.text += line(row, request.json);
    co_return Status{};
  });
  if (!listed) return listed.error();
  return report;
}

}  // namespace cairn::app
