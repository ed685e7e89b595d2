// Answers GET /admin/v1/events: server-sent events that resume.
//
// Contract: one call is one subscriber, on the connection's executor, until it leaves, falls too far behind to take its
// bytes, or the feed stops. `id:` is the registry-wide sequence, so that Last-Event-ID resumes at any master. A comment
// is sent at least every FeedTiming::beatEvery. Ends when `may` says no, which is asked before each frame. Format:
// https://html.spec.whatwg.org/multipage/server-sent-events.html
#pragma once

#include <functional>
#include <memory>

#include "daemon/admin/event_feed.h"
#include "daemon/http/body.h"

namespace cairn::admin {

/// Takes a write that lasts longer for a subscriber who is too slow, and ends the stream; it resumes where it was.
inline constexpr Duration slowestWrite = std::chrono::seconds(10);

Task<void> streamEvents(EventFeed::Listener listener, std::uint64_t after, Clock& clock, http::ResponseWriter& response,
                        std::function<bool()> may = {});

/// Frames for the wire; a comment when there are no events.
std::string frames(const std::vector<registry::Event>& events);

}  // namespace cairn::admin
