#include "daemon/admin/event_stream.h"

#include "common/api/messages.h"
#include "daemon/admin/convert.h"
#include "daemon/rt/log.h"

namespace cairn::admin {

std::string frames(const std::vector<registry::Event>& events) {
  if (events.empty()) return ": beat\n\n";
  std::string out;
  for (const registry::Event& event : events) {
    out += "id: " + std::to_string(event.sequence) + "\nevent: " + event.kind + "\ndata: ";
    out += api::toJson(convert(event));  // compact JSON has no line breaks
    out += "\n\n";
  }
  return out;
}

Task<void> streamEvents(EventFeed::Listener listener, std::uint64_t after, Clock& clock, http::ResponseWriter& response,
                        std::function<bool()> may) {
  response.liftTotalTime();
  http::ResponseHead head{200, {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}}};
  Status sent = co_await response.start(std::move(head), std::nullopt);
  std::string text = ": cairn events after " + std::to_string(after) + "\n\n";
  while (sent) {
    const Duration began = clock.steady();
    sent = co_await response.write(asBytes(text));
    if (sent) sent = co_await response.flush();
    if (!sent) break;
    if (clock.steady() - began > slowestWrite) {
      log::info("admin", "event subscriber is too slow; dropped", {{"after", after}});
      break;
    }
    auto events = co_await listener.next(after);
    if (may && !may()) break;  // whoever listens has no right to what comes any more
    if (!events) break;        // stopping, or the registry is gone: the subscriber resumes here or at another master
    if (!events->empty()) after = events->back().sequence;
    text = frames(*events);
  }
  if (sent) co_await response.finish();
}

}  // namespace cairn::admin
