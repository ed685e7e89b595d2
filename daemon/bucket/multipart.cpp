#include "daemon/bucket/multipart.h"

#include "common/digest/digest.h"
#include "daemon/bucket/content.h"
#include "daemon/bucket/engine.h"

namespace cairn::bucket {
namespace {

Failure invalidPart(std::uint32_t number, const char* why) {
  return {Fault::invalid_part, "part " + std::to_string(number) + ": " + why, std::to_string(number)};
}

/// The parts named, in order, as they stand in the upload; or why they cannot be joined.
Outcome<std::vector<Part>> choose(const CompleteRequest& request, const std::map<std::uint32_t, Part>& present) {
  if (request.parts.empty()) return Failure{Fault::invalid_request, "a completion names at least one part", {}};
  std::vector<Part> chosen;
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < request.parts.size(); ++i) {
    const CompletePart& named = request.parts[i];
    if (i > 0 && named.number <= request.parts[i - 1].number)
      return Failure{Fault::invalid_part_order, "parts must be named in ascending order", std::to_string(named.number)};
    auto found = present.find(named.number);
    if (found == present.end()) return invalidPart(named.number, "it was never uploaded");
    const Part& part = found->second;
    if (named.etag != toHex(part.md5))
      return invalidPart(named.number, "its ETag is not the one of the part uploaded last");
    if (named.checksum && part.checksum && named.checksum->value != part.checksum->value)
      return invalidPart(named.number, "its checksum is not the one of the part uploaded");
    if (i + 1 < request.parts.size() && part.size < kLeastPart)
      return Failure{Fault::part_too_small, "a part that is not the last must have 5 MiB at least",
                     std::to_string(named.number)};
    total += part.size;
    chosen.push_back(part);
  }
  if (total > kMostObject) return Failure{Fault::too_large, "an object has 5 TiB at most", {}};
  return chosen;
}

/// Of the parts' MD5s, one after the other.
ETag joinedETag(BytesView md5s) {
  ETag etag;
  Bytes joined = digest(DigestAlgorithm::md5, md5s);
  std::copy(joined.begin(), joined.end(), etag.md5.begin());
  etag.parts = static_cast<std::uint32_t>(md5s.size() / etag.md5.size());
  return etag;
}

ETag joinedETag(const std::vector<Part>& parts) {
  Bytes md5s;
  for (const Part& p : parts) md5s.insert(md5s.end(), p.md5.begin(), p.md5.end());
  return joinedETag(md5s);
}

/// Whether `standing` is what this very request made before.
bool madeBy(const CompleteRequest& request, const Entry& standing) {
  if (standing.upload != request.id) return false;
  Bytes md5s;
  for (const CompletePart& named : request.parts) {
    auto md5 = fromHex(named.etag);
    if (!md5 || md5->size() != standing.etag.md5.size()) return false;
    md5s.insert(md5s.end(), md5->begin(), md5->end());
  }
  return joinedETag(md5s) == standing.etag;
}

/// Over the whole object where the algorithm can be combined and the upload asked so; else over the parts' checksums.
std::optional<Checksum> joinedChecksum(const Upload& upload, const std::vector<Part>& parts) {
  auto algorithm = parseChecksumName(upload.checksumAlgorithm);
  if (!algorithm) return std::nullopt;
  for (const Part& p : parts)
    if (!p.checksum || p.checksum->algorithm != upload.checksumAlgorithm) return std::nullopt;
  Checksum joined{upload.checksumAlgorithm, {}, !upload.fullObjectChecksum};
  if (joined.composite) {
    Digester digester(*algorithm);
    for (const Part& p : parts) digester.update(p.checksum->value);
    joined.value = digester.finish();
    return joined;
  }
  joined.value = parts[0].checksum->value;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    auto combined = crcCombine(*algorithm, joined.value, parts[i].checksum->value, parts[i].size);
    if (!combined) return std::nullopt;
    joined.value = std::move(*combined);
  }
  return joined;
}

