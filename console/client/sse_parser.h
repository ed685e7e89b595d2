// Server-sent events, byte by byte: https://html.spec.whatwg.org/multipage/server-sent-events.html
//
// Contract: feed() takes the stream as it arrives, cut anywhere (also inside CRLF or a UTF-8 sequence), and returns the
// events that it completed. A line or event over `limit` bytes sets overflowed(): the stream is not to be trusted any
// more, close it. Not thread-safe; one per connection.
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QList>

namespace cairn::console {

struct SseEvent {
  QByteArray id;    ///< the last id seen so far, which an event keeps when it has none of its own
  QByteArray type;  ///< empty: "message"
  QByteArray data;
};

class SseParser {
 public:
  explicit SseParser(qsizetype limit = 4 << 20) : limit_(limit) {}
  QList<SseEvent> feed(QByteArrayView bytes);
  bool overflowed() const { return overflowed_; }

 private:
  void endLine(QList<SseEvent>& out);
  void takeField(QByteArrayView name, QByteArrayView value);

  qsizetype limit_;
  QByteArray line_, id_, type_, data_;
  bool atStart_ = true;   ///< a byte order mark may still come
  bool afterCr_ = false;  ///< a LF now belongs to the CR before it
  bool overflowed_ = false;
};

}  // namespace cairn::console
