#include "daemon/registry/postgres/flip.h"

#include "daemon/registry/postgres/errors.h"

namespace cairn::registry::postgres {
namespace {

constexpr int kAttempts = 5;

struct Refusal {
  std::string_view word;
  FlipStatus status;
  const char* reason;
};

constexpr Refusal kRefusals[] = {
    {"fenced", FlipStatus::fenced, "this master's epoch is fenced or superseded"},
    {"requires_cas", FlipStatus::requires_cas, "the fleet takes flips of CAS masters only"},
    {"not_writer", FlipStatus::not_writer, "the writer lease says that another master, or nobody, may write"},
    {"lost", FlipStatus::lost, "the root pointer is not at the expected root and version"},
};

FlipResult resultOf(const Answer& answer, int row, const FlipRequest& request) {
  const Rows& rows = answer.rows.front();
  const std::string status = rows.empty() ? std::string() : rows.text(row, 0);
  for (const Refusal& r : kRefusals)
    if (status == r.word) return {r.status, {}, r.reason};
  if (status != "won") return {FlipStatus::unknown, {}, "the registry answered a flip with '" + status + "'"};
  if (answer.warned)
    return {
        FlipStatus::unknown, {}, "the flip is committed, but a standby may not have it: the wait for it was cancelled"};
  RootRow now{request.nextRoot,        Version(rows.count(row, 1)), rows.time(row, 2),
              hashOf(request.receipt), MasterId(rows.text(row, 3)), {}};
  return {FlipStatus::won, std::move(now), {}};
}

FlipResult unreadable(const Error& why) {
  return {FlipStatus::unavailable, {}, why.message};
}

}  // namespace

Task<FlipQueue::Landed> Flips::send(const AskedFlip& flip, bool alone) {
  if (!alone && goesWithOthers(flip)) {
    FlipQueue::Landed landed = co_await queue_.run(flip);
    if (!landed.alone) co_return landed;
  }
  std::vector<Call> calls{flipCall(flip)};
  FlipQueue::Landed landed;
  landed.answer = co_await pool_.shared(std::move(calls));
  co_return landed;
}

Task<FlipResult> Flips::attempt(const FlipRequest& request, std::string expectedRoot) {
  FlipResult result;
  const AskedFlip flip{&request, &expectedRoot};
  for (int tries = 1;; ++tries) {
    FlipQueue::Landed landed = co_await send(flip, tries > 1);
    const Answer& answer = landed.answer;
    if (answer.end == Answer::End::done) {
      result = resultOf(answer, landed.row, request);
      break;
    }
    if (answer.end == Answer::End::lost) {
      result = {FlipStatus::unknown, {}, "the registry's answer to the flip was lost: " + answer.message};
      break;
    }
    result = unreadable(landed.unreachable ? *landed.unreachable : errorOf(answer, "flip"));
    if (!again(answer.sqlState) || tries == kAttempts) break;
  }
  if (result.status == FlipStatus::won) events_.flipped();
  co_return result;
}

Task<FlipResult> Flips::flip(FlipRequest request) {
  if (!request.cas) {  // compares nothing, so what cannot be read must be kept from it here, too
    Pointer standing = co_await reader_.read(request.bucket);
    if (standing.bad) co_return unreadable(*standing.bad);
  }
  const std::string expected = rootText(request.expectedRoot);
  FlipResult result = co_await attempt(request, expected);
  if (result.status != FlipStatus::lost) co_return result;
  Pointer now = co_await reader_.read(request.bucket);
  // Another gateway may have written the same CID in another multibase: equal as a value, unequal as text.
  if (!now.bad && now.rootText != expected && now.row.root && now.row.root == request.expectedRoot &&
      now.row.version == request.expectedVersion) {
    result = co_await attempt(request, now.rootText);
    if (result.status != FlipStatus::lost) co_return result;
    now = co_await reader_.read(request.bucket);
  }
  if (now.bad) co_return unreadable(*now.bad);
  result.current = std::move(now.row);
  co_return result;
}

}  // namespace cairn::registry::postgres
