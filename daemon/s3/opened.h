// What a request reads, for buckets that their owners opened to everybody.
//
// Contract: pure, any thread. readingOf() is what an operation reads of its subject; nullopt for all that no policy of
// a bucket can open: everything but GetObject, HeadObject, ListObjects (both versions) and HeadBucket. opens() says
// whether a bucket's policy opens that; a policy that is not understood opens nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/identity/scope.h"
#include "daemon/s3/operation.h"

namespace cairn::s3 {

struct Reading {
  identity::Operation operation = identity::Operation::read;  ///< or list
  std::string what;                                           ///< the key read, or the prefix listed
};

std::optional<Reading> readingOf(const Operation& operation);

/// `hides`: who may not list a bucket is not told, either, that a key is not there.
struct Opened {
  bool allowed = false, hides = true;
};
Opened opens(std::string_view policy, std::string_view bucket, const Reading& reading);

}  // namespace cairn::s3
