#include "daemon/drill/verify.h"

#include <set>

#include "common/digest/digest.h"

namespace cairn::drill {
namespace {

constexpr std::size_t kExamples = 10;
constexpr Duration kPause = std::chrono::milliseconds(250);

bool isAnswer(Reply::Kind kind) {
  return kind != Reply::Kind::again && kind != Reply::Kind::unknown;
}

class Verifier {
 public:
  Verifier(const Workload& work, Clock& clock, const bool& stop, VerifyOptions options, Report& report)
      : work_(work), clock_(clock), stop_(stop), options_(std::move(options)), report_(report) {
    std::set<std::string> keys;
    for (std::uint64_t i = 0; i < work.begun(); ++i)
      if (work.acknowledgedBy(i)) keys.insert(work.key(i));
    keys_.assign(keys.begin(), keys.end());
    lost_.resize(work.begun());
  }

  Task<void> through(S3Client& master, Tally& tally) {
    auto listed = co_await listAll(master, work_.plan(), clock_, stop_, options_.tries);
    if (!listed) co_return note(master, listed.error().message);
    read_.clear();
    next_ = 0;
    gone_.reset();
    std::vector<Task<bool>> readers;
    for (std::size_t r = 0; r < options_.readers; ++r) readers.push_back(reader(master));
    (void)co_await all(std::move(readers));
    compare(master, *listed);
    if (gone_) co_return note(master, *gone_);
    tally.verified = !stop_;
  }

 private:
  void note(const S3Client& master, const std::string& why) {
    report_.notes.push_back("not verified through " + master.name() + ": " + why);
  }

  Task<bool> reader(S3Client& master) {
    while (!stop_ && !gone_ && next_ < keys_.size()) co_await read(master, keys_[next_++]);
    co_return true;
  }

  Task<void> read(S3Client& master, const std::string& key) {
    Reply reply;
    for (std::uint32_t tries = 1; tries <= options_.tries && !stop_ && !gone_; ++tries) {
      reply = co_await master.get(work_.plan().bucket, key);
      if (isAnswer(reply.kind)) break;
      co_await clock_.sleep(kPause);
    }
    switch (reply.kind) {
      case Reply::Kind::done: {
        const std::string sum = toHex(digest(DigestAlgorithm::md5, reply.body));
        read_[key] = sum == reply.etag ? sum : "ETag " + reply.etag + " over bytes of " + sum;
        break;
      }
      case Reply::Kind::absent:
        read_[key] = "";
        break;
      default:
        if (!stop_) gone_ = reply.why;
        co_return;
    }
    if (options_.progress) options_.progress(++done_);
  }

  /// Keys that were not read to an answer are compared with the listing alone.
  void compare(const S3Client& master, const std::map<std::string, std::string>& listed) {
    for (std::uint64_t i = 0; i < work_.begun(); ++i) {
      const auto by = work_.acknowledgedBy(i);
      if (!by || lost_[i]) continue;
      const std::string key = work_.key(i), etag = work_.etag(i);
      const auto inListing = listed.find(key);
      const auto inBytes = read_.find(key);
      std::string fault;
      if (inListing == listed.end())
        fault = "not listed";
      else if (inListing->second != etag)
        fault = "listed with another ETag";
      if (inBytes != read_.end() && inBytes->second != etag)
        fault += (fault.empty() ? "" : " and ") +
                 std::string(inBytes->second.empty() ? "not there" : "read as something else");
      if (fault.empty()) continue;
      lost_[i] = true;
      ++report_.masters[*by].lost;
      if (report_.examples.size() < kExamples)
        report_.examples.push_back(key + ", write " + std::to_string(i) + ", acknowledged by " +
                                   report_.masters[*by].master + ": " + fault + " through " + master.name());
    }
  }

  const Workload& work_;
  Clock& clock_;
  const bool& stop_;
  VerifyOptions options_;
  Report& report_;
  std::vector<std::string> keys_;
  std::vector<bool> lost_;
  std::map<std::string, std::string> read_;  ///< MD5 of what was read; empty: 404
  std::size_t next_ = 0;
  std::uint64_t done_ = 0;
  std::optional<std::string> gone_;
};

}  // namespace

Task<Result<std::map<std::string, std::string>>> listAll(S3Client& master, const WorkPlan& plan, Clock& clock,
                                                         const bool& stop, std::uint32_t tries) {
  std::map<std::string, std::string> found;
  std::string continuation;
  std::uint32_t failed = 0;
  while (!stop) {
    Listing page;
    const Reply reply = co_await master.list(plan.bucket, plan.prefix, continuation, page);
    if (reply.kind == Reply::Kind::done) {
      for (auto& item : page.items) found.emplace(std::move(item.key), std::move(item.etag));
      if (page.next.empty()) co_return found;
      continuation = std::move(page.next);
      failed = 0;
    } else if (reply.kind == Reply::Kind::absent) {
      co_return found;  // no bucket: then nothing that was acknowledged is in it
    } else if (!isAnswer(reply.kind) && ++failed < tries) {
      co_await clock.sleep(kPause);
    } else {
      co_return fail(Errc::unavailable, reply.why);
    }
  }
  co_return fail(Errc::cancelled, "interrupted");
}

Task<void> verify(const Workload& work, std::vector<S3Client*> masters, Clock& clock, const bool& stop,
                  VerifyOptions options, Report& report) {
  Verifier verifier(work, clock, stop, std::move(options), report);
  for (std::size_t m = 0; m < masters.size() && !stop; ++m) co_await verifier.through(*masters[m], report.masters[m]);
}

}  // namespace cairn::drill
