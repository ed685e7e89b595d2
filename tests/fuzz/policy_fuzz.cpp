// Session policies: never a crash, and what is taken is a scope of named or all buckets that narrows another one to no
// more than both allow.

#include "common/base/bytes.h"
#include "common/base/result.h"
#include "daemon/s3/policy.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cairn;
  using identity::Scope;
  const auto scope = s3::scopeOfPolicy(asText(BytesView(data, size)));
  if (!scope) {
    CAIRN_ASSERT(!scope.error().message.empty());
    return 0;
  }
  CAIRN_ASSERT(!scope->entries().empty());
  const auto same = identity::intersection(Scope::everything(), *scope);
  CAIRN_ASSERT(same && same->covers(*scope) && scope->covers(*same));
  const Scope narrow = *Scope::make({{"photos", "2026/", identity::Operations::all()}});
  const auto both = identity::intersection(narrow, *scope);
  CAIRN_ASSERT(!both || (narrow.covers(*both) && scope->covers(*both)));
  return 0;
}
