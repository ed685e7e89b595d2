#include "daemon/pinning/remote.h"

#include <atomic>
#include <chrono>

#include "common/cid/car.h"
#include "common/cid/cbor.h"
#include "daemon/rt/log.h"
#include "daemon/rt/metrics.h"

namespace cairn::pinning {
namespace {

/// What operators are told of a holder: failures and lies are counted, and logged when they begin and end, not each
/// time.
class Reputation {
 public:
  explicit Reputation(MasterId id)
      : id_(std::move(id)),
        failures_(metrics::counter("cairn_holder_failures_total", "Calls to another holder that failed",
                                   {{"holder", id_.get()}})),
        lies_(metrics::counter("cairn_holder_wrong_answers_total", "Answers of another holder that cannot be right",
                               {{"holder", id_.get()}})) {}

  void failed(const std::string& reason) {
    failures_.Increment();
    if (!failing_.exchange(true))
      log::warning("pinning", "a holder cannot be asked", {{"holder", id_.get()}, {"reason", reason}});
  }
  void answered() {
    if (failing_.exchange(false)) log::info("pinning", "a holder answers again", {{"holder", id_.get()}});
  }
  void lied(const std::string& how) {
    lies_.Increment();
    using namespace std::chrono;
    const auto now = duration_cast<seconds>(steady_clock::now().time_since_epoch()).count();
    if (auto last = toldAt_.load(); now - last >= kEvery && toldAt_.compare_exchange_strong(last, now))
      log::warning("pinning", "a holder's answers cannot be right", {{"holder", id_.get()}, {"how", how}});
  }

 private:
  static constexpr std::int64_t kEvery = 10;  // seconds
  const MasterId id_;
  prometheus::Counter& failures_;
  prometheus::Counter& lies_;
  std::atomic<bool> failing_{false};
  std::atomic<std::int64_t> toldAt_{-kEvery};
};

class RemoteHolder final : public Holder {
 public:
  RemoteHolder(MasterId id, http::Client& client, Locate locate, std::chrono::milliseconds deadline)
      : id_(std::move(id)), reputation_(id_), client_(client), locate_(std::move(locate)), deadline_(deadline) {}

  MasterId id() const override { return id_; }

  Task<Result<HoldAnswer>> hold(Cid root, Origin origin, std::vector<blocks::Block> blocks) override {
    std::string target = "/v0/hold?root=" + root.str();
    if (origin.base) target += "&base=" + origin.base->str();
    Bytes car = carOf(root, blocks);
    blocks = {};  // one copy in memory is enough
    auto body = co_await call("POST", std::move(target), std::move(car));
    if (!body) co_return body.error();
    auto answer = parseHoldAnswer(*body);
    if (!answer) {
      reputation_.lied(answer.error().message);
      co_return fail(Errc::unavailable, answer.error().message);
    }
    co_return answer;
  }

  Task<Status> store(std::vector<blocks::Block> blocks) override {
    Bytes car = carOf(std::nullopt, blocks);
    blocks = {};
    auto body = co_await call("POST", "/v0/blocks", std::move(car));
    if (!body) co_return body.error();
    co_return Status{};
  }

  Task<Result<blocks::BlockData>> fetch(Cid cid) override {
    auto body = co_await call("GET", "/ipfs/" + cid.str() + "?format=raw", {});
    if (!body) co_return body.error();
    if (!cid.verifies(*body)) {
      Error wrong = fail(Errc::corrupt, "the bytes are not those of block " + cid.str());
      reputation_.lied(wrong.message);
      co_return wrong;
    }
    co_return blocks::BlockData::own(std::move(*body));
  }

 private:
  static Bytes carOf(std::optional<Cid> root, const std::vector<blocks::Block>& blocks) {
    Bytes out;
    std::size_t bytes = 128;
    for (const blocks::Block& b : blocks) bytes += car::blockBytes(b.cid, b.data.size());
    out.reserve(bytes);
    std::vector<Cid> roots;
    if (root) roots.push_back(*root);
    car::appendHeader(out, roots);
    for (const blocks::Block& b : blocks) car::appendBlock(out, b.cid, b.data.view());
    return out;
  }

  Task<Result<Bytes>> call(std::string method, std::string target, Bytes body) {
    auto endpoint = locate_();
    if (!endpoint) co_return fail(Errc::unavailable, "the registry lists no block door of " + id_.get() + " yet");
    http::ClientRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    if (!body.empty()) request.headers.add("Content-Type", "application/vnd.ipld.car; version=1");
    request.body = std::move(body);
    request.timeout = deadline_;
    auto response = co_await client_.request(*endpoint, std::move(request));
    if (!response) {
      // A POST here may be sent twice without harm, so "cut off" is simply "ask again".
      Errc code = response.error().code == Errc::timeout ? Errc::timeout : Errc::unavailable;
      reputation_.failed(response.error().message);
      co_return fail(code, endpoint->host + ":" + std::to_string(endpoint->port) + ": " + response.error().message);
    }
    reputation_.answered();
    if (response->status == 200) co_return std::move(response->body);
    std::string text(asText(response->body).substr(0, 200));
    co_return fail(response->status == 404 ? Errc::not_found : Errc::unavailable,
                   "answered " + std::to_string(response->status) + ": " + text);
  }

  MasterId id_;
  Reputation reputation_;
  http::Client& client_;
  Locate locate_;
  std::chrono::milliseconds deadline_;
};

}  // namespace

std::shared_ptr<Holder> makeRemoteHolder(MasterId id, http::Client& client, Locate locate,
                                         std::chrono::milliseconds deadline) {
  return std::make_shared<RemoteHolder>(std::move(id), client, std::move(locate), deadline);
}

Bytes encodeHoldAnswer(const HoldAnswer& answer) {
  Bytes out;
  cbor::Writer w(out);
  w.map(2);
  w.text("missing");
  w.array(answer.missing.size());
  for (const Cid& c : answer.missing) w.link(c);
  w.text("complete");
  w.boolean(answer.complete);
  return out;
}

Result<HoldAnswer> parseHoldAnswer(BytesView body) {
  Error wrong = fail(Errc::invalid, "its answer to a hold is malformed");
  cbor::Reader r(body);
  std::optional<std::string_view> previous;
  auto fields = r.map();
  auto name = fields ? r.key(previous) : Result<std::string_view>(fields.error());
  if (!name || *fields != 2 || *name != "missing") return wrong;
  auto count = r.array();
  if (!count || *count > kMostMissing) return wrong;
  HoldAnswer answer;
  for (std::uint64_t i = 0; i < *count; ++i) {
    auto cid = r.link();
    if (!cid) return wrong;
    answer.missing.push_back(*cid);
  }
  name = r.key(previous);
  auto complete = name ? r.boolean() : Result<bool>(name.error());
  if (!complete || *name != "complete" || !r.end() || *complete != answer.missing.empty()) return wrong;
  answer.complete = *complete;
  return answer;
}

}  // namespace cairn::pinning
