#include "daemon/blocks/kubo/pins.h"

#include <algorithm>

#include "common/base/json.h"
#include "daemon/blocks/kubo/note.h"
#include "daemon/rt/log.h"

namespace cairn::blocks::kubo {

Pins::Pins(embedded::FileSystem& files, std::string directory, std::chrono::milliseconds quiet)
    : files_(files), directory_(std::move(directory)), quiet_(quiet) {
  const auto text = readNote(files_, directory_ + "/pins");
  const auto json = text ? parseJson(*text) : std::nullopt;
  if (!json) return;
  for (const auto& [name, value] : json->members)
    if (auto cid = Cid::parse(value.text)) last_.insert_or_assign(name, *cid);
}

void Pins::want(std::string name, Cid root, Time now) {
  std::lock_guard lock(mutex_);
  const auto at = wanted_.find(name);
  if (at != wanted_.end() && at->second.root == root) return;
  failing_.erase(name);
  const auto last = last_.find(name);
  if (last != last_.end() && last->second == root)
    wanted_.erase(name);
  else
    wanted_.insert_or_assign(std::move(name), Wanted{root, at != wanted_.end() ? at->second.since : now, now});
}

std::vector<WantedPin> Pins::wanted(Time now) const {
  std::lock_guard lock(mutex_);
  std::vector<WantedPin> out;
  for (const auto& [name, wanted] : wanted_) {
    if (now < std::min(wanted.changed + quiet_, wanted.since + kMostQuiets * quiet_)) continue;
    const auto failing = failing_.find(name);
    if (failing != failing_.end() && now < failing->second.again) continue;
    const auto last = last_.find(name);
    out.push_back({name, wanted.root, last != last_.end() ? std::optional(last->second) : std::nullopt});
  }
  return out;
}

void Pins::pinned(const WantedPin& pin, Time now) {
  std::lock_guard lock(mutex_);
  last_.insert_or_assign(pin.name, pin.root);
  const auto at = wanted_.find(pin.name);
  if (at == wanted_.end()) return;
  if (at->second.root != pin.root) {
    at->second.since = now;  // what is newer has waited since then
    return;
  }
  wanted_.erase(at);
  failing_.erase(pin.name);
}

void Pins::failed(const WantedPin& pin, Time now, std::chrono::milliseconds pause) {
  std::lock_guard lock(mutex_);
  const auto at = wanted_.find(pin.name);
  if (at == wanted_.end() || at->second.root != pin.root) return;  // a newer one is wanted by now
  auto [failing, first] = failing_.try_emplace(pin.name, Failing{now, pause});
  if (!first) failing->second.pause = std::min<std::chrono::milliseconds>(2 * failing->second.pause, kMostPause);
  failing->second.again = now + failing->second.pause;
}

void Pins::save() {
  std::string text = "{";
  std::unique_lock lock(mutex_);
  for (const auto& [name, root] : last_)
    text += (text.size() > 1 ? ",\n" : "\n") + quoteJson(name) + ": " + quoteJson(root.str());
  lock.unlock();
  if (auto written = writeNote(files_, directory_, "pins", text + "\n}\n"); !written)
    log::warning("blocks", "what was pinned in kubo is not remembered", {{"error", written.error().message}});
}

}  // namespace cairn::blocks::kubo
