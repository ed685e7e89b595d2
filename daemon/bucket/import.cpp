#include "daemon/bucket/import.h"

#include <unordered_map>
#include <unordered_set>

#include "common/cid/car.h"
#include "common/cid/links.h"
#include "common/cid/unixfs.h"
#include "common/digest/md5_lanes.h"
#include "daemon/bucket/engine.h"

namespace cairn::bucket {
namespace {

constexpr std::size_t kBatchBytes = 1U << 20;

Failure tooMany() {
  return {Fault::too_large, "an import has at most " + std::to_string(kMostImportBlocks) + " blocks and links", {}};
}

/// What is wrong with what came.
Failure refused(const Error& error) {
  switch (error.code) {
    case Errc::corrupt:
      return {Fault::malformed_car, error.message, {}};
    case Errc::unsupported:
      return {Fault::invalid_request, error.message, {}};
    case Errc::too_large:
      return tooMany();
    default:
      return failureOf(error);
  }
}

class Import final : public ContentImport {
 public:
  Import(blocks::Store& store, blocks::Source& source) : store_(store), source_(source) {}

  void mayReuse(const Cid& content) override { reuse_.push_back(content); }

  Task<Outcome<void>> write(BytesView piece) override {
    if (auto s = reader_.feed(piece); !s) co_return refused(s.error());
    if (batchBytes_ >= kBatchBytes) co_return co_await flush();
    co_return Outcome<void>();
  }

  Task<Outcome<Imported>> finish() override {
    if (auto s = reader_.finish(); !s) co_return refused(s.error());
    if (auto s = co_await flush(); !s) co_return s.error();
    const auto& roots = *reader_.roots();
    if (roots.size() != 1)
      co_return Failure{
          Fault::invalid_request, "an object has one root; the CAR has " + std::to_string(roots.size()), {}};
    todo_.push_back({roots[0], std::nullopt, 0});
    while (!todo_.empty()) {
      Step step = todo_.back();
      todo_.pop_back();
      ++followed_;
      if (auto s = co_await visit(step); !s) co_return s.error();
    }
    Imported out;
    out.content.cid = roots[0];
    out.content.size = size_;
    for (const auto& [cid, reached] : brought_)
      if (reached) out.content.blocks.push_back(cid);
    out.md5 = md5_.finish();
    co_return out;
  }

 private:
  struct Step {
    Cid cid;
    std::optional<std::uint64_t> size;  ///< what its parent says
    std::size_t depth;
  };

  /// Whoever sends a block twice pays for it once.
  Status take(const Cid& cid, BytesView data) {
    if (!brought_.try_emplace(cid, false).second) return {};
    if (brought_.size() > kMostImportBlocks) return fail(Errc::too_large, "too many blocks");
    batch_.push_back({cid, blocks::BlockData::copy(data)});
    batchBytes_ += data.size() + 128;  // tiny blocks count for what keeping them costs
    return {};
  }

  Task<Outcome<void>> flush() {
    batchBytes_ = 0;
    if (auto s = co_await store_.put(std::exchange(batch_, {})); !s) co_return failureOf(s.error());
    co_return Outcome<void>();
  }

  /// All blocks below what may be reused, once the CAR turns out to lack one.
  Task<Outcome<void>> openReusable() {
    while (!reuse_.empty()) {
      const Cid cid = reuse_.back();
      reuse_.pop_back();
      if (!reusable_.insert(cid).second || cid.codec() == Codec::raw) continue;
      auto block = co_await source_.get(cid);
      if (!block) co_return failureOf(block.error());
      auto walked = forEachLink(cid.codec(), block->view(), [&](const Cid& link) { reuse_.push_back(link); });
      if (!walked) co_return failureOf(walked.error());
      if (reusable_.size() + reuse_.size() > kMostImportBlocks) co_return tooMany();
    }
    co_return Outcome<void>();
  }

  Task<Outcome<blocks::BlockData>> load(Cid cid) {
    if (auto brought = brought_.find(cid); brought != brought_.end()) {
      brought->second = true;
    } else {
      if (auto s = co_await openReusable(); !s) co_return s.error();
      if (!reusable_.contains(cid))
        co_return Failure{Fault::missing_block,
                          "block " + cid.str() + " is neither in the CAR nor below an object named to be reused",
                          {}};
    }
    auto block = co_await source_.get(cid);
    if (!block) co_return failureOf(block.error());
    co_return std::move(*block);
  }

  Task<Outcome<void>> visit(Step step) {
    if (step.cid.codec() == Codec::dag_cbor)
      co_return Failure{Fault::invalid_request, "an object is a file; " + step.cid.str() + " is DAG-CBOR", {}};
    if (step.depth > kMostImportDepth)
      co_return Failure{
          Fault::too_large, "a file's blocks lie at most " + std::to_string(kMostImportDepth) + " links deep", {}};
    auto block = co_await load(step.cid);
    if (!block) co_return block.error();
    unixfs::FileNode node{block->size(), block->view(), {}};
    if (step.cid.codec() == Codec::dag_pb) {
      auto decoded = unixfs::decodeFile(block->view());
      if (!decoded)
        co_return refused(fail(decoded.error().code, "block " + step.cid.str() + ": " + decoded.error().message));
      node = std::move(*decoded);
    }
    if (step.size && *step.size != node.fileSize)
      co_return Failure{Fault::malformed_car,
                        "block " + step.cid.str() + " is said to hold " + std::to_string(*step.size) +
                            " bytes of the file; it holds " + std::to_string(node.fileSize),
                        {}};
    if (node.fileSize > kMostImportBytes)
      co_return Failure{Fault::too_large, "an import has 5 GiB of content at most", {}};
    md5_.update(node.content);
    size_ += node.content.size();
    for (auto child = node.children.rbegin(); child != node.children.rend(); ++child)
      todo_.push_back({child->cid, child->fileSize, step.depth + 1});
    if (followed_ + todo_.size() > kMostImportBlocks) co_return tooMany();
    co_return Outcome<void>();
  }

  blocks::Store& store_;
  blocks::Source& source_;
  car::Reader reader_{[this](const Cid& cid, BytesView data) { return take(cid, data); }};
  std::vector<blocks::Block> batch_;
  std::size_t batchBytes_ = 0;
  std::unordered_map<Cid, bool> brought_;  ///< true: the file reaches it
  std::vector<Cid> reuse_;                 ///< not yet opened
  std::unordered_set<Cid> reusable_;
  std::vector<Step> todo_;  ///< next one last
  std::size_t followed_ = 0;
  std::uint64_t size_ = 0;
  Md5 md5_;
};

}  // namespace

std::unique_ptr<ContentImport> makeContentImport(blocks::Store& store, blocks::Source& source) {
  return std::make_unique<Import>(store, source);
}

}  // namespace cairn::bucket
