#include <charconv>

#include "common/base/url.h"
#include "daemon/s3/body.h"
#include "daemon/s3/content_sink.h"
#include "daemon/s3/dates.h"
#include "daemon/s3/handlers.h"
#include "daemon/s3/xml.h"

namespace cairn::s3 {
namespace {

constexpr std::size_t kMaxParts = 10'000;

Failed noSuchUpload(const std::string& id) {
  Failed failed = refuse(ErrorCode::NoSuchUpload);
  failed.details.emplace_back("UploadId", id);
  return failed;
}

Task<Answer<bucket::Upload>> readUpload(const Call& call, bucket::Snapshot& snapshot, std::string id) {
  auto upload = co_await snapshot.upload(call.subject.key, id);
  if (!upload) co_return fromFault(upload.error());
  if (!*upload) co_return noSuchUpload(id);
  co_return std::move(**upload);
}

/// Which checksum a part gets: what the upload was created with, whether or not the client sent one; another is
/// refused.
Answer<std::optional<DigestAlgorithm>> algorithmOf(const BodyClaims& claims, const bucket::Upload& upload) {
  if (upload.checksumAlgorithm.empty()) return claims.algorithm;
  const auto wanted = parseChecksumName(upload.checksumAlgorithm);
  if (claims.algorithm && claims.algorithm != wanted)
    return refuse(ErrorCode::InvalidRequest,
                  "Checksum Type mismatch occurred, expected checksum Type: " + upload.checksumAlgorithm +
                      ", actual checksum Type: " + std::string(checksumName(*claims.algorithm)));
  return wanted;
}

Answer<bucket::CompletePart> readPart(const XmlElement& xml) {
  bucket::CompletePart part;
  const auto number = xml.childText("PartNumber");
  const char* const last = number.data() + number.size();
  auto [end, error] = std::from_chars(number.data(), last, part.number);
  if (number.empty() || error != std::errc() || end != last) return refuse(ErrorCode::MalformedXML);
  if (part.number < 1 || part.number > kMaxParts)
    return badArgument("PartNumber must be between 1 and 10000", "PartNumber", number);
  auto tags = parseEntityTags(xml.childText("ETag"), true);
  if (tags.size() != 1) return refuse(ErrorCode::MalformedXML);
  part.etag = std::move(tags.front());
  for (const auto& child : xml.children) {
    if (!child.name.starts_with("Checksum") || child.text.empty()) continue;
    const auto algorithm = parseChecksumName(std::string_view(child.name).substr(8));
    auto bytes = fromBase64(child.text);
    if (!algorithm || !bytes || bytes->size() != digestSize(*algorithm) || part.checksum)
      return refuse(ErrorCode::InvalidRequest, "Value for " + child.name + " is invalid.");
    part.checksum = bucket::Checksum{std::string(checksumName(*algorithm)), std::move(*bytes), false};
  }
  return part;
}

Answer<std::vector<bucket::CompletePart>> readParts(std::string_view body) {
  if (body.empty()) return refuse(ErrorCode::MissingRequestBodyError);
  const auto xml = parseXml(body);
  if (!xml) return xml.error();
  if (xml->name != "CompleteMultipartUpload") return refuse(ErrorCode::MalformedXML);
  std::vector<bucket::CompletePart> parts;
  for (const auto& child : xml->children) {
    if (child.name != "Part") continue;
    auto part = readPart(child);
    if (!part) return part.error();
    if (parts.size() == kMaxParts) return refuse(ErrorCode::MalformedXML);
    if (!parts.empty() && part->number <= parts.back().number) return refuse(ErrorCode::InvalidPartOrder);
    parts.push_back(std::move(*part));
  }
  if (parts.empty()) return refuse(ErrorCode::MalformedXML);
  return parts;
}

/// x-amz-mp-object-size against the parts that are there. What is absent is left for the completion to find: a part, or
/// all, when the upload has been completed before.
Task<Answer<void>> checkSize(const Call& call, const CompleteUpload& operation, const BucketId& bucket,
                             const std::vector<bucket::CompletePart>& named) {
  if (!operation.expectedSize) co_return Answer<void>();
  const auto snapshot = co_await call.buckets.snapshot(bucket);
  if (!snapshot) co_return co_await explain(call, snapshot.error());
  const auto present = co_await (*snapshot)->parts(call.subject.key, operation.uploadId, 0, kMaxParts);
  if (!present) co_return fromFault(present.error());
  if (present->empty()) co_return Answer<void>();
  std::uint64_t size = 0;
  std::size_t next = 0;
  for (const auto& info : *present) {
    while (next < named.size() && named[next].number < info.number) ++next;
    if (next < named.size() && named[next].number == info.number) size += info.part.size;
  }
  if (size == *operation.expectedSize) co_return Answer<void>();
  co_return refuse(ErrorCode::InvalidRequest,
                   "The provided 'x-amz-mp-object-size' header does not match what was computed.");
}

void writePart(XmlWriter& xml, const bucket::PartInfo& info) {
  bucket::ETag etag;
  etag.md5 = info.part.md5;
  xml.open("Part");
  xml.number("PartNumber", info.number);
  xml.plain("LastModified", isoDate(info.part.modified));
  xml.text("ETag", quoted(etag));
  xml.number("Size", info.part.size);
  if (info.part.checksum) xml.plain(checksumElement(*info.part.checksum), checksumText(*info.part.checksum, 0));
  xml.close("Part");
}

std::string locationOf(const Call& call) {
  const auto host = call.request.headers.find("host").value_or("localhost");
  const bool pathStyle = call.request.path.starts_with("/" + call.subject.bucket.get());
  std::string url = call.request.tls ? "https://" : "http://";
  url.append(host).append("/");
  if (pathStyle) url.append(call.subject.bucket.get()).append("/");
  return url + uriEncode(call.subject.key, Slash::keep);
}

}  // namespace

Task<Answer<Reply>> handle(const Call& call, const CreateUpload& operation) {
  const auto bucket = ownBucket(call, call.subject.bucket);
  if (!bucket) co_return bucket.error();
  bucket::Upload upload;
  upload.started = call.now;
  upload.initiator = call.caller.owner;
  upload.attributes = operation.attributes;
  if (operation.algorithm) upload.checksumAlgorithm = std::string(checksumName(*operation.algorithm));
  upload.fullObjectChecksum = operation.fullObject;
  const auto id = co_await call.buckets.createUpload(*bucket, call.subject.key, upload);
  if (!id) co_return co_await explain(call, id.error());
  XmlWriter xml("InitiateMultipartUploadResult");
  xml.text("Bucket", bucket->name.get());
  xml.text("Key", call.subject.key);
  xml.text("UploadId", *id);
  Reply reply = xmlReply(xml.finish());
  if (operation.algorithm) {
    reply.headers.add("x-amz-checksum-algorithm", upload.checksumAlgorithm);
    reply.headers.add("x-amz-checksum-type", operation.fullObject ? "FULL_OBJECT" : "COMPOSITE");
  }
  co_return reply;
}

Task<Answer<Reply>> handle(const Call& call, const UploadPart& operation) {
  const auto size = announcedSize(call.request, call.caller.body);
  if (!size) co_return size.error();
  const auto snapshot = co_await openSnapshot(call);
  if (!snapshot) co_return snapshot.error();
  const auto upload = co_await readUpload(call, **snapshot, operation.uploadId);
  if (!upload) co_return upload.error();
  const auto algorithm = algorithmOf(operation.claims, *upload);
  if (!algorithm) co_return algorithm.error();
  const BodyOrder order{call.caller.body, operation.claims, *algorithm};
  auto stored = co_await storeBody(call, order, *size);
  if (!stored) co_return stored.error();
  bucket::Part part;
  part.content = stored->content.cid;
  part.size = stored->content.size;
  part.md5 = stored->received.md5;
  part.modified = call.now;
  part.checksum = stored->received.checksum;
  bucket::ETag etag;
  etag.md5 = part.md5;
  const auto put = co_await call.buckets.putPart((*snapshot)->bucket(), call.subject.key, operation.uploadId,
                                                 operation.number, std::move(part), std::move(stored->content));
  if (!put) co_return co_await explain(call, put.error());
  Reply reply;
  reply.headers.add("ETag", quoted(etag));
  if (stored->received.checksum) addChecksum(reply.headers, *stored->received.checksum, 0);
  co_return reply;
}

Task<Answer<Reply>> handle(const Call& call, const UploadPartCopy& operation) {
  const auto snapshot = co_await openSnapshot(call);
  if (!snapshot) co_return snapshot.error();
  const auto upload = co_await readUpload(call, **snapshot, operation.uploadId);
  if (!upload) co_return upload.error();
  const auto source = co_await readCopySource(call, operation.source);
  if (!source) co_return source.error();
  http::Extent extent{0, source->size};
  if (operation.range) {
    if (*operation.range->last >= source->size)
      co_return badArgument("Range specified is not valid for source object of size: " + std::to_string(source->size),
                            "x-amz-copy-source-range", "");
    extent = *resolve(*operation.range, source->size);
  }
  if (extent.length > kMaxPut) co_return refuse(ErrorCode::EntityTooLarge);
  const auto algorithm = algorithmOf({}, *upload);
  auto copied = co_await copyContent(call, source->content, extent, *algorithm);
  if (!copied) co_return copied.error();
  bucket::Part part;
  part.content = copied->content.cid;
  part.size = copied->content.size;
  part.md5 = copied->received.md5;
  part.modified = call.now;
  part.checksum = copied->received.checksum;
  const bucket::PartInfo info{operation.number, part};
  const auto put = co_await call.buckets.putPart((*snapshot)->bucket(), call.subject.key, operation.uploadId,
                                                 operation.number, std::move(part), std::move(copied->content));
  if (!put) co_return co_await explain(call, put.error());
  bucket::ETag etag;
  etag.md5 = info.part.md5;
  XmlWriter xml("CopyPartResult");
  xml.plain("LastModified", isoDate(call.now));
  xml.text("ETag", quoted(etag));
  if (info.part.checksum) xml.plain(checksumElement(*info.part.checksum), checksumText(*info.part.checksum, 0));
  co_return xmlReply(xml.finish());
}

Task<Answer<Reply>> handle(const Call& call, const CompleteUpload& operation) {
  const auto bucket = ownBucket(call, call.subject.bucket);
  if (!bucket) co_return bucket.error();
  const auto body = co_await receiveText(call.body, call.caller.body, operation.claims, call.options.maxXmlBody);
  if (!body) co_return body.error();
  auto parts = readParts(*body);
  if (!parts) co_return parts.error();
  if (auto ok = co_await checkSize(call, operation, *bucket, *parts); !ok) co_return ok.error();
  const auto entry = co_await call.buckets.completeUpload(*bucket, call.subject.key, operation.uploadId,
                                                          std::move(*parts), operation.expected, operation.conditions);
  if (!entry) co_return co_await explain(call, entry.error());
  XmlWriter xml("CompleteMultipartUploadResult");
  xml.text("Location", locationOf(call));
  xml.text("Bucket", bucket->name.get());
  xml.text("Key", call.subject.key);
  xml.text("ETag", quoted(entry->etag));
  writeChecksum(xml, *entry);
  Reply reply = xmlReply(xml.finish());
  reply.headers.add("x-cairn-cid", entry->content.str());
  co_return reply;
}

Task<Answer<Reply>> handle(const Call& call, const AbortUpload& operation) {
  const auto bucket = ownBucket(call, call.subject.bucket);
  if (!bucket) co_return bucket.error();
  const auto gone = co_await call.buckets.abortUpload(*bucket, call.subject.key, operation.uploadId);
  if (!gone) co_return co_await explain(call, gone.error());
  co_return emptyReply(204);
}

Task<Answer<Reply>> handle(const Call& call, const ListParts& operation) {
  const auto snapshot = co_await openSnapshot(call);
  if (!snapshot) co_return snapshot.error();
  const auto upload = co_await readUpload(call, **snapshot, operation.uploadId);
  if (!upload) co_return upload.error();
  std::vector<bucket::PartInfo> parts;
  if (operation.maxParts > 0) {
    // One more than asked for tells whether the page is the last.
    auto found =
        co_await (*snapshot)->parts(call.subject.key, operation.uploadId, operation.marker, operation.maxParts + 1);
    if (!found) co_return fromFault(found.error());
    parts = std::move(*found);
  }
  const bool truncated = parts.size() > operation.maxParts;
  if (truncated) parts.resize(operation.maxParts);
  XmlWriter xml("ListPartsResult", kS3Namespace, 1024 + parts.size() * 256);
  xml.text("Bucket", call.subject.bucket.get());
  xml.text("Key", call.subject.key);
  xml.text("UploadId", operation.uploadId);
  for (const char* element : {"Initiator", "Owner"}) {
    xml.open(element);
    xml.text("ID", upload->initiator.get());
    xml.text("DisplayName", upload->initiator.get());
    xml.close(element);
  }
  xml.plain("StorageClass", "STANDARD");
  xml.number("PartNumberMarker", operation.marker);
  if (!parts.empty()) xml.number("NextPartNumberMarker", parts.back().number);
  xml.number("MaxParts", operation.maxParts);
  xml.flag("IsTruncated", truncated);
  if (!upload->checksumAlgorithm.empty()) {
    xml.plain("ChecksumAlgorithm", upload->checksumAlgorithm);
    xml.plain("ChecksumType", upload->fullObjectChecksum ? "FULL_OBJECT" : "COMPOSITE");
  }
  for (const auto& info : parts) writePart(xml, info);
  co_return xmlReply(xml.finish());
}

}  // namespace cairn::s3
