// What is done to a multipart upload. Completing it joins its parts by their leaves, nothing is read or cut again.
//
// Contract: complete() checks the list of parts against the upload (S3's rules: ascending numbers, matching ETags, 5
// MiB for all but the last), stages the object and removes the upload; a refusal stages nothing. Repeatable: it is
// evaluated in every attempt of a commit. The ETag is the MD5 of the parts' MD5s, "-", their number. A completion that
// was completed already, whose answer perhaps never arrived, is answered with the object as long as that stands, and
// stages nothing.
#pragma once

#include "daemon/bucket/workspace.h"

namespace cairn::bucket {

inline constexpr std::uint64_t kLeastPart = 5U << 20;
inline constexpr std::uint64_t kMostObject = 5ULL << 40;

struct CompleteRequest {
  std::string key, id;
  std::vector<CompletePart> parts;
  std::optional<Checksum> expected;
  WriteConditions conditions;
};

Failure noUpload(const std::string& id);
/// `part.modified` is the workspace's time. Refused where the upload does not exist, as abort() is.
Task<std::optional<Failure>> addPart(Workspace& workspace, std::string key, std::string id, std::uint32_t number,
                                     Part part);
Task<std::optional<Failure>> abort(Workspace& workspace, std::string key, std::string id);
Task<std::optional<Failure>> complete(Workspace& workspace, blocks::Source& source, const CompleteRequest& request,
                                      Entry& completed);

}  // namespace cairn::bucket
