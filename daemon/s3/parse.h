// Reading the head of an HTTP request as an S3 operation.
//
// Contract: pure functions of their arguments, any thread, no body is touched. parseSubject() says which bucket and key
// a request is about (path style, or virtual-host style for hosts under one of the suffixes); parseOperation() says
// what it wants. Malformed input gives the S3 error for it. What S3 has and Cairn has not is NotImplemented; nothing
// that would weaken a promise (encryption, public ACLs, locks) is accepted and then ignored. Query parameters that S3
// does not know are ignored, as S3 does. Source: Amazon S3 API Reference.
#pragma once

#include <string>
#include <vector>

#include "daemon/http/message.h"
#include "daemon/s3/operation.h"

namespace cairn::s3 {

/// `virtualHostSuffixes`: lower case, without a leading dot, e.g. "s3.example.org".
Answer<Subject> parseSubject(const http::Request& request, const std::vector<std::string>& virtualHostSuffixes);

/// `now` reads two-digit years.
Answer<Operation> parseOperation(const http::Request& request, Subject subject, Timestamp now);

}  // namespace cairn::s3
