#include "common/base/url.h"
#include "daemon/s3/dates.h"
#include "daemon/s3/handlers.h"
#include "daemon/s3/token.h"
#include "daemon/s3/xml.h"

namespace cairn::s3 {
namespace {

/// Enough for a page of ordinary keys, so that it is built without moving.
constexpr std::size_t kBytesPerKey = 320;

/// Names in listings, URL-encoded where the client asked for it.
class NameWriter {
 public:
  NameWriter(XmlWriter& xml, bool url) : xml_(xml), url_(url) {}
  void operator()(std::string_view element, std::string_view name) {
    if (url_)
      xml_.plain(element, uriEncode(name, Slash::keep));
    else
      xml_.text(element, name);
  }

 private:
  XmlWriter& xml_;
  bool url_;
};

void writeOwner(XmlWriter& xml, const OwnerId& owner, std::string_view element = "Owner") {
  xml.open(element);
  xml.text("ID", owner.get());
  xml.text("DisplayName", owner.get());
  xml.close(element);
}

/// What Contents and Version share, after the key.
void writeEntry(XmlWriter& xml, const bucket::Entry& entry) {
  xml.raw().append("<LastModified>");
  appendIsoDate(xml.raw(), entry.modified);
  xml.raw().append("</LastModified><ETag>&quot;").append(entry.etag.str()).append("&quot;</ETag>");
  if (entry.checksum) {
    xml.plain("ChecksumAlgorithm", entry.checksum->algorithm);
    xml.plain("ChecksumType", entry.checksum->composite ? "COMPOSITE" : "FULL_OBJECT");
  }
  xml.number("Size", entry.size);
  const auto storage = entry.attributes.headers.find("x-amz-storage-class");
  if (storage == entry.attributes.headers.end())
    xml.plain("StorageClass", "STANDARD");
  else
    xml.text("StorageClass", storage->second);
}

template <class Prefixes>
void writePrefixes(XmlWriter& xml, NameWriter& name, const Prefixes& prefixes) {
  for (const auto& prefix : prefixes) {
    xml.open("CommonPrefixes");
    name("Prefix", prefix);
    xml.close("CommonPrefixes");
  }
}

/// max-keys=0 asks nothing, and nothing follows.
Task<Answer<bucket::ListPage>> page(bucket::Snapshot& snapshot, bucket::ListQuery query) {
  if (query.limit == 0) co_return bucket::ListPage{};
  auto found = co_await snapshot.list(std::move(query));
  if (!found) co_return fromFault(found.error());
  co_return std::move(*found);
}

std::string listDocument(const OwnerId& owner, const Call& call, const ListObjects& o, const bucket::ListPage& found) {
  XmlWriter xml("ListBucketResult", kS3Namespace, 1024 + found.items.size() * kBytesPerKey);
  NameWriter name(xml, o.urlEncoding);
  xml.text("Name", call.subject.bucket.get());
  name("Prefix", o.prefix);
  if (o.version == 1) {
    name("Marker", o.marker);
    if (found.truncated && !o.delimiter.empty()) name("NextMarker", found.last);
  } else {
    if (o.token) xml.text("ContinuationToken", *o.token);
    if (found.truncated) xml.plain("NextContinuationToken", continuationToken(found.last));
    if (!o.marker.empty()) name("StartAfter", o.marker);
    xml.number("KeyCount", found.items.size() + found.prefixes.size());
  }
  xml.number("MaxKeys", o.maxKeys);
  if (!o.delimiter.empty()) name("Delimiter", o.delimiter);
  if (o.urlEncoding) xml.plain("EncodingType", "url");
  xml.flag("IsTruncated", found.truncated);
  for (const auto& item : found.items) {
    xml.open("Contents");
    name("Key", item.key);
    writeEntry(xml, item.entry);
    if (o.version == 1 || o.fetchOwner) writeOwner(xml, owner);
    xml.close("Contents");
  }
  writePrefixes(xml, name, found.prefixes);
  return xml.finish();
}

std::string versionsDocument(const Call& call, const ListObjectVersions& o, const bucket::ListPage& found) {
  XmlWriter xml("ListVersionsResult", kS3Namespace, 1024 + found.items.size() * kBytesPerKey);
  NameWriter name(xml, o.urlEncoding);
  xml.text("Name", call.subject.bucket.get());
  name("Prefix", o.prefix);
  name("KeyMarker", o.keyMarker);
  xml.text("VersionIdMarker", o.versionMarker);
  if (found.truncated) {
    name("NextKeyMarker", found.last);
    xml.plain("NextVersionIdMarker", "null");
  }
  xml.number("MaxKeys", o.maxKeys);
  if (!o.delimiter.empty()) name("Delimiter", o.delimiter);
  if (o.urlEncoding) xml.plain("EncodingType", "url");
  xml.flag("IsTruncated", found.truncated);
  for (const auto& item : found.items) {
    xml.open("Version");
    name("Key", item.key);
    xml.plain("VersionId", "null");
    xml.flag("IsLatest", true);
    writeEntry(xml, item.entry);
    writeOwner(xml, call.caller.owner);
    xml.close("Version");
  }
  writePrefixes(xml, name, found.prefixes);
  return xml.finish();
}

void writeUpload(XmlWriter& xml, NameWriter& name, const bucket::UploadInfo& info) {
  xml.open("Upload");
  name("Key", info.key);
  xml.text("UploadId", info.id);
  writeOwner(xml, info.upload.initiator, "Initiator");
  writeOwner(xml, info.upload.initiator);
  xml.plain("StorageClass", "STANDARD");
  xml.plain("Initiated", isoDate(info.upload.started));
  if (!info.upload.checksumAlgorithm.empty()) {
    xml.plain("ChecksumAlgorithm", info.upload.checksumAlgorithm);
    xml.plain("ChecksumType", info.upload.fullObjectChecksum ? "FULL_OBJECT" : "COMPOSITE");
  }
  xml.close("Upload");
}

std::string uploadsDocument(const Call& call, const ListUploads& o, const bucket::UploadsPage& found) {
  XmlWriter xml("ListMultipartUploadsResult", kS3Namespace, 1024 + found.uploads.size() * kBytesPerKey);
  NameWriter name(xml, o.urlEncoding);
  xml.text("Bucket", call.subject.bucket.get());
  name("KeyMarker", o.keyMarker);
  xml.text("UploadIdMarker", o.uploadMarker);
  if (found.truncated) {
    name("NextKeyMarker", found.lastKey);
    xml.text("NextUploadIdMarker", found.lastId);
  }
  name("Prefix", o.prefix);
  if (!o.delimiter.empty()) name("Delimiter", o.delimiter);
  if (o.urlEncoding) xml.plain("EncodingType", "url");
  xml.number("MaxUploads", o.maxUploads);
  xml.flag("IsTruncated", found.truncated);
  for (const auto& info : found.uploads) writeUpload(xml, name, info);
  writePrefixes(xml, name, found.prefixes);
  return xml.finish();
}

}  // namespace

Task<Answer<Reply>> handle(const Call& call, const ListObjects& operation) {
  const auto snapshot = co_await openSnapshot(call);
  if (!snapshot) co_return snapshot.error();
  bucket::ListQuery query{operation.prefix, operation.delimiter, operation.tokenAfter.value_or(operation.marker),
                          operation.maxKeys};
  const auto found = co_await page(**snapshot, std::move(query));
  if (!found) co_return found.error();
  Reply reply = xmlReply(listDocument((*snapshot)->bucket().owner, call, operation, *found));
  sayWhen(reply.headers, call, **snapshot);
  co_return reply;
}

Task<Answer<Reply>> handle(const Call& call, const ListObjectVersions& operation) {
  const auto snapshot = co_await openSnapshot(call);
  if (!snapshot) co_return snapshot.error();
  bucket::ListQuery query{operation.prefix, operation.delimiter, operation.keyMarker, operation.maxKeys};
  const auto found = co_await page(**snapshot, std::move(query));
  if (!found) co_return found.error();
  co_return xmlReply(versionsDocument(call, operation, *found));
}

Task<Answer<Reply>> handle(const Call& call, const ListUploads& operation) {
  const auto snapshot = co_await openSnapshot(call);
  if (!snapshot) co_return snapshot.error();
  if (operation.maxUploads == 0) co_return xmlReply(uploadsDocument(call, operation, {}));
  bucket::ListQuery query{operation.prefix, operation.delimiter, operation.keyMarker, operation.maxUploads};
  const auto found = co_await (*snapshot)->uploads(std::move(query), operation.uploadMarker);
  if (!found) co_return fromFault(found.error());
  co_return xmlReply(uploadsDocument(call, operation, *found));
}

}  // namespace cairn::s3
