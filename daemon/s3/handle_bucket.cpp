#include "daemon/s3/body.h"
#include "daemon/s3/dates.h"
#include "daemon/s3/handlers.h"
#include "daemon/s3/xml.h"

namespace cairn::s3 {

Reply xmlReply(std::string document) {
  Reply reply;
  reply.headers.add("Content-Type", "application/xml");
  reply.body = std::move(document);
  return reply;
}

Reply emptyReply(int status) {
  Reply reply;
  reply.status = status;
  return reply;
}

Answer<BucketId> ownBucket(const Call& call, const BucketName& name, std::string_view ownerHeader) {
  const auto expected = call.request.headers.find(ownerHeader);
  if (expected && *expected != call.caller.owner.get()) return refuse(ErrorCode::AccessDenied);
  return BucketId{call.caller.owner, name};
}

Task<Failed> explain(const Call& call, bucket::Failure failure, BucketName name) {
  Failed failed = fromFault(failure);
  if (failure.fault == bucket::Fault::no_such_bucket) {
    const auto other = co_await call.buckets.resolve(call.caller.owner, name);
    if (other && *other != BucketId{call.caller.owner, name}) co_return refuse(ErrorCode::AccessDenied);
  }
  if (failed.code == ErrorCode::NoSuchKey) failed.details.emplace_back("Key", call.subject.key);
  const auto status = failed.code;
  if (status == ErrorCode::NoSuchBucket || status == ErrorCode::BucketNotEmpty ||
      status == ErrorCode::BucketAlreadyExists || status == ErrorCode::BucketAlreadyOwnedByYou)
    failed.details.emplace_back("BucketName", name.get());
  co_return failed;
}

Task<Failed> explain(const Call& call, bucket::Failure failure) {
  return explain(call, std::move(failure), call.subject.bucket);
}

Task<Answer<BucketId>> openBucket(const Call& call, BucketName name) {
  auto own = ownBucket(call, name);
  if (!own) co_return own.error();
  const auto found = co_await call.buckets.resolve(call.caller.owner, name);
  if (!found) co_return co_await explain(call, found.error(), name);
  if (*found != *own) co_return refuse(ErrorCode::AccessDenied);
  co_return own;
}

std::vector<auth::HeaderView> headerViews(const http::Headers& headers) {
  std::vector<auth::HeaderView> out;
  out.reserve(headers.size());
  for (const auto [name, value] : headers) out.push_back({name, value});
  return out;
}

Task<Answer<void>> useGrant(const Call& call, const auth::Authenticator& authenticator) {
  if (!call.caller.grant || !call.caller.grant->asks()) co_return Answer<void>();
  const auto there = co_await openBucket(call, call.subject.bucket);
  if (!there) co_return there.error();
  if (auto s = co_await authenticator.use(call.caller); !s) co_return fromAuth(s.error());
  co_return Answer<void>();
}

Task<Answer<bucket::SnapshotPtr>> readable(const Call& call, BucketName name, std::optional<Reading> reading,
                                           std::string_view ownerHeader) {
  const auto own = ownBucket(call, name, ownerHeader);
  std::optional<bucket::Failure> missing;
  if (own) {
    auto snapshot = co_await call.buckets.snapshot(*own);
    if (snapshot) {
      call.anybody.saw((*snapshot)->policy());
      co_return std::move(*snapshot);
    }
    missing = snapshot.error();
  }
  // The fast path is the owner's: only who has no such bucket, or says that he means another's, waits for the alias.
  if (reading && (!missing || missing->fault == bucket::Fault::no_such_bucket)) {
    auto opened = co_await openedSnapshot(call, name, std::move(*reading), ownerHeader);
    if (opened) co_return std::move(*opened);
  }
  if (!own) co_return own.error();
  co_return co_await explain(call, std::move(*missing), name);
}

Task<Answer<bucket::SnapshotPtr>> openSnapshot(const Call& call) {
  if (call.caller.anonymous) co_return co_await openedSnapshot(call, call.subject.bucket, call.reads.value());
  auto now = co_await readable(call, call.subject.bucket, call.reads);
  if (!now || !call.at) co_return now;
  auto then = co_await call.buckets.past().at((*now)->bucket(), *call.at);
  if (!then) co_return fromFault(then.error());
  co_return std::move(*then);
}

void sayWhen(http::Headers& headers, const Call& call, const bucket::Snapshot& snapshot) {
  if (!call.at) return;
  headers.add("x-cairn-version", std::to_string(snapshot.row().version.get()));
  headers.add("x-cairn-root", snapshot.row().root->str());
}

Task<Answer<Reply>> handle(const Call& call, const ListBuckets& operation) {
  const auto buckets = co_await call.buckets.listBuckets(call.caller.owner);
  if (!buckets) co_return fromFault(buckets.error());
  XmlWriter xml("ListAllMyBucketsResult");
  xml.open("Owner");
  xml.text("ID", call.caller.owner.get());
  xml.text("DisplayName", call.caller.owner.get());
  xml.close("Owner");
  xml.open("Buckets");
  for (const auto& info : *buckets) {
    if (!info.bucket.name.get().starts_with(operation.prefix)) continue;
    xml.open("Bucket");
    xml.text("Name", info.bucket.name.get());
    xml.plain("CreationDate", isoDate(info.created));
    xml.close("Bucket");
  }
  xml.close("Buckets");
  if (!operation.prefix.empty()) xml.text("Prefix", operation.prefix);
  co_return xmlReply(xml.finish());
}

Task<Answer<Reply>> handle(const Call& call, const CreateBucket& operation) {
  const auto body = co_await receiveText(call.body, call.caller.body, operation.claims, call.options.maxXmlBody);
  if (!body) co_return body.error();
  if (!body->empty()) {
    // Tools state a region or none; a fleet is one place, so any is taken.
    const auto xml = parseXml(*body);
    if (!xml) co_return xml.error();
    if (xml->name != "CreateBucketConfiguration") co_return refuse(ErrorCode::MalformedXML);
  }
  const auto made = co_await call.buckets.createBucket({call.caller.owner, call.subject.bucket});
  if (!made) co_return co_await explain(call, made.error());
  Reply reply;
  reply.headers.add("Location", "/" + call.subject.bucket.get());
  co_return reply;
}

Task<Answer<Reply>> handle(const Call& call, const HeadBucket&) {
  const auto snapshot = co_await openSnapshot(call);
  if (!snapshot) co_return snapshot.error();
  Reply reply;
  reply.headers.add("x-amz-bucket-region", call.options.region);
  reply.headers.add("Content-Type", "application/xml");
  co_return reply;
}

Task<Answer<Reply>> handle(const Call& call, const DeleteBucket&) {
  const auto bucket = ownBucket(call, call.subject.bucket);
  if (!bucket) co_return bucket.error();
  const auto gone = co_await call.buckets.deleteBucket(*bucket);
  if (!gone) co_return co_await explain(call, gone.error());
  co_return emptyReply(204);
}

}  // namespace cairn::s3
