#include "daemon/s3/authority.h"

#include "daemon/s3/handlers.h"
#include "daemon/s3/names.h"
#include "daemon/s3/parts.h"
#include "daemon/s3/permit.h"

namespace cairn::s3 {
namespace {

constexpr std::string_view kObject = "x-cairn-object";

}  // namespace

Task<Answer<auth::Caller>> Authority::admitted(const http::Request& request, Timestamp now) {
  const auto headers = headerViews(request.headers);
  auto caller = authenticator_.authenticate({request.method, request.path, request.rawQuery, headers}, now);
  if (!caller) co_return fromAuth(caller.error());
  if (auto s = co_await authenticator_.admit(*caller); !s) co_return fromAuth(s.error());
  co_return std::move(*caller);
}

Task<Answer<Cid>> Authority::contentOf(const http::Request& request) {
  const auto name = request.headers.find(kObject);
  if (!name)
    co_return refuse(ErrorCode::AccessDenied,
                     "knowing a CID is no right to its bytes: name in x-cairn-object an object "
                     "that has it and that your credentials may read");
  auto named = readObjectName(*name, kObject);
  if (!named) co_return named.error();
  const Timestamp now = clock_.now();
  const auto caller = co_await admitted(request, now);
  if (!caller) co_return caller.error();
  const Operation operation{{std::move(named->bucket), std::move(named->key)}, GetObject{}};
  if (auto allowed = permit(*caller, operation); !allowed) co_return allowed.error();
  http::BytesBody none({});
  Call call{request, none, *caller, operation.subject, buckets_, options_, now, md5s_, anybody_};
  if (!caller->grant) call.reads = readingOf(operation);
  if (auto used = co_await useGrant(call, authenticator_); !used) co_return used.error();
  const auto snapshot = co_await openSnapshot(call);
  if (!snapshot) co_return snapshot.error();
  const auto entry = co_await readEntry(**snapshot, operation.subject.key);
  if (!entry) co_return entry.error();
  co_return entry->content;
}

Task<Answer<Cid>> Authority::contentsOf(const http::Request& request, std::string bucket) {
  using identity::Operation;
  if (auto ok = checkBucketName(bucket); !ok) co_return ok.error();
  const Timestamp now = clock_.now();
  const auto caller = co_await admitted(request, now);
  if (!caller) co_return caller.error();
  const auto& scope = caller->scope;
  if (caller->anonymous || (scope && !(scope->allows(Operation::read, bucket, "") && scope->allowsList(bucket, ""))))
    co_return refuse(ErrorCode::AccessDenied, "an export asks for a credential that reads and lists the whole bucket");
  const Subject subject{BucketName(std::move(bucket)), {}};
  http::BytesBody none({});
  const Call call{request, none, *caller, subject, buckets_, options_, now, md5s_, anybody_};
  if (auto used = co_await useGrant(call, authenticator_); !used) co_return used.error();
  const auto snapshot = co_await openSnapshot(call);
  if (!snapshot) co_return snapshot.error();
  co_return (*snapshot)->contentsRoot();
}

}  // namespace cairn::s3
