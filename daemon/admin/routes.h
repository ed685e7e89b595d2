// Which paths the operators' door answers.
//
// Contract: pure. A path matches when it has as many segments as a template and equals it wherever the template has no
// {name}; those segments are percent-decoded into `parameters`, in order, and are never empty. Everything is read-only:
// GET and HEAD. docs/openapi.yaml lists the same paths; a test compares the two.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace cairn::admin {

enum class Page { health, ready, metrics, fleet, masters, buckets, bucket, history, races, events, chain };

struct Route {
  std::string_view path;  ///< as in OpenAPI, "/admin/v1/buckets/{owner}/{name}"
  Page page;
};
std::span<const Route> routes();

struct Match {
  Page page = Page::health;
  std::vector<std::string> parameters;
};
/// Errc::not_found; Errc::invalid for a segment that cannot be decoded.
Result<Match> match(std::string_view path);
/// The path is this door's to answer, be it with 404: the others of the API listener have no such prefix.
bool serves(std::string_view path);

}  // namespace cairn::admin
