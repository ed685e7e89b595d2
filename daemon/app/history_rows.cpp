#include "daemon/app/history_rows.h"

namespace cairn::app {

Task<Status> eachHistoryRow(registry::Registry& registry, BucketId bucket,
                            std::function<void(const registry::HistoryRow&)> each) {
  constexpr std::size_t kPage = 5000;
  for (std::uint64_t from = 1;;) {
    auto rows = co_await registry.history(bucket, Version(from), Version(INT64_MAX), kPage);
    if (!rows) co_return rows.error();
    for (const registry::HistoryRow& row : *rows) each(row);
    if (rows->size() < kPage) co_return Status{};
    from = rows->back().version.get() + 1;
  }
}

}  // namespace cairn::app
