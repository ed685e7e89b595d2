#include "daemon/drill/report/report.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>
#include <bit>
#include <cstdio>

#include "common/base/text.h"

namespace cairn::drill {
namespace {

constexpr std::size_t kBar = 40;

std::string number(std::uint64_t n) {
  return std::to_string(n);
}

std::string counted(std::uint64_t n, const std::string& one, const std::string& many) {
  return number(n) + " " + (n == 1 ? one : many);
}

std::string withTenths(double seconds) {
  char out[32];
  std::snprintf(out, sizeof out, "%.1f", seconds);
  return out;
}

std::string row(std::size_t nameWidth, const std::string& name, const std::vector<std::string>& cells) {
  static const std::size_t kWidths[] = {14, 22, 9, 12, 6};
  std::string out = padded(name, nameWidth, false);
  for (std::size_t i = 0; i < cells.size(); ++i) out += padded(cells[i], kWidths[i]);
  return out + "\n";
}

std::string row(std::size_t nameWidth, const Tally& t) {
  return row(nameWidth, t.master,
             {number(t.acknowledged), number(t.rejected), number(t.refused), number(t.unanswered), number(t.lost)});
}

Tally total(const std::vector<Tally>& masters) {
  Tally sum;
  sum.master = "total";
  for (const Tally& t : masters) {
    sum.acknowledged += t.acknowledged;
    sum.rejected += t.rejected;
    sum.refused += t.refused;
    sum.unanswered += t.unanswered;
    sum.lost += t.lost;
  }
  return sum;
}

std::string table(const Report& report) {
  std::size_t width = 8;
  for (const Tally& t : report.masters) width = std::max(width, t.master.size());
  std::string out = row(width, "master", {"acknowledged", "rejected and retried", "refused", "no answer", "lost"});
  for (const Tally& t : report.masters) out += row(width, t);
  return out + row(width, total(report.masters));
}

std::string headline(const Report& r) {
  return std::string("drill ") + std::string(toString(r.kind)) + (r.control ? " --control" : "") + ": " +
         counted(r.begun, "write", "writes") + (r.begun < r.writes ? " of " + number(r.writes) : "") + " by " +
         counted(r.workers, "worker", "workers") + " through " + counted(r.masters.size(), "master", "masters") +
         " into bucket " + r.bucket + " in " + withTenths(r.seconds) + " s" + (r.interrupted ? ", interrupted" : "") +
         "\n";
}

std::string verdict(const Report& r) {
  std::string through;
  for (const Tally& t : r.masters)
    if (t.verified) through += (through.empty() ? "" : ", ") + t.master;
  if (through.empty()) return "not verified: no acknowledged write was looked for to the end through any master\n";
  return "every acknowledged write was looked for, in the listing and by its bytes, through " + through + "\n";
}

std::string controlSays(const Report& r) {
  const std::string of = counted(r.acknowledged(), "acknowledged write", "acknowledged writes");
  if (r.lost() == 0) return "the control lost none of " + of + ": it proves nothing; run it again with more writes\n";
  return "the control lost " + number(r.lost()) + " of " + of + ": the drill can see them\n";
}

QJsonObject toJson(const Tally& t) {
  auto n = [](std::uint64_t v) { return static_cast<qint64>(v); };
  return {{QStringLiteral("master"), QString::fromStdString(t.master)},
          {QStringLiteral("acknowledged"), n(t.acknowledged)},
          {QStringLiteral("rejected"), n(t.rejected)},
          {QStringLiteral("refused"), n(t.refused)},
          {QStringLiteral("unanswered"), n(t.unanswered)},
          {QStringLiteral("lost"), n(t.lost)},
          {QStringLiteral("verified"), t.verified}};
}

QJsonArray toJson(const std::vector<std::string>& lines) {
  QJsonArray out;
  for (const std::string& line : lines) out.append(QString::fromStdString(line));
  return out;
}

QJsonArray toJson(const std::vector<Counters>& counters) {
  QJsonArray out;
  for (const Counters& c : counters)
    out.append(QJsonObject{{QStringLiteral("api"), QString::fromStdString(c.api)},
                           {QStringLiteral("flips"), static_cast<qint64>(c.flips)},
                           {QStringLiteral("lostRaces"), static_cast<qint64>(c.lostRaces)},
                           {QStringLiteral("rebases"), static_cast<qint64>(c.rebases)}});
  return out;
}

}  // namespace

std::string_view toString(Kind kind) {
  return kind == Kind::cas_race ? "cas-race" : "unfenced-failover";
}

std::uint64_t Report::acknowledged() const {
  return total(masters).acknowledged;
}
std::uint64_t Report::lost() const {
  return total(masters).lost;
}
std::size_t Report::verifiedThrough() const {
  return static_cast<std::size_t>(
      std::count_if(masters.begin(), masters.end(), [](const Tally& t) { return t.verified; }));
}

bool Report::good() const {
  if (control) return lost() > 0;
  return acknowledged() > 0 && verifiedThrough() > 0 && lost() == 0;
}

std::string histogram(const std::map<std::uint32_t, std::uint64_t>& attempts) {
  std::map<int, std::uint64_t> classes;  // k: tries in (2^(k-1), 2^k]
  for (const auto& [tries, writes] : attempts) classes[tries <= 1 ? 0 : std::bit_width(tries - 1)] += writes;
  std::uint64_t most = 1;
  for (const auto& [k, writes] : classes) most = std::max(most, writes);
  std::string out;
  for (const auto& [k, writes] : classes) {
    const std::uint64_t to = 1ULL << k, from = k < 2 ? to : to / 2 + 1;
    const std::string name = from == to ? number(to) : number(from) + "-" + number(to);
    const std::size_t bar = writes == 0 ? 0 : std::max<std::size_t>(1, static_cast<std::size_t>(writes * kBar / most));
    out += "  " + padded(name, 7, false) + padded(number(writes), 10) + "  " + std::string(bar, '#') + "\n";
  }
  return out;
}

std::string text(const Report& r) {
  std::string out = headline(r) + table(r);
  if (r.gaveUp > 0) out += counted(r.gaveUp, "write was", "writes were") + " given up, none of them acknowledged\n";
  out += "tries a write\n" + histogram(r.attempts);
  for (const Counters& c : r.counters)
    out += c.api + " counted " + counted(c.flips, "flip", "flips") + ", " +
           counted(c.lostRaces, "lost race", "lost races") + ", " + counted(c.rebases, "rebase", "rebases") + "\n";
  for (const std::string& note : r.notes) out += note + "\n";
  out += verdict(r);
  for (const std::string& example : r.examples) out += "lost: " + example + "\n";
  if (r.control) out += controlSays(r);
  return out + "lost=" + number(r.lost()) + "\n";
}

std::string json(const Report& r) {
  const Tally sum = total(r.masters);
  QJsonArray masters;
  for (const Tally& t : r.masters) masters.append(toJson(t));
  QJsonObject attempts;
  for (const auto& [tries, writes] : r.attempts) attempts[QString::number(tries)] = static_cast<qint64>(writes);
  const std::string_view kind = toString(r.kind);
  QJsonObject all{{QStringLiteral("drill"), QString::fromUtf8(kind.data(), static_cast<qsizetype>(kind.size()))},
                  {QStringLiteral("control"), r.control},
                  {QStringLiteral("bucket"), QString::fromStdString(r.bucket)},
                  {QStringLiteral("prefix"), QString::fromStdString(r.prefix)},
                  {QStringLiteral("writes"), static_cast<qint64>(r.writes)},
                  {QStringLiteral("begun"), static_cast<qint64>(r.begun)},
                  {QStringLiteral("gaveUp"), static_cast<qint64>(r.gaveUp)},
                  {QStringLiteral("workers"), static_cast<qint64>(r.workers)},
                  {QStringLiteral("seconds"), r.seconds},
                  {QStringLiteral("interrupted"), r.interrupted},
                  {QStringLiteral("verifiedThrough"), static_cast<qint64>(r.verifiedThrough())},
                  {QStringLiteral("masters"), masters},
                  {QStringLiteral("acknowledged"), static_cast<qint64>(sum.acknowledged)},
                  {QStringLiteral("rejected"), static_cast<qint64>(sum.rejected)},
                  {QStringLiteral("refused"), static_cast<qint64>(sum.refused)},
                  {QStringLiteral("unanswered"), static_cast<qint64>(sum.unanswered)},
                  {QStringLiteral("attempts"), attempts},
                  {QStringLiteral("counters"), toJson(r.counters)},
                  {QStringLiteral("examples"), toJson(r.examples)},
                  {QStringLiteral("notes"), toJson(r.notes)},
                  {QStringLiteral("lost"), static_cast<qint64>(sum.lost)}};
  return QJsonDocument(all).toJson(QJsonDocument::Compact).toStdString() + "\n";
}

}  // namespace cairn::drill
