// S3's rules on the names of buckets and the keys of objects.
//
// Contract: pure functions, any thread. A bucket name is 3..63 characters of a-z 0-9 . - that begins and ends with a
// letter or digit, has no "..", ".-" or "-.", is not shaped like an IPv4 address and has none of the reserved prefixes
// and suffixes ("Bucket naming rules" of Amazon S3's user guide). A key is 1..1024 bytes of UTF-8 without NUL; every
// other character is an ordinary one, `..` and `/` included: a key is never a path in a file system. Control characters
// are allowed; XML 1.0 cannot hold them, so listings without encoding-type=url give them as S3 itself does, as numeric
// references that lenient parsers read (see xml.h).
#pragma once

#include <string_view>

#include "daemon/s3/error.h"

namespace cairn::s3 {

inline constexpr std::size_t kMaxKeyBytes = 1024;

bool validBucketName(std::string_view name);
Answer<void> checkBucketName(std::string_view name);
Answer<void> checkKey(std::string_view key);
/// Well-formed by RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF.
bool validUtf8(std::string_view text);

}  // namespace cairn::s3
