#include <algorithm>

#include "daemon/s3/dates.h"
#include "daemon/s3/handlers.h"
#include "daemon/s3/object_headers.h"
#include "daemon/s3/xml.h"

namespace cairn::s3 {
namespace {

/// Which bytes of the object are asked for, and how that is said.
struct Selection {
  http::Extent extent;
  bool partial = false;
  bool ofPart = false;
};

Failed unsatisfiable(ErrorCode code, std::uint64_t size) {
  Failed failed = refuse(code);
  failed.details.emplace_back("ActualObjectSize", std::to_string(size));
  return failed;
}

Answer<Selection> selectPart(std::uint32_t number, const bucket::Entry& entry) {
  const auto& sizes = entry.partSizes;
  if (number > std::max<std::size_t>(sizes.size(), 1)) return unsatisfiable(ErrorCode::InvalidPartNumber, entry.size);
  Selection out;
  out.ofPart = true;
  out.extent = {0, sizes.empty() ? entry.size : sizes[number - 1]};
  for (std::uint32_t i = 0; i + 1 < number; ++i) out.extent.offset += sizes[i];
  out.partial = out.extent.length > 0;
  return out;
}

Answer<Selection> select(const GetObject& operation, const bucket::Entry& entry, Timestamp now) {
  if (operation.partNumber) return selectPart(*operation.partNumber, entry);
  const bool whole =
      !operation.range || (!operation.ifRange.empty() && !rangeStillValid(operation.ifRange, entry, now));
  if (whole) return Selection{{0, entry.size}};
  const auto extent = resolve(*operation.range, entry.size);
  if (!extent) return unsatisfiable(ErrorCode::InvalidRange, entry.size);
  return Selection{*extent, true};
}

Reply notModified(const bucket::Entry& entry) {
  Reply reply = emptyReply(304);
  reply.headers.add("ETag", quoted(entry.etag));
  reply.headers.add("Last-Modified", httpDate(entry.modified));
  for (const std::string_view name : {"cache-control", "expires"})
    if (const auto kept = entry.attributes.headers.find(std::string(name)); kept != entry.attributes.headers.end())
      reply.headers.add(name, kept->second);
  return reply;
}

Failed preconditionFailed(std::string_view condition) {
  Failed failed = refuse(ErrorCode::PreconditionFailed);
  failed.details.emplace_back("Condition", condition);
  return failed;
}

void writeAttributes(XmlWriter& xml, const GetObjectAttributes& want, const bucket::Entry& entry) {
  if (want.etag) xml.plain("ETag", entry.etag.str());
  if (want.checksum && entry.checksum) {
    xml.open("Checksum");
    writeChecksum(xml, entry);
    xml.close("Checksum");
  }
  if (want.parts && !entry.partSizes.empty()) {
    const std::size_t first = std::min<std::size_t>(want.partMarker, entry.partSizes.size());
    const std::size_t end = std::min(first + want.maxParts, entry.partSizes.size());
    xml.open("ObjectParts");
    xml.number("TotalPartsCount", entry.partSizes.size());
    xml.number("PartNumberMarker", want.partMarker);
    xml.number("NextPartNumberMarker", end);
    xml.number("MaxParts", want.maxParts);
    xml.flag("IsTruncated", end < entry.partSizes.size());
    for (std::size_t i = first; i < end; ++i) {
      xml.open("Part");
      xml.number("PartNumber", i + 1);
      xml.number("Size", entry.partSizes[i]);
      xml.close("Part");
    }
    xml.close("ObjectParts");
  }
  if (want.storageClass) {
    const auto kept = entry.attributes.headers.find("x-amz-storage-class");
    xml.text("StorageClass", kept == entry.attributes.headers.end() ? "STANDARD" : kept->second);
  }
  if (want.size) xml.number("ObjectSize", entry.size);
}

}  // namespace

std::string quoted(const bucket::ETag& etag) {
  return "\"" + etag.str() + "\"";
}

std::string checksumText(const bucket::Checksum& checksum, std::size_t parts) {
  std::string text = base64(checksum.value);
  if (checksum.composite) text += "-" + std::to_string(parts);
  return text;
}

std::string checksumElement(const bucket::Checksum& checksum) {
  return "Checksum" + checksum.algorithm;
}

std::string_view checksumType(const bucket::Checksum& checksum) {
  return checksum.composite ? "COMPOSITE" : "FULL_OBJECT";
}

void writeChecksum(XmlWriter& xml, const bucket::Entry& entry) {
  if (!entry.checksum) return;
  xml.plain(checksumElement(*entry.checksum), checksumText(*entry.checksum, entry.partSizes.size()));
  xml.plain("ChecksumType", checksumType(*entry.checksum));
}

void addChecksum(http::Headers& headers, const bucket::Checksum& checksum, std::size_t parts) {
  std::string name = "x-amz-checksum-";
  for (const char c : checksum.algorithm) name += static_cast<char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
  headers.add(name, checksumText(checksum, parts));
  headers.add("x-amz-checksum-type", checksumType(checksum));
}

void describe(http::Headers& headers, const bucket::Entry& entry, const GetObject& operation) {
  headers.add("Last-Modified", httpDate(entry.modified));
  headers.add("ETag", quoted(entry.etag));
  headers.add("x-cairn-cid", entry.content.str());
  headers.add("Accept-Ranges", "bytes");
  const auto overridden = [&](std::string_view name) {
    return std::any_of(operation.overrides.begin(), operation.overrides.end(),
                       [&](const ResponseOverride& o) { return sameIgnoringCase(o.header, name); });
  };
  for (const auto& [name, value] : entry.attributes.headers)
    if (!overridden(name)) headers.add(name, value);
  if (!entry.attributes.headers.contains("content-type") && !overridden("content-type"))
    headers.add("Content-Type", "binary/octet-stream");
  for (const auto& o : operation.overrides) headers.add(o.header, o.value);
  for (const auto& [name, value] : entry.attributes.metadata) headers.add("x-amz-meta-" + name, value);
  if (!entry.attributes.tags.empty()) headers.add("x-amz-tagging-count", std::to_string(entry.attributes.tags.size()));
}

Task<Answer<bucket::Entry>> readEntry(bucket::Snapshot& snapshot, std::string key) {
  auto found = co_await snapshot.get(key);
  if (!found) co_return fromFault(found.error());
  if (!*found) {
    Failed failed = refuse(ErrorCode::NoSuchKey);
    failed.details.emplace_back("Key", std::move(key));
    co_return failed;
  }
  co_return std::move(**found);
}

Task<Answer<Reply>> handle(const Call& call, const GetObject& operation) {
  const auto snapshot = co_await openSnapshot(call);
  if (!snapshot) co_return snapshot.error();
  const auto entry = co_await readEntry(**snapshot, call.subject.key);
  if (!entry) co_return entry.error();
  switch (checkRead(operation.conditions, *entry)) {
    case Verdict::failed:
      co_return preconditionFailed(operation.conditions.ifMatch.empty() ? "If-Unmodified-Since" : "If-Match");
    case Verdict::not_modified:
      co_return notModified(*entry);
    case Verdict::go_on:
      break;
  }
  const auto selected = select(operation, *entry, call.now);
  if (!selected) co_return selected.error();
  Reply reply;
  describe(reply.headers, *entry, operation);
  sayWhen(reply.headers, call, **snapshot);
  if (selected->partial) {
    reply.status = 206;
    reply.headers.add("Content-Range", contentRange(selected->extent, entry->size));
  }
  if (selected->ofPart && !entry->partSizes.empty())
    reply.headers.add("x-amz-mp-parts-count", std::to_string(entry->partSizes.size()));
  // A checksum is of the whole object, so it does not go with a part of it.
  const bool all = selected->extent.length == entry->size;
  if (operation.checksumMode && entry->checksum && all)
    addChecksum(reply.headers, *entry->checksum, entry->partSizes.size());
  reply.length = selected->extent.length;
  if (!operation.headOnly && reply.length > 0)
    reply.stream = call.buckets.readContent(entry->content, selected->extent.offset, selected->extent.length);
  co_return reply;
}

Task<Answer<Reply>> handle(const Call& call, const GetObjectAttributes& operation) {
  const auto snapshot = co_await openSnapshot(call);
  if (!snapshot) co_return snapshot.error();
  const auto entry = co_await readEntry(**snapshot, call.subject.key);
  if (!entry) co_return entry.error();
  XmlWriter xml("GetObjectAttributesResponse");
  writeAttributes(xml, operation, *entry);
  Reply reply = xmlReply(xml.finish());
  reply.headers.add("Last-Modified", httpDate(entry->modified));
  co_return reply;
}

}  // namespace cairn::s3
