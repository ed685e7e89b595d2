#include "console/client/sse_parser.h"

namespace cairn::console {

QList<SseEvent> SseParser::feed(QByteArrayView bytes) {
  QList<SseEvent> out;
  for (const char c : bytes) {
    if (overflowed_) return out;
    const bool lfOfCrLf = afterCr_ && c == '\n';
    afterCr_ = c == '\r';
    if (lfOfCrLf) continue;
    if (c == '\r' || c == '\n')
      endLine(out);
    else
      line_.append(c);
    overflowed_ = line_.size() + data_.size() > limit_;
  }
  return out;
}

void SseParser::endLine(QList<SseEvent>& out) {
  if (std::exchange(atStart_, false) && line_.startsWith("\xEF\xBB\xBF")) line_.remove(0, 3);
  const QByteArray line = std::exchange(line_, {});
  if (line.isEmpty()) {
    if (!data_.isEmpty()) {
      data_.chop(1);
      out.append({id_, type_, data_});
    }
    data_.clear();
    type_.clear();
    return;
  }
  const qsizetype colon = line.indexOf(':');
  if (colon == 0) return;  // a comment: the server's heartbeat
  if (colon < 0) return takeField(line, {});
  QByteArrayView value = QByteArrayView(line).sliced(colon + 1);
  if (value.startsWith(' ')) value = value.sliced(1);
  takeField(QByteArrayView(line).first(colon), value);
}

void SseParser::takeField(QByteArrayView name, QByteArrayView value) {
  if (name == "data") {
    data_.append(value).append('\n');
  } else if (name == "event") {
    type_ = value.toByteArray();
  } else if (name == "id" && !value.contains('\0')) {
    id_ = value.toByteArray();
  }
}

}  // namespace cairn::console
