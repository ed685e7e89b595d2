// An object's tags: S3's limits, and the two ways in which they are sent.
//
// Contract: pure, any thread; input is hostile. Ten tags at most, each once, keys of 1 to 128 and values of 0 to 256
// characters: InvalidTag, or BadRequest when there are too many, as S3 has it.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "daemon/s3/error.h"

namespace cairn::s3 {

using Tags = std::map<std::string, std::string>;

/// "a=1&b=2", as in x-amz-tagging.
Answer<Tags> readTags(std::string_view header);
/// The body of PutObjectTagging.
Answer<Tags> readTagging(std::string_view xml);
/// Tags that were made elsewhere.
Answer<void> checkTags(const Tags& tags);
std::string writeTagging(const Tags& tags);

}  // namespace cairn::s3
