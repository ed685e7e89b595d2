// A base root with one group's changes on top: what mutations are evaluated against.
//
// Contract: made anew for every attempt; mutations are applied in order and see what earlier ones did. Nothing leaves
// the workspace until build() makes the blocks of the next root. Errors of reads are those of index::get. One coroutine
// at a time.
#pragma once

#include <map>

#include "daemon/bucket/objects.h"
#include "daemon/bucket/root.h"
#include "daemon/bucket/service.h"

namespace cairn::bucket {

class Workspace {
 public:
  /// `base`: nullopt when the bucket does not exist.
  Workspace(index::NodeSource& source, std::optional<RootBlock> base, Timestamp now)
      : source_(source), base_(std::move(base)), exists_(base_.has_value()), now_(now) {}

  bool exists() const { return exists_; }
  Timestamp now() const { return now_; }
  void create();
  void destroy();
  Task<Result<bool>> hasKeys();
  /// The objects are just these, and nothing is staged.
  bool holds(const index::Root& objects) const { return objects_.empty() && objectsRoot() == objects; }
  /// In place of all objects, those of a tree whose blocks are in the store.
  void adopt(const index::Root& objects);

  Task<Result<std::optional<Entry>>> object(std::string key);
  void putObject(std::string key, const Entry& entry);
  void removeObject(std::string key);
  /// False when there is no object. Its time stays as it is, for its content does.
  Task<Result<bool>> setTags(std::string key, std::map<std::string, std::string> tags);

  /// The contents of the base; what this group stages is not in it.
  index::Root objectsRoot() const {
    return adopted_ ? *adopted_ : base_ && !recreated_ ? base_->objects : index::Root{};
  }
  index::NodeSource& nodes() { return source_; }
  /// Whether this group has staged a change of the key.
  bool touched(const std::string& key) const { return objects_.contains(key); }
  /// Puts an item of another tree of objects as it is, or removes it; all that it reaches is to be held anew.
  Status bring(index::Edit edit);

  Task<Result<std::optional<Upload>>> upload(std::string key, std::string id);
  /// All parts by number.
  Task<Result<std::map<std::uint32_t, Part>>> parts(std::string key, std::string id);
  void putUpload(const std::string& key, const std::string& id, const Upload& upload);
  void putPart(const std::string& key, const std::string& id, std::uint32_t number, const Part& part);
  /// With all its parts.
  Task<Status> removeUpload(std::string key, std::string id);

  std::string policy() const { return policy_.value_or(base_ && !recreated_ ? base_->policy : std::string()); }
  void setPolicy(std::string text) {
    if (text == policy()) return;
    policy_ = std::move(text);
    changed_ = true;
  }

  /// Blocks that a mutation made itself (the inner nodes of a completed upload).
  void addBlocks(std::vector<blocks::Block> blocks);

  bool changed() const { return changed_; }
  struct Built {
    std::optional<Cid> root;  ///< nullopt: the bucket is gone
    std::optional<RootBlock> block;
    std::vector<blocks::Block> blocks;  ///< new ones, the root among them
    std::vector<Cid> added;             ///< contents of what was put: all that is not in the base nor in `blocks`
  };
  Task<Result<Built>> build();

 private:
  struct Staged {
    std::optional<Bytes> value;
    std::uint64_t weight = 0;
  };
  using Overlay = std::map<std::string, Staged>;
  void stage(Overlay& overlay, std::string key, Bytes value, std::uint64_t weight);
  Task<Result<std::optional<std::pair<Bytes, std::uint64_t>>>> look(const Overlay& overlay, index::Root tree,
                                                                    std::string key);
  Task<Result<index::Root>> applyTo(index::Root tree, Overlay& overlay, std::vector<blocks::Block>& out);
  /// Keys of the uploads tree that start with `prefix`, with values, overlay included.
  Task<Result<std::map<std::string, std::pair<Bytes, std::uint64_t>>>> uploadRange(std::string prefix);
  index::Root uploadsRoot() const { return base_ && !recreated_ ? base_->uploads : index::Root{}; }

  index::NodeSource& source_;
  std::optional<RootBlock> base_;
  bool exists_;
  bool changed_ = false;
  bool recreated_ = false;  ///< deleted and made again within this group: the base's trees no longer count
  Timestamp now_;
  Timestamp created_;
  std::optional<std::string> policy_;  ///< as set in this group
  std::optional<index::Root> adopted_;
  Overlay objects_, uploads_;
  std::map<Cid, blocks::Block> detail_;
  std::vector<Cid> added_;
};

}  // namespace cairn::bucket
