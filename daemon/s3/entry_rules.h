// What an entry that was made elsewhere must be before a bucket takes it: what a request here could have made.
//
// Contract: pure, any thread; input is hostile, for what it holds becomes headers of answers. Errc::invalid says what
// is wrong, without the key. ETag and checksum are the maker's claims: only their form is looked at.
#pragma once

#include <string_view>

#include "daemon/bucket/entry.h"

namespace cairn::s3 {

Status checkEntry(std::string_view key, const bucket::Entry& entry);

}  // namespace cairn::s3
