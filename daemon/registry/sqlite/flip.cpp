#include "daemon/registry/sqlite/flip.h"

#include "common/cid/sha256.h"
#include "daemon/registry/json_array.h"
#include "daemon/registry/sqlite/rows.h"

namespace cairn::registry::sqlite {
namespace {

struct Refusal {
  std::string_view word;
  FlipStatus status;
  const char* reason;
};

constexpr Refusal kRefusals[] = {
    {"cairn:fenced", FlipStatus::fenced, "this master's epoch is fenced or superseded"},
    {"cairn:requires_cas", FlipStatus::requires_cas, "the fleet takes flips of CAS masters only"},
    {"cairn:not_writer", FlipStatus::not_writer, "the writer lease says that another master, or nobody, may write"},
    {"cairn:lost", FlipStatus::lost, "the root pointer is not at the expected root and version"},
};

}  // namespace

FlipUnit::FlipUnit(FlipRequest request, OneShot<FlipResult> done)
    : request_(std::move(request)), done_(std::move(done)) {
  if (!request_.receipt.empty()) {
    auto hash = sha256(request_.receipt);
    receiptHash_.assign(hash.begin(), hash.end());
  }
}

void FlipUnit::run(Connection& c) {
  std::string expected = rootText(request_.expectedRoot);
  if (!request_.cas) {  // compares nothing, so what cannot be read must be kept from it here
    Pointer standing = readPointer(c, request_.bucket);
    if (standing.bad) return unreadable(*standing.bad);
  }
  int rc = insert(c, expected);
  if (rc != SQLITE_DONE) {
    refused(c);
    if (result_.status != FlipStatus::lost) return;
  }
  Pointer now = readPointer(c, request_.bucket);
  if (rc != SQLITE_DONE && onlySpelledOtherwise(now, expected)) {
    rc = insert(c, now.rootText);
    if (rc != SQLITE_DONE) return refused(c);
    now = readPointer(c, request_.bucket);
  }
  if (rc == SQLITE_DONE && now.bad) {  // written, but not to be seen: the caller settles it
    result_ = {FlipStatus::unknown, {}, now.bad->message};
    return;
  }
  if (now.bad) return unreadable(*now.bad);
  if (rc == SQLITE_DONE) result_ = {FlipStatus::won, {}, {}};
  result_.current = std::move(now.row);
}

// Another gateway may have written the same CID in another multibase: equal as a value, unequal as text.
bool FlipUnit::onlySpelledOtherwise(const Pointer& now, const std::string& tried) const {
  return !now.bad && now.rootText != tried && now.row.root && now.row.root == request_.expectedRoot &&
         now.row.version == request_.expectedVersion;
}

int FlipUnit::insert(Connection& c, const std::string& expectedRoot) {
  Query q(c, "INSERT INTO flip VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18)",
          request_.bucket.owner.get(), request_.bucket.name.get(), expectedRoot, request_.expectedVersion.get(),
          rootText(request_.nextRoot), BytesView(request_.commit.bytes), request_.master.get(), request_.epoch.get(),
          request_.cas, request_.leaseTerm, jsonArray(request_.holders), request_.operations.puts,
          request_.operations.deletes, request_.operations.others, request_.attempt, request_.claimedAt.get(),
          request_.receipt, receiptHash_);
  return q.step();
}

void FlipUnit::refused(Connection& c) {
  std::string_view said = sqlite3_errmsg(c.handle());
  if ((sqlite3_errcode(c.handle()) & 0xff) == SQLITE_CONSTRAINT) {
    for (const Refusal& r : kRefusals) {
      if (!said.starts_with(r.word)) continue;
      result_ = {r.status, {}, r.reason};
      return;
    }
  }
  result_ = {FlipStatus::unavailable, {}, c.error("flip").message};
}

void FlipUnit::unreadable(const Error& why) {
  result_ = {FlipStatus::unavailable, {}, why.message};
}

void FlipUnit::failed(const Error& why) {
  done_.set({FlipStatus::unavailable, {}, why.message});
}

void FlipUnit::unsettled(const Error& why) {
  if (result_.status != FlipStatus::won) return failed(why);
  done_.set({FlipStatus::unknown, {}, why.message});
}

std::optional<bool> FlipUnit::happened(Connection& c) {
  if (result_.status != FlipStatus::won) return std::nullopt;
  Query q(c, "SELECT commit_id FROM bucket_root_history WHERE owner_id = ?1 AND bucket = ?2 AND version = ?3",
          request_.bucket.owner.get(), request_.bucket.name.get(), result_.current.version.get());
  int rc = q.step();
  if (rc == SQLITE_DONE) return false;
  if (rc != SQLITE_ROW) return std::nullopt;
  return q.blob(0) == toBytes(request_.commit.bytes);
}

}  // namespace cairn::registry::sqlite
