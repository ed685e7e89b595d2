#include "console/models/format.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

namespace cairn::console {
namespace {

struct Words {
  Q_DECLARE_TR_FUNCTIONS(Words)
};

}  // namespace

QString toText(const std::string& utf8) {
  return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
}

QString age(qint64 milliseconds) {
  const QLocale locale;
  const double seconds = static_cast<double>(milliseconds) / 1000.0;
  if (milliseconds < 50) return Words::tr("now");
  if (seconds < 9.95) return Words::tr("%1 s ago").arg(locale.toString(seconds, 'f', 1));
  if (seconds < 120) return Words::tr("%1 s ago").arg(locale.toString(qRound(seconds)));
  if (seconds < 7200) return Words::tr("%1 min ago").arg(locale.toString(qRound(seconds / 60)));
  if (seconds < 172800) return Words::tr("%1 h ago").arg(locale.toString(qRound(seconds / 3600)));
  return Words::tr("%1 d ago").arg(locale.toString(qRound(seconds / 86400)));
}

QString instant(Timestamp at) {
  return QDateTime::fromMSecsSinceEpoch(at.get()).toString(QStringLiteral("yyyy-MM-dd HH:mm:ss.zzz"));
}

QString timeOfDay(Timestamp at) {
  return QDateTime::fromMSecsSinceEpoch(at.get()).toString(QStringLiteral("HH:mm:ss.zzz"));
}

QString count(std::uint64_t n) {
  QLocale locale;
  locale.setNumberOptions(QLocale::DefaultNumberOptions);
  return locale.toString(static_cast<qulonglong>(n));
}

QString byteSize(std::uint64_t bytes) {
  return QLocale().formattedDataSize(static_cast<qint64>(bytes), bytes < 1024 ? 0 : 1);
}

QString duration(qint64 micros) {
  const QLocale locale;
  if (micros < 1000) return Words::tr("%1 µs").arg(locale.toString(micros));
  if (micros < 10000) return Words::tr("%1 ms").arg(locale.toString(static_cast<double>(micros) / 1e3, 'f', 1));
  if (micros < 1000000) return Words::tr("%1 ms").arg(locale.toString(micros / 1000));
  return Words::tr("%1 s").arg(locale.toString(static_cast<double>(micros) / 1e6, 'f', 1));
}

QString middleElided(const QString& text, qsizetype head, qsizetype tail) {
  if (text.size() <= head + tail + 1) return text;
  return text.first(head) + QChar(0x2026) + text.last(tail);
}

}  // namespace cairn::console
