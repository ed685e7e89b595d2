// Which paths the operators' door answers.
//
// Contract: pure. A path matches when it has as many segments as a template and equals it wherever the template has no
// {name}; those segments are percent-decoded into `parameters`, in order, and are never empty. docs/openapi.yaml lists
// the same paths; a test compares the two.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"

namespace cairn::admin {

enum class Page {
  health,
  ready,
  metrics,
  fleet,
  masters,
  buckets,
  bucket,
  history,
  state,
  diff,
  races,
  events,
  chain,
  // Not there while auth.eip712 is off:
  operators,
  audit,
  actions,
};

struct Route {
  std::string_view path;  ///< as in OpenAPI, "/admin/v1/buckets/{owner}/{name}"
  Page page;
};
/// Answered without a token, whatever auth.eip712 says.
inline bool isOpen(Page page) {
  return page == Page::health || page == Page::ready || page == Page::metrics;
}
inline bool needsOperators(Page page) {
  return page == Page::operators || page == Page::audit || page == Page::actions;
}
std::span<const Route> routes();

struct Match {
  Page page = Page::health;
  std::vector<std::string> parameters;
};
/// Errc::not_found; Errc::invalid for a segment that cannot be decoded.
Result<Match> match(std::string_view path);
/// What is said of a path that this door does not answer.
Error noSuchPage(std::string_view path);
/// The path is this door's to answer, be it with 404: the others of the API listener have no such prefix.
bool serves(std::string_view path);

}  // namespace cairn::admin
