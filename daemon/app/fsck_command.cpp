#include "daemon/app/fsck_command.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>

#include "common/base/text.h"
#include "daemon/app/fsck.h"
#include "daemon/pinning/holder.h"
#include "daemon/rt/log.h"

namespace cairn::app {
namespace {

constexpr std::size_t kNamed = 10;  // in the table; JSON has all that the check kept

QString text(std::string_view s) {
  return QString::fromUtf8(s.data(), static_cast<qsizetype>(s.size()));
}

template <class Items, class Text>
QJsonArray array(const Items& items, Text text) {
  QJsonArray out;
  for (const auto& item : items) out.append(QString::fromStdString(text(item)));
  return out;
}

QJsonObject jsonOf(const BucketCheck& b) {
  return {{QStringLiteral("bucket"), QString::fromStdString(b.bucket)},
          {QStringLiteral("version"), static_cast<qint64>(b.version.get())},
          {QStringLiteral("root"), QString::fromStdString(b.root)},
          {QStringLiteral("state"), text(toString(b.state))},
          {QStringLiteral("keys"), static_cast<qint64>(b.keys)},
          {QStringLiteral("present"), static_cast<qint64>(b.present)},
          {QStringLiteral("missing"), array(b.missing, [](const Cid& c) { return c.str(); })},
          {QStringLiteral("holders"), array(b.holders, [](const MasterId& m) { return m.get(); })},
          {QStringLiteral("why"), QString::fromStdString(b.why)}};
}

std::string jsonOf(const Findings& f) {
  QJsonObject blocks{{QStringLiteral("directory"), QString::fromStdString(f.directory)},
                     {QStringLiteral("blocks"), static_cast<qint64>(f.blocks.blocks)},
                     {QStringLiteral("bytes"), static_cast<qint64>(f.blocks.bytes)},
                     {QStringLiteral("damagedBlocks"), static_cast<qint64>(f.blocks.damagedBlocks)},
                     {QStringLiteral("damaged"), array(f.blocks.damaged, [](const Cid& c) { return c.str(); })},
                     {QStringLiteral("unreadable"), array(f.blocks.unreadable, [](const auto& s) { return s; })}};
  QJsonArray buckets;
  for (const BucketCheck& b : f.buckets) buckets.append(jsonOf(b));
  QJsonObject all{
      {QStringLiteral("blocks"), blocks}, {QStringLiteral("buckets"), buckets}, {QStringLiteral("good"), f.good()}};
  return QJsonDocument(all).toJson(QJsonDocument::Compact).toStdString() + "\n";
}

std::string named(const std::vector<Cid>& cids, std::uint64_t all, const char* what) {
  std::string out;
  for (std::size_t i = 0; i < std::min(cids.size(), kNamed); ++i)
    out += std::string("  ") + what + cids[i].str() + "\n";
  if (all > kNamed) out += "  ... and " + std::to_string(all - kNamed) + " more; --json has them\n";
  return out;
}

std::string tableOf(const Findings& f) {
  std::size_t width = 6;
  for (const BucketCheck& b : f.buckets) width = std::max(width, b.bucket.size());
  std::string out = padded("bucket", width, false) + "     version        keys      blocks   missing  state\n";
  for (const BucketCheck& b : f.buckets) {
    const bool more = b.missing.size() >= pinning::kMostMissing;
    out += padded(b.bucket, width, false) + padded(std::to_string(b.version.get()), 12) +
           padded(std::to_string(b.keys), 12) + padded(std::to_string(b.present), 12) +
           padded(std::to_string(b.missing.size()) + (more ? "+" : ""), 10) + "  " + std::string(toString(b.state));
    if (b.state == BucketState::elsewhere) {
      out += ": with";
      for (const MasterId& holder : b.holders) out += " " + holder.get();
    }
    out += b.why.empty() ? "\n" : ": " + b.why + "\n";
    if (b.state == BucketState::lost) out += named(b.missing, b.missing.size(), "missing ");
  }
  return out;
}

std::string wordsOf(const Findings& f) {
  const blocks::ScrubReport& b = f.blocks;
  std::string out = f.directory + ": " + std::to_string(b.blocks) + " blocks, " + std::to_string(b.bytes) +
                    " bytes read, " + std::to_string(b.damagedBlocks) + " damaged\n";
  out += named(b.damaged, b.damagedBlocks, "damaged ");
  for (const std::string& stretch : b.unreadable) out += "  no records in " + stretch + "\n";
  if (!b.unreadable.empty() && f.good()) out += "  (what lay there has been stored anew, or was never acknowledged)\n";
  if (!f.buckets.empty()) out += tableOf(f);
  if (f.good()) return out + "Nothing is damaged, and all that should be here is here.\n";
  return out + "Something is damaged or missing. A master fetches it from other holders when it is next needed.\n";
}

}  // namespace

Result<Report> fsckCommand(const Config& config, bool json) {
  log::configure(log::Level::error, log::Format::text, "fsck");
  auto findings = check(config);
  if (!findings && findings.error().code == Errc::unavailable)
    return fail(Errc::unavailable, findings.error().message + "; fsck needs the node stopped");
  if (!findings) return findings.error();
  return Report{json ? jsonOf(*findings) : wordsOf(*findings), findings->good()};
}

}  // namespace cairn::app
