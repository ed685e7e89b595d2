#include "daemon/app/catch_up.h"

#include "daemon/rt/log.h"

namespace cairn::app {

Task<void> catchUp(registry::Registry& registry, pinning::Quorum& quorum) {
  auto rows = co_await registry.list(OwnerId());
  if (!rows) co_return;
  for (const auto& row : *rows) {
    if (!row.row.root) continue;
    if (auto s = co_await quorum.catchUp(row.bucket, *row.row.root); !s)
      log::warning("app", "bucket is not complete here yet",
                   {{"bucket", row.bucket.name.get()}, {"reason", s.error().message}});
  }
}

}  // namespace cairn::app
