#include "daemon/pinning/closure.h"

#include <unordered_set>

#include "common/cid/links.h"

namespace cairn::pinning {
namespace {

class Walk {
 public:
  Walk(blocks::Store& store, const Fresh& fresh) : store_(store), fresh_(fresh) {}

  Task<Result<Closure>> run(std::vector<Cid> roots) {
    if (auto s = co_await open(std::move(roots)); !s) co_return s.error();
    while (!stack_.empty() && out_.missing.size() < kMostMissing) {
      Frame& top = stack_.back();
      if (top.next < top.open.size()) {
        Cid child = top.open[top.next++];
        if (seen_.insert(child).second) {
          if (auto s = co_await enter(child); !s) co_return s.error();
        } else if (broken_.contains(child)) {
          top.whole = false;
        }
        continue;
      }
      out_.present.insert(out_.present.end(), top.leaves.begin(), top.leaves.end());
      Frame done = std::move(top);
      stack_.pop_back();
      if (done.self.isNull()) continue;
      if (done.whole) {
        out_.present.push_back(done.self);
      } else {
        broken_.insert(done.self);
        stack_.back().whole = false;
      }
    }
    co_return std::move(out_);
  }

 private:
  struct Frame {
    Cid self;                 ///< null for the one above the roots
    std::vector<Cid> open;    ///< inner children not known complete
    std::vector<Cid> leaves;  ///< raw children present, not known complete
    std::size_t next = 0;
    bool whole = true;  ///< nothing below is missing, as far as was seen
  };

  /// Loads an inner block and opens its children.
  Task<Status> enter(Cid cid) {
    blocks::BlockData data;
    if (auto f = fresh_.find(cid); f != fresh_.end()) {
      data = f->second;
    } else {
      auto got = co_await store_.get(cid);
      if (!got) {
        if (got.error().code != Errc::not_found) co_return got.error();
        out_.missing.push_back(cid);
        broken_.insert(cid);
        stack_.back().whole = false;
        co_return Status{};
      }
      data = std::move(*got);
    }
    std::vector<Cid> links;
    auto walked = forEachLink(cid.codec(), data.view(), [&](const Cid& l) { links.push_back(l); });
    if (!walked) co_return fail(walked.error().code, "block " + cid.str() + ": " + walked.error().message);
    co_return co_await open(std::move(links), cid);
  }

  Task<Status> open(std::vector<Cid> links, Cid self = {}) {
    Frame frame;
    frame.self = self;
    std::vector<bool> complete = store_.complete(links);
    std::vector<Cid> unsure;
    for (std::size_t i = 0; i < links.size(); ++i) {
      if (complete[i]) continue;
      if (links[i].codec() != Codec::raw)
        frame.open.push_back(links[i]);
      else if (seen_.insert(links[i]).second)
        (fresh_.contains(links[i]) ? frame.leaves : unsure).push_back(links[i]);
      else if (broken_.contains(links[i]))
        frame.whole = false;
    }
    if (!unsure.empty()) {
      auto missing = co_await store_.missing(unsure);
      if (!missing) co_return missing.error();
      std::unordered_set<Cid> gone(missing->begin(), missing->end());
      for (const Cid& c : unsure)
        if (!gone.contains(c)) frame.leaves.push_back(c);
      for (const Cid& c : *missing) {
        broken_.insert(c);
        frame.whole = false;
        if (out_.missing.size() < kMostMissing) out_.missing.push_back(c);
      }
    }
    stack_.push_back(std::move(frame));
    co_return Status{};
  }

  blocks::Store& store_;
  const Fresh& fresh_;
  std::vector<Frame> stack_;
  std::unordered_set<Cid> seen_;
  std::unordered_set<Cid> broken_;  ///< missing, or something below is
  Closure out_;
};

}  // namespace

Task<Result<Closure>> closure(blocks::Store& store, std::vector<Cid> roots, const Fresh& fresh) {
  Walk walk(store, fresh);
  co_return co_await walk.run(std::move(roots));
}

}  // namespace cairn::pinning
