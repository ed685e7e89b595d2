#include "common/identity/export.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <algorithm>

namespace cairn::identity {
namespace {

QString q(std::string_view s) {
  return QString::fromUtf8(s.data(), static_cast<qsizetype>(s.size()));
}
QString hex(BytesView b) {
  return q(toHex(b));
}

std::string line(const QJsonObject& object) {
  return QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString() + "\n";
}

// Takes fields of one line; remembers the first that is missing or malformed.
class Line {
 public:
  explicit Line(QJsonObject object) : object_(std::move(object)) {}
  std::string text(const char* name) {
    QJsonValue v = object_.value(QLatin1String(name));
    if (!v.isString()) bad(name);
    return v.toString().toStdString();
  }
  std::uint64_t count(const char* name) {
    QJsonValue v = object_.value(QLatin1String(name));
    qint64 n = v.toInteger(-1);
    if (!v.isDouble() || n < 0) bad(name);
    return n < 0 ? 0 : static_cast<std::uint64_t>(n);
  }
  Bytes bytes(const char* name) {
    auto b = fromHex(text(name));
    if (!b) bad(name);
    return b ? *b : Bytes();
  }
  std::vector<MasterId> masters(const char* name) {
    QJsonValue v = object_.value(QLatin1String(name));
    if (!v.isArray()) bad(name);
    std::vector<MasterId> all;
    for (const QJsonValue& item : v.toArray()) {
      if (!item.isString()) bad(name);
      all.emplace_back(item.toString().toStdString());
    }
    return all;
  }
  bool has(const char* name) const { return object_.contains(QLatin1String(name)); }
  void bad(const char* name) {
    if (wrong_.empty()) wrong_ = name;
  }
  const std::string& wrong() const { return wrong_; }

 private:
  QJsonObject object_;
  std::string wrong_;
};

void takeRow(Line& in, HistoryExport& out) {
  HistoryRecord row;
  row.bucket = {OwnerId(in.text("owner")), BucketName(in.text("bucket"))};
  row.version = Version(in.count("version"));
  row.root = in.text("root");
  row.previousRoot = in.text("previousRoot");
  Bytes commit = in.bytes("commit");
  if (commit.size() != row.commit.bytes.size()) {
    in.bad("commit");
  } else {
    std::copy(commit.begin(), commit.end(), row.commit.bytes.begin());
  }
  row.master = MasterId(in.text("master"));
  row.epoch = Epoch(in.count("epoch"));
  row.holders = in.masters("holders");
  row.puts = in.count("puts");
  row.deletes = in.count("deletes");
  row.others = in.count("others");
  row.attempts = static_cast<std::uint32_t>(in.count("attempts"));
  row.at = Timestamp(static_cast<std::int64_t>(in.count("at")));
  row.receipt = in.bytes("receipt");
  out.rows.push_back(std::move(row));
}

void takeKey(Line& in, HistoryExport& out) {
  MasterId master(in.text("master"));
  auto key = parsePublicKey(in.bytes("publicKey"));
  if (!key) return in.bad("publicKey");
  out.keys.insert({std::move(master), *key});
}

}  // namespace

std::string exportRow(const HistoryRecord& row) {
  QJsonArray holders;
  for (const auto& holder : row.holders) holders.append(q(holder.get()));
  QJsonObject o;
  auto number = [&](const char* name, std::uint64_t n) { o.insert(QLatin1String(name), static_cast<qint64>(n)); };
  auto text = [&](const char* name, const QString& s) { o.insert(QLatin1String(name), s); };
  text("owner", q(row.bucket.owner.get()));
  text("bucket", q(row.bucket.name.get()));
  number("version", row.version.get());
  text("root", q(row.root));
  text("previousRoot", q(row.previousRoot));
  text("commit", hex(row.commit.bytes));
  text("master", q(row.master.get()));
  number("epoch", row.epoch.get());
  o.insert(QLatin1String("holders"), holders);
  number("puts", row.puts);
  number("deletes", row.deletes);
  number("others", row.others);
  number("attempts", row.attempts);
  number("at", static_cast<std::uint64_t>(std::max<std::int64_t>(0, row.at.get())));
  text("receipt", hex(row.receipt));
  return line(o);
}

std::string exportCheckpoint(BytesView envelope) {
  return line({{QLatin1String("checkpoint"), hex(envelope)}});
}

std::string exportKey(const MasterId& master, const PublicKey& key) {
  return line({{QLatin1String("master"), q(master.get())}, {QLatin1String("publicKey"), hex(key)}});
}

Result<HistoryExport> parseExport(std::string_view lines) {
  HistoryExport out;
  for (int number = 1; !lines.empty(); ++number) {
    std::string_view one = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), one.size() + 1));
    if (one.empty()) continue;
    auto document = QJsonDocument::fromJson(QByteArray(one.data(), static_cast<qsizetype>(one.size())));
    if (!document.isObject()) return fail(Errc::invalid, "line " + std::to_string(number) + " is no JSON object");
    Line in(document.object());
    if (in.has("checkpoint")) {
      out.checkpoints.push_back(in.bytes("checkpoint"));
    } else if (in.has("publicKey")) {
      takeKey(in, out);
    } else {
      takeRow(in, out);
    }
    if (!in.wrong().empty())
      return fail(Errc::invalid,
                  "line " + std::to_string(number) + ": field " + in.wrong() + " is missing or malformed");
  }
  return out;
}

}  // namespace cairn::identity
