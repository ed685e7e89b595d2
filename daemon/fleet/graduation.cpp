#include "daemon/fleet/graduation.h"

namespace cairn::fleet {
namespace {

constexpr std::chrono::milliseconds kLook{500};
/// A look that took longer may have sat out an outage in which nobody could beat.
constexpr Duration kSlow = Beats::kWithin / 2;

std::string listed(const std::vector<registry::Master>& masters) {
  std::string out;
  for (const auto& m : masters) out += (out.empty() ? "" : ", ") + m.id.get();
  return out;
}

std::vector<registry::Master> darkOf(std::vector<registry::Master> masters) {
  std::erase_if(masters, [](const registry::Master& m) { return m.cas || m.fenced; });
  return masters;
}

class Graduation {
 public:
  Graduation(registry::Registry& registry, Clock& clock, GraduateOptions options)
      : registry_(registry), clock_(clock), options_(std::move(options)) {}

  Task<Result<Graduated>> run() {
    if (options_.stopped()) co_return fail(Errc::cancelled, "stopped before anything was changed");
    if (auto set = co_await require(); !set) co_return set.error();
    const Duration started = clock_.steady();
    for (;;) {
      if (options_.stopped()) co_return co_await takeBack(fail(Errc::cancelled, "stopped"));
      const Status looked = co_await look();
      if (lifted_)
        co_return fail(Errc::precondition,
                       "CAS is not required any more: another run or `cairnd fleet ungraduate` took"
                       " the requirement back meanwhile");
      const Duration now = clock_.steady();
      const auto dark = darkOf(beats_.live(now));
      if (watchedSince_ && now - *watchedSince_ >= Beats::kWithin && dark.empty())
        co_return Graduated{before_, beats_.live(now), beats_.silent(now)};
      if (now - started >= options_.wait) co_return co_await takeBack(looked ? reproach(dark) : looked.error());
      tell(dark);
      co_await clock_.sleep(kLook);
    }
  }

 private:
  Task<Status> require() {
    auto required = co_await registry_.requireCas();
    if (!required) co_return required.error();
    before_ = *required;
    if (!before_) {
      auto set = co_await options_.require({true});
      if (!set && set.error().code == Errc::unknown_outcome)
        co_return fail(Errc::unknown_outcome,
                       set.error().message + "\nWhether CAS is required now, `cairnd fleet status` says");
      if (!set && set.error().code != Errc::precondition) co_return set;
      before_ = !set;  // somebody else's, just now
    }
    options_.say("CAS is required: the database refuses flips of masters with CAS off from now on");
    co_return Status();
  }

  /// Nobody can beat in a registry that is away: who is silent shows only once it has been there for a while.
  Task<Status> look() {
    const Duration asked = clock_.steady();
    const Status looked = co_await read();
    const Duration now = clock_.steady();
    if (!looked)
      watchedSince_.reset();
    else if (!watchedSince_ || now - asked > kSlow)
      watchedSince_ = now;
    co_return looked;
  }

  Task<Status> read() {
    auto masters = co_await registry_.masters();
    if (!masters) co_return masters.error();
    // After the masters: what they reported counts only if the requirement stood all the while.
    auto required = co_await registry_.requireCas();
    if (!required) co_return required.error();
    lifted_ = !*required;
    std::erase_if(*masters, [](const registry::Master& m) { return m.profile != "master"; });
    beats_.saw(*masters, clock_.steady());
    co_return Status();
  }

  void tell(const std::vector<registry::Master>& dark) {
    std::string text = dark.empty() ? "looking which masters beat" : "waiting for CAS on " + listed(dark);
    if (text == told_) return;
    told_ = text;
    options_.say(text);
  }

  static Error reproach(const std::vector<registry::Master>& dark) {
    if (dark.empty()) return fail(Errc::timeout, "the registry did not answer long enough to tell which masters beat");
    return fail(Errc::precondition,
                "CAS is off on " + listed(dark) +
                    ": set registry.cas = true in its configuration and restart it, then graduate again");
  }

  Task<Result<Graduated>> takeBack(Error why) {
    if (before_)
      co_return fail(
          why.code,
          why.message + "\nThe requirement was there before and stays; `cairnd fleet ungraduate` takes it back");
    Status back = co_await options_.require({false});
    if (back || back.error().code == Errc::precondition)
      co_return fail(why.code, why.message + "\nThe requirement was taken back: all is as before");
    if (back.error().code == Errc::unknown_outcome)
      co_return fail(why.code, why.message + "\nWhether the requirement was taken back, `cairnd fleet status` says: " +
                                   back.error().message);
    co_return fail(why.code, why.message +
                                 "\nThe requirement could not be taken back and stands, until `cairnd fleet"
                                 " ungraduate`: " +
                                 back.error().message);
  }

  registry::Registry& registry_;
  Clock& clock_;
  const GraduateOptions options_;
  Beats beats_;
  std::optional<Duration> watchedSince_;  ///< since then every look succeeded, and in time
  bool before_ = false;
  bool lifted_ = false;  ///< the requirement is gone, and not by us
  std::string told_;
};

}  // namespace

void Beats::saw(const std::vector<registry::Master>& masters, Duration now) {
  for (const auto& master : masters) {
    auto [at, fresh] = seen_.try_emplace(master.id, Seen{master, std::nullopt});
    // One that was not there at the first look has come since.
    const bool moved =
        fresh ? looked_
              : at->second.master.heartbeatAt != master.heartbeatAt || at->second.master.epoch != master.epoch;
    at->second.master = master;
    if (moved) at->second.movedAt = now;
  }
  looked_ = true;
}

std::vector<registry::Master> Beats::select(Duration now, bool live) const {
  std::vector<registry::Master> out;
  for (const auto& [id, seen] : seen_)
    if ((seen.movedAt && now - *seen.movedAt <= kWithin) == live) out.push_back(seen.master);
  return out;
}

std::vector<registry::Master> Beats::live(Duration now) const {
  return select(now, true);
}

std::vector<registry::Master> Beats::silent(Duration now) const {
  return select(now, false);
}

Task<Result<Graduated>> graduate(registry::Registry& registry, Clock& clock, GraduateOptions options) {
  Graduation graduation(registry, clock, std::move(options));
  co_return co_await graduation.run();
}

std::string whoMayWrite(bool required, const registry::WriterLease& lease,
                        const std::vector<registry::Master>& masters) {
  if (required) return "any master with CAS on; the database refuses all others, and other gateways";
  if (lease.live)
    return "only " + lease.holder.get() +
           ", with CAS off, under the writer lease; every other master answers writes with 503";
  std::string cas;
  for (const auto& m : masters)
    if (m.cas && !m.fenced && m.profile == "master") cas += (cas.empty() ? "" : ", ") + m.id.get();
  if (cas.empty()) return "nobody now: the first master with CAS off that asks for the writer lease";
  return cas + ", with CAS on, as long as no master with CAS off takes the writer lease";
}

}  // namespace cairn::fleet
