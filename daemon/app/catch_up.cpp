#include "daemon/app/catch_up.h"

#include "daemon/rt/log.h"

namespace cairn::app {

Task<void> catchUp(registry::Registry& registry, const Pinning& pinning) {
  auto rows = co_await registry.list(OwnerId());
  if (!rows) co_return;
  for (const auto& row : *rows) {
    if (!row.row.root) continue;
    std::vector<Cid> earlier;
    if (pinning.follower) earlier = co_await rootsBefore(registry, row.bucket, row.row.version);
    if (auto s = co_await pinning.quorum->catchUp(row.bucket, *row.row.root, std::move(earlier)); !s)
      log::warning("app", "bucket is not complete here yet",
                   {{"bucket", row.bucket.name.get()}, {"reason", s.error().message}});
  }
}

}  // namespace cairn::app
