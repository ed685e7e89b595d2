// The operators' door: health, metrics, and the admin API (docs/openapi.yaml).
//
// Contract: handle() is thread-safe and answers every request whose path serves() claims. Without `access`
// (auth.eip712 is off) it reads only, for whoever asks: keep it on loopback then. With it, everything but health,
// readiness and metrics asks for an operator (gate.h), and signed actions are taken (action_door.h). Errors are JSON
// {"error":{"code","message"}}: 400 for what cannot be read, 401 without a good token, 403 for what may not be and for
// requests that a web page makes (they carry Origin, and nothing here is for pages), 404, 405, 409 for what stands in
// the way, 413, 503 when it cannot be told now. /health answers 200 as long as the process does; /healthz/ready
// answers 200 or 503 with reasons, for reads or with ?write=1 for writes. stop() ends event streams, so that a drain
// need not wait for them. Borrowed things must outlive the door.
#pragma once

#include <memory>

#include "daemon/admin/action_door.h"
#include "daemon/admin/answers.h"
#include "daemon/admin/chain.h"
#include "daemon/admin/event_feed.h"
#include "daemon/admin/gate.h"
#include "daemon/admin/past_answers.h"
#include "daemon/admin/routes.h"
#include "daemon/auth/vouchers.h"
#include "daemon/http/body.h"
#include "daemon/http/message.h"

namespace cairn::admin {

/// What the door has when auth.eip712 is on.
struct OperatorAccess {
  Gate gate;
  ActionDoor actions;
  auth::Vouchers vouchers;
};

class Door {
 public:
  /// `access` may be null.
  Door(registry::Registry& registry, LocalStatus& local, bucket::Service& buckets, Clock& clock,
       ReceiptCheck receiptCheck = {}, FeedTiming feed = {}, OperatorAccess* access = nullptr);
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
  static Reply problem(const Refusal& refusal);
  template <class Message>
  static Reply reply(const Result<Message>& message);

  /// Why the request is not looked at any further, as far as its head tells.
  std::optional<Reply> objection(const http::Request& request, const Result<Match>& found,
                                 const Result<Query>& query) const;
  Task<std::optional<Reply>> respond(http::Request& request, http::BodyReader& body, http::ResponseWriter& response);
  Task<Reply> answer(const http::Request& request, const Match& match, Query query);
  Task<Reply> act(http::Request& request, http::BodyReader& body);
  Task<Reply> chain();
  Reply health() const;
  Task<Reply> ready(const Query& query);
  Task<std::optional<Reply>> events(const http::Request& request, Query query, http::ResponseWriter& response,
                                    std::function<bool()> may);

  registry::Registry& registry_;
  LocalStatus& local_;
  Clock& clock_;
  Answers answers_;
  PastAnswers past_;
  ChainWalk chain_;
  std::shared_ptr<EventFeed> feed_;
  OperatorAccess* access_;
  const Duration started_;
};

}  // namespace cairn::admin
