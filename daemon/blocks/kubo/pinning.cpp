// How the carrier pins roots, beside the carrying: kubo takes blocks while it walks a pin.
#include <algorithm>

#include "daemon/blocks/kubo/carrier.h"
#include "daemon/rt/log.h"

namespace cairn::blocks::kubo {

using Clock = std::chrono::steady_clock;

Task<void> Carrier::pinRoots() {
  net::steady_timer timer(co_await net::this_coro::executor);
  const auto tick = std::min(kTick, options_.pinEvery);
  while (!stopping_) {
    co_await pause(timer, tick);
    if (!known_ || Clock::now() - pinnedAt_ < options_.pinEvery) continue;
    auto due = pinsDue();
    if (due.empty()) continue;
    const std::uint32_t upTo = journal_.segments().back().id;
    while (!stopping_ && !isCarried(upTo)) co_await pause(timer, tick);
    if (!stopping_) co_await pin(std::move(due));
  }
}

/// Whether kubo was given all that the segments up to this one have.
bool Carrier::isCarried(std::uint32_t upTo) {
  return known_ && std::ranges::none_of(journal_.segments(), [&](const auto& segment) {
           return !segment.empty() && segment.id > carried_ && segment.id <= upTo;
         });
}

std::vector<WantedPin> Carrier::pinsDue() {
  auto due = pins_.wanted(Clock::now());
  std::erase_if(due, [this](const WantedPin& pin) { return !journal_.complete(std::span(&pin.root, 1)).front(); });
  return due;
}

Task<void> Carrier::pin(std::vector<WantedPin> due) {
  pinnedAt_ = Clock::now();
  for (const WantedPin& pin : due) {
    if (stopping_) break;
    Status done = co_await node_.pin(pin.root, pin.from, pin.name);
    if (done) {
      pins_.pinned(pin, Clock::now());
      continue;
    }
    if (done.error().code == Errc::unavailable) {
      heard(done);
      break;
    }
    pins_.failed(pin, Clock::now(), std::max(options_.pinEvery, kRetry));
    log::warning("blocks", "a root could not be pinned in kubo", {{"of", pin.name}, {"error", done.error().message}});
  }
  pins_.save();
}

}  // namespace cairn::blocks::kubo
