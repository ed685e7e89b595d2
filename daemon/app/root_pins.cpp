#include "daemon/app/root_pins.h"

#include "common/base/json.h"
#include "daemon/rt/log.h"

namespace cairn::app {
namespace {

constexpr std::size_t kEventsAtOnce = 1000;

}  // namespace

Task<void> RootPins::look() {
  if (auto followed = co_await follow(); !followed)
    log::warning("app", "roots could not be followed", {{"error", followed.error().message}});
}

Task<Status> RootPins::follow() {
  auto last = co_await registry_.lastEvent();
  if (!last) co_return last.error();
  if (!listed_) {
    if (auto listed = co_await list(); !listed) co_return listed;
    seen_ = *last;
    listed_ = true;
  }
  while (seen_ < *last) {
    auto events = co_await registry_.events(seen_, kEventsAtOnce);
    if (!events) co_return events.error();
    if (events->empty()) break;
    for (const registry::Event& event : *events) {
      seen_ = event.sequence;
      if (event.kind != "flip") continue;
      const auto json = parseJson(event.json);
      const Json* owner = json ? json->find("owner") : nullptr;
      const Json* bucket = json ? json->find("bucket") : nullptr;
      const Json* root = json ? json->find("root") : nullptr;
      if (owner == nullptr || bucket == nullptr || root == nullptr) continue;
      if (auto cid = Cid::parse(root->text)) want(owner->text, bucket->text, *cid);
    }
  }
  co_return Status{};
}

Task<Status> RootPins::list() {
  auto rows = co_await registry_.list(OwnerId());
  if (!rows) co_return rows.error();
  for (const registry::BucketRow& row : *rows)
    if (row.row.root) want(row.bucket.owner.get(), row.bucket.name.get(), *row.row.root);
  co_return Status{};
}

void RootPins::want(const std::string& owner, const std::string& bucket, const Cid& root) {
  std::string name = owner + "/" + bucket;
  store_.pinLater(std::move(name), root);
}

}  // namespace cairn::app