/// Why the object is not the one whose checksum the request states, if it states one.
std::optional<Failure> compare(const CompleteRequest& request, const Entry& entry) {
  if (!request.expected) return std::nullopt;
  if (!entry.checksum)
    return Failure{Fault::invalid_request, "the upload was created without a checksum to compare the stated one with",
                   request.key};
  if (request.expected->algorithm == entry.checksum->algorithm && request.expected->value == entry.checksum->value)
    return std::nullopt;
  return Failure{Fault::invalid_request, "the object's checksum is not the one stated", request.key};
}

/// One file from the leaves of all parts. Its inner nodes go to the workspace.
Task<Result<unixfs::Node>> join(Workspace& workspace, blocks::Source& source, const std::vector<Part>& parts) {
  std::vector<blocks::Block> made;
  unixfs::Builder builder([&made](const Cid& cid, BytesView data) {
    made.push_back({cid, blocks::BlockData::copy(data)});
    return Status{};
  });
  for (const Part& p : parts) {
    auto s = co_await forEachLeaf(source, p.content, p.size, [&builder](const Cid& leaf, std::uint64_t size) {
      return builder.addLeaf(leaf, size);
    });
    if (!s) co_return s.error();
  }
  auto node = builder.finish();
  if (node) workspace.addBlocks(std::move(made));
  co_return node;
}

}  // namespace

Failure noUpload(const std::string& id) {
  return {Fault::no_such_upload, "the upload does not exist; it may have been completed or aborted", id};
}

Task<std::optional<Failure>> addPart(Workspace& workspace, std::string key, std::string id, std::uint32_t number,
                                     Part part) {
  auto upload = co_await workspace.upload(key, id);
  if (!upload) co_return failureOf(upload.error());
  if (!*upload) co_return noUpload(id);
  part.modified = workspace.now();
  workspace.putPart(key, id, number, part);
  co_return std::nullopt;
}

Task<std::optional<Failure>> abort(Workspace& workspace, std::string key, std::string id) {
  auto upload = co_await workspace.upload(key, id);
  if (!upload) co_return failureOf(upload.error());
  if (!*upload) co_return noUpload(id);
  auto removed = co_await workspace.removeUpload(key, id);
  if (!removed) co_return failureOf(removed.error());
  co_return std::nullopt;
}

Task<std::optional<Failure>> complete(Workspace& workspace, blocks::Source& source, const CompleteRequest& request,
                                      Entry& completed) {
  auto upload = co_await workspace.upload(request.key, request.id);
  if (!upload) co_return failureOf(upload.error());
  auto standing = co_await workspace.object(request.key);
  if (!standing) co_return failureOf(standing.error());
  if (!*upload) {
    if (!*standing || !madeBy(request, **standing)) co_return noUpload(request.id);
    if (auto refused = compare(request, **standing)) co_return refused;
    completed = std::move(**standing);
    co_return std::nullopt;
  }
  auto present = co_await workspace.parts(request.key, request.id);
  if (!present) co_return failureOf(present.error());
  auto parts = choose(request, *present);
  if (!parts) co_return parts.error();
  if (auto refused = checkWrite(request.conditions, *standing ? &**standing : nullptr)) co_return refused;

  Entry entry;
  entry.etag = joinedETag(*parts);
  entry.attributes = (*upload)->attributes;
  entry.checksum = joinedChecksum(**upload, *parts);
  if (auto refused = compare(request, entry)) co_return refused;
  auto node = co_await join(workspace, source, *parts);
  if (!node) co_return failureOf(node.error());
  entry.upload = request.id;
  entry.content = node->cid;
  entry.size = node->fileSize;
  entry.modified = workspace.now();
  for (const Part& p : *parts) entry.partSizes.push_back(p.size);
  auto removed = co_await workspace.removeUpload(request.key, request.id);
  if (!removed) co_return failureOf(removed.error());
  workspace.putObject(request.key, entry);
  completed = std::move(entry);
  co_return std::nullopt;
}

}  // namespace cairn::bucket
