// The operators' door: health, metrics, and the read-only admin API (docs/openapi.yaml).
//
// Contract: handle() is thread-safe and answers every request whose path serves() claims; the app listens on loopback
// until identity arrives. Errors are JSON {"error":{"code","message"}}: 400 for what cannot be read, 403 for requests
// that a web page makes (they carry Origin, and nothing here is for pages), 404, 405, 503 when the registry cannot be
// reached. /health answers 200 as long as the process does; /healthz/ready answers 200 or 503 with reasons, for reads
// or with ?write=1 for writes. stop() ends event streams, so that a drain need not wait for them. Borrowed things must
// outlive the door.
#pragma once

#include <memory>

#include "daemon/admin/answers.h"
#include "daemon/admin/chain.h"
#include "daemon/admin/event_feed.h"
#include "daemon/admin/routes.h"
#include "daemon/http/body.h"
#include "daemon/http/message.h"

namespace cairn::admin {

class Door {
 public:
  Door(registry::Registry& registry, LocalStatus& local, bucket::Service& buckets, Clock& clock,
       ReceiptCheck receiptCheck = {}, FeedTiming feed = {});
  ~Door();
  Task<void> handle(http::Request& request, http::BodyReader& body, http::ResponseWriter& response);
  void stop();

 private:
  struct Reply {
    int status = 200;
    std::string type = "application/json";
    std::string body;
    std::string allow;
  };
  static Reply problem(const Error& error);
  template <class Message>
  static Reply reply(const Result<Message>& message);

  Task<Reply> answer(const http::Request& request, const Match& match, Query query);
  Reply health() const;
  Task<Reply> ready(const Query& query);
  Task<std::optional<Reply>> events(const http::Request& request, Query query, http::ResponseWriter& response);

  registry::Registry& registry_;
  LocalStatus& local_;
  Clock& clock_;
  Answers answers_;
  ChainWalk chain_;
  std::shared_ptr<EventFeed> feed_;
  const Duration started_;
};

}  // namespace cairn::admin
