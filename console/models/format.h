// Values as people read them: ages, instants, counts, long identifiers.
//
// Contract: pure functions of their arguments and the default QLocale; any thread. Nothing here is parsed back.
#pragma once

#include <QString>
#include <cstdint>

#include "common/base/ids.h"

namespace cairn::console {

QString toText(const std::string& utf8);
/// "0.2 s ago", "14 s ago", "3 min ago", "5 h ago", "12 d ago"; a time in the future reads "now".
QString age(qint64 milliseconds);
/// Local zone, to the millisecond: "2026-03-01 14:02:11.482".
QString instant(Timestamp at);
/// Local time of day: "14:02:11.482".
QString timeOfDay(Timestamp at);
/// Digits grouped as the locale does.
QString count(std::uint64_t n);
/// "4.2 MiB"
QString byteSize(std::uint64_t bytes);
/// A duration given in microseconds: "18 ms", "1.2 s".
QString duration(qint64 micros);
/// "bafybei…k3qa": the head and tail of what is longer than both and the ellipsis.
QString middleElided(const QString& text, qsizetype head, qsizetype tail);

}  // namespace cairn::console
