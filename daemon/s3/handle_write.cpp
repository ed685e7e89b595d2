#include "daemon/s3/body.h"
#include "daemon/s3/content_sink.h"
#include "daemon/s3/dates.h"
#include "daemon/s3/handlers.h"
#include "daemon/s3/names.h"
#include "daemon/s3/permit.h"
#include "daemon/s3/xml.h"

namespace cairn::s3 {
namespace {

constexpr std::uint64_t kMaxCopy = 5ULL << 30;
constexpr std::size_t kMaxDeletes = 1000;
/// Bodies above this are worth a look whether the bucket is there before they are taken in.
constexpr std::uint64_t kLookFirst = 1U << 20;

bool sameObject(const Call& call, const CopyObject& o) {
  return o.source.bucket == call.subject.bucket && o.source.key == call.subject.key;
}

bool changesSomething(const CopyObject& o) {
  return o.replaceMetadata || o.replaceTags || o.attributes.headers.contains("x-amz-storage-class") ||
         o.attributes.headers.contains("x-amz-website-redirect-location");
}

/// Storage class and redirect belong to a write, not to the object: they come from this request in any case.
void applyDirectives(bucket::Attributes& attributes, const CopyObject& o) {
  for (const char* name : {"x-amz-storage-class", "x-amz-website-redirect-location"}) {
    attributes.headers.erase(name);
    if (const auto given = o.attributes.headers.find(name); given != o.attributes.headers.end())
      attributes.headers.insert(*given);
  }
  if (o.replaceMetadata) {
    attributes.headers = o.attributes.headers;
    attributes.metadata = o.attributes.metadata;
  }
  if (o.replaceTags) attributes.tags = o.attributes.tags;
}

struct DeleteOrder {
  std::string key;
  std::optional<Failed> refused;  ///< before anything was asked of the service
  bucket::WriteConditions conditions;
};

struct DeleteList {
  std::vector<DeleteOrder> orders;
  bool quiet = false;
};

DeleteOrder readOrder(const XmlElement& object) {
  DeleteOrder order;
  order.key = std::string(object.childText("Key"));
  if (auto ok = checkKey(order.key); !ok) order.refused = ok.error();
  const auto version = object.childText("VersionId");
  if (!version.empty() && version != "null") order.refused = refuse(ErrorCode::NoSuchVersion);
  if (object.child("LastModifiedTime") || object.child("Size"))
    order.refused = refuse(ErrorCode::NotImplemented, "LastModifiedTime and Size as conditions are not implemented");
  if (const XmlElement* const etag = object.child("ETag")) {
    order.conditions.ifMatch = parseEntityTags(etag->text, false);
    if (order.conditions.ifMatch.empty()) order.refused = refuse(ErrorCode::MalformedXML);  // not: no condition
  }
  return order;
}

Answer<DeleteList> readDeleteList(std::string_view body) {
  const auto xml = parseXml(body);
  if (!xml) return xml.error();
  if (xml->name != "Delete") return refuse(ErrorCode::MalformedXML);
  DeleteList list;
  for (const auto& child : xml->children) {
    if (child.name == "Quiet") list.quiet = child.text == "true";
    if (child.name != "Object") continue;
    if (!child.child("Key") || list.orders.size() == kMaxDeletes) return refuse(ErrorCode::MalformedXML);
    list.orders.push_back(readOrder(child));
  }
  if (list.orders.empty()) return refuse(ErrorCode::MalformedXML);
  return list;
}

void writeDeleteError(XmlWriter& xml, const std::string& key, const Failed& failed) {
  xml.open("Error");
  xml.text("Key", key);
  xml.text("Code", failed.wire());
  xml.text("Message", failed.message);
  xml.close("Error");
}

}  // namespace

Task<Answer<Reply>> handle(const Call& call, const PutObject& operation) {
  const auto size = announcedSize(call.request, call.caller.body);
  if (!size) co_return size.error();
  const auto bucket =
      *size > kLookFirst ? co_await openBucket(call, call.subject.bucket) : ownBucket(call, call.subject.bucket);
  if (!bucket) co_return bucket.error();
  const BodyOrder order{call.caller.body, operation.claims, operation.claims.algorithm};
  auto stored = co_await storeBody(call, order, *size);
  if (!stored) co_return stored.error();
  bucket::Entry entry;
  entry.etag.md5 = stored->received.md5;
  entry.attributes = operation.attributes;
  entry.checksum = std::move(stored->received.checksum);
  co_return co_await commitEntry(call, *bucket, std::move(entry), std::move(stored->content), operation.conditions);
}

Task<Answer<Reply>> commitEntry(const Call& call, BucketId bucket, bucket::Entry entry, bucket::Content content,
                                const bucket::WriteConditions& conditions) {
  const auto put = co_await call.buckets.putObject(std::move(bucket), call.subject.key, std::move(entry),
                                                   std::move(content), conditions);
  if (!put) co_return co_await explain(call, put.error());
  Reply reply;
  reply.headers.add("ETag", quoted(put->etag));
  reply.headers.add("x-cairn-cid", put->content.str());
  if (put->checksum) addChecksum(reply.headers, *put->checksum, 0);
  co_return reply;
}

Task<Answer<bucket::Entry>> readCopySource(const Call& call, const CopySource& source) {
  std::optional<Reading> reading;
  if (!call.caller.grant) reading = Reading{identity::Operation::read, source.key};
  const auto snapshot =
      co_await readable(call, source.bucket, std::move(reading), "x-amz-source-expected-bucket-owner");
  if (!snapshot) co_return snapshot.error();
  auto entry = co_await readEntry(**snapshot, source.key);
  if (!entry) co_return entry.error();
  if (checkRead(source.conditions, *entry) != Verdict::go_on) co_return refuse(ErrorCode::PreconditionFailed);
  co_return entry;
}

Task<Answer<Reply>> handle(const Call& call, const CopyObject& operation) {
  const auto to = ownBucket(call, call.subject.bucket);
  if (!to) co_return to.error();
  if (ownBucket(call, operation.source.bucket, "x-amz-source-expected-bucket-owner") && sameObject(call, operation) &&
      !changesSomething(operation))
    co_return refuse(ErrorCode::InvalidRequest,
                     "This copy request is illegal because it is trying to copy an object to itself without changing "
                     "the object's metadata, storage class, website redirect location or encryption attributes.");
  auto entry = co_await readCopySource(call, operation.source);
  if (!entry) co_return entry.error();
  if (entry->size > kMaxCopy)
    co_return refuse(ErrorCode::InvalidRequest,
                     "The specified copy source is larger than the maximum allowable size "
                     "for a copy source: 5368709120");
  applyDirectives(entry->attributes, operation);
  const auto put = co_await call.buckets.copyObject(*to, call.subject.key, std::move(*entry), operation.conditions);
  if (!put) co_return co_await explain(call, put.error());
  XmlWriter xml("CopyObjectResult");
  xml.plain("LastModified", isoDate(put->modified));
  xml.text("ETag", quoted(put->etag));
  writeChecksum(xml, *put);
  Reply reply = xmlReply(xml.finish());
  reply.headers.add("x-cairn-cid", put->content.str());
  co_return reply;
}

Task<Answer<Reply>> handle(const Call& call, const DeleteObject& operation) {
  const auto bucket = ownBucket(call, call.subject.bucket);
  if (!bucket) co_return bucket.error();
  const auto gone = co_await call.buckets.deleteObject(*bucket, call.subject.key, operation.conditions);
  if (!gone) co_return co_await explain(call, gone.error());
  co_return emptyReply(204);
}

Task<Answer<Reply>> handle(const Call& call, const DeleteObjects& operation) {
  const auto bucket = ownBucket(call, call.subject.bucket);
  if (!bucket) co_return bucket.error();
  const auto body = co_await receiveText(call.body, call.caller.body, operation.claims, call.options.maxXmlBody);
  if (!body) co_return body.error();
  auto list = readDeleteList(*body);
  if (!list) co_return list.error();
  for (auto& order : list->orders)
    if (auto may = mayDelete(call.caller, call.subject.bucket, order.key); !may && !order.refused)
      order.refused = may.error();
  std::vector<bucket::DeleteItem> items;
  for (const auto& order : list->orders)
    if (!order.refused) items.push_back({order.key, order.conditions});
  std::vector<bucket::Outcome<bool>> outcomes;
  if (!items.empty()) {
    auto done = co_await call.buckets.deleteObjects(*bucket, std::move(items));
    if (!done) co_return co_await explain(call, done.error());
    outcomes = std::move(*done);
  }
  XmlWriter xml("DeleteResult", kS3Namespace, 256 + list->orders.size() * 96);
  std::size_t next = 0;
  for (const auto& order : list->orders) {
    if (order.refused) {
      writeDeleteError(xml, order.key, *order.refused);
    } else if (const auto& outcome = outcomes.at(next++); !outcome) {
      writeDeleteError(xml, order.key, fromFault(outcome.error()));
    } else if (!list->quiet) {
      xml.open("Deleted");
      xml.text("Key", order.key);
      xml.close("Deleted");
    }
  }
  co_return xmlReply(xml.finish());
}

}  // namespace cairn::s3
