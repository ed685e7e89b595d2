#include "daemon/bucket/workspace.h"

namespace cairn::bucket {

void Workspace::create() {
  exists_ = true;
  changed_ = true;
  recreated_ = true;
  created_ = now_;
  policy_.reset();
  adopted_.reset();
  objects_.clear();
  uploads_.clear();
}

void Workspace::destroy() {
  exists_ = false;
  changed_ = true;
  objects_.clear();
  uploads_.clear();
}

Task<Result<bool>> Workspace::hasKeys() {
  for (const auto& [key, staged] : objects_)
    if (staged.value) co_return true;
  index::Cursor cursor(source_);
  if (auto s = cursor.start(objectsRoot()); !s) co_return s.error();
  for (;;) {
    if (auto s = co_await cursor.toItem(); !s) co_return s.error();
    if (cursor.atEnd()) co_return false;
    if (!objects_.contains(std::string(cursor.key()))) co_return true;
    cursor.next();
  }
}

void Workspace::adopt(const index::Root& objects) {
  objects_.clear();
  adopted_ = objects;
  changed_ = true;
  if (!objects.cid.isNull()) added_.push_back(objects.cid);
}

void Workspace::stage(Overlay& overlay, std::string key, Bytes value, std::uint64_t weight) {
  Stored stored = storable(std::move(value));
  if (stored.block) detail_.emplace(stored.block->cid, *stored.block);
  overlay[std::move(key)] = {std::move(stored.value), weight};
  changed_ = true;
}

Task<Result<std::optional<std::pair<Bytes, std::uint64_t>>>> Workspace::look(const Overlay& overlay, index::Root tree,
                                                                             std::string key) {
  using Value = std::pair<Bytes, std::uint64_t>;
  if (auto staged = overlay.find(key); staged != overlay.end()) {
    if (!staged->second.value) co_return std::optional<Value>();
    cbor::Reader r(*staged->second.value);
    if (auto link = r.link(); link && detail_.contains(*link))
      co_return Value(toBytes(detail_.at(*link).data.view()), staged->second.weight);
    co_return Value(*staged->second.value, staged->second.weight);
  }
  auto found = co_await index::get(source_, tree, std::move(key));
  if (!found) co_return found.error();
  if (!*found) co_return std::optional<Value>();
  auto value = co_await resolve(source_, (*found)->value);
  if (!value) co_return value.error();
  co_return Value(std::move(*value), (*found)->weight);
}

Task<Result<std::optional<Entry>>> Workspace::object(std::string key) {
  auto found = co_await look(objects_, objectsRoot(), std::move(key));
  if (!found) co_return found.error();
  if (!*found) co_return std::optional<Entry>();
  auto entry = decodeEntry((*found)->first, (*found)->second);
  if (!entry) co_return entry.error();
  co_return std::optional<Entry>(std::move(*entry));
}

void Workspace::putObject(std::string key, const Entry& entry) {
  stage(objects_, std::move(key), encodeEntry(entry), entry.size);
  added_.push_back(entry.content);
}

void Workspace::removeObject(std::string key) {
  objects_[std::move(key)] = {};
  changed_ = true;
}

Status Workspace::bring(index::Edit edit) {
  if (edit.value) {
    cbor::Reader r(*edit.value);
    // A value too large for the index is a link to a block, which links to the content in turn.
    if (auto link = r.link()) {
      added_.push_back(*link);
    } else {
      auto entry = decodeEntry(*edit.value, edit.weight);
      if (!entry) return entry.error();
      added_.push_back(entry->content);
    }
  }
  objects_[std::move(edit.key)] = {std::move(edit.value), edit.weight};
  changed_ = true;
  return {};
}

Task<Result<bool>> Workspace::setTags(std::string key, std::map<std::string, std::string> tags) {
  auto found = co_await object(key);
  if (!found) co_return found.error();
  if (!*found) co_return false;
  Entry& entry = **found;
  if (entry.attributes.tags == tags) co_return true;
  entry.attributes.tags = std::move(tags);
  putObject(std::move(key), entry);
  co_return true;
}

Task<Result<std::optional<Upload>>> Workspace::upload(std::string key, std::string id) {
  auto found = co_await look(uploads_, uploadsRoot(), uploadKey(key, id));
  if (!found) co_return found.error();
  if (!*found) co_return std::optional<Upload>();
  auto upload = decodeUpload((*found)->first);
  if (!upload) co_return upload.error();
  co_return std::optional<Upload>(std::move(*upload));
}

Task<Result<std::map<std::string, std::pair<Bytes, std::uint64_t>>>> Workspace::uploadRange(std::string prefix) {
  std::map<std::string, std::pair<Bytes, std::uint64_t>> out;
  index::Cursor cursor(source_);
  if (auto s = cursor.start(uploadsRoot()); !s) co_return s.error();
  if (auto s = co_await cursor.seek(prefix); !s) co_return s.error();
  while (!cursor.atEnd() && cursor.key().starts_with(prefix)) {
    out.emplace(cursor.key(), std::pair(toBytes(cursor.value()), cursor.item().weight));
    cursor.next();
    if (auto s = co_await cursor.toItem(); !s) co_return s.error();
  }
  for (auto it = uploads_.lower_bound(prefix); it != uploads_.end() && it->first.starts_with(prefix); ++it) {
    if (it->second.value)
      out[it->first] = {*it->second.value, it->second.weight};
    else
      out.erase(it->first);
  }
  co_return out;
}

Task<Result<std::map<std::uint32_t, Part>>> Workspace::parts(std::string key, std::string id) {
  std::map<std::uint32_t, Part> out;
  auto range = co_await uploadRange(uploadKey(key, id) + '\0');
  if (!range) co_return range.error();
  for (const auto& [treeKey, value] : *range) {
    auto parsed = parseUploadTreeKey(treeKey);
    if (!parsed || !parsed->part) co_return fail(Errc::corrupt, "an upload's state has a key that is no part's");
    auto part = decodePart(value.first, value.second);
    if (!part) co_return part.error();
    out.emplace(*parsed->part, std::move(*part));
  }
  co_return out;
}

void Workspace::putUpload(const std::string& key, const std::string& id, const Upload& upload) {
  stage(uploads_, uploadKey(key, id), encodeUpload(upload), 0);
}

void Workspace::putPart(const std::string& key, const std::string& id, std::uint32_t number, const Part& part) {
  stage(uploads_, partKey(key, id, number), encodePart(part), part.size);
  added_.push_back(part.content);
}

Task<Status> Workspace::removeUpload(std::string key, std::string id) {
  auto range = co_await uploadRange(uploadKey(key, id) + '\0');
  if (!range) co_return range.error();
  uploads_[uploadKey(key, id)] = {};
  for (const auto& [treeKey, value] : *range) uploads_[treeKey] = {};
  changed_ = true;
  co_return Status{};
}

void Workspace::addBlocks(std::vector<blocks::Block> blocks) {
  for (blocks::Block& b : blocks) detail_.emplace(b.cid, std::move(b));
}

Task<Result<index::Root>> Workspace::applyTo(index::Root tree, Overlay& overlay, std::vector<blocks::Block>& out) {
  std::vector<index::Edit> edits;
  for (auto& [key, staged] : overlay) edits.push_back({key, std::move(staged.value), staged.weight});
  auto edited = co_await index::apply(source_, tree, std::move(edits));
  if (!edited) co_return edited.error();
  for (const index::NodePtr& n : edited->created) out.push_back({n->cid(), n->block()});
  co_return edited->root;
}

Task<Result<Workspace::Built>> Workspace::build() {
  Built built;
  if (!exists_) co_return built;
  for (auto& [cid, block] : detail_) built.blocks.push_back(std::move(block));
  RootBlock next;
  next.created = recreated_ ? created_ : base_->created;
  next.policy = policy();
  auto objects = co_await applyTo(objectsRoot(), objects_, built.blocks);
  if (!objects) co_return objects.error();
  auto uploads = co_await applyTo(uploadsRoot(), uploads_, built.blocks);
  if (!uploads) co_return uploads.error();
  next.objects = *objects;
  next.uploads = *uploads;
  Bytes encoded = encodeRoot(next);
  Cid cid = Cid::of(Codec::dag_cbor, encoded);
  built.blocks.push_back({cid, blocks::BlockData::own(std::move(encoded))});
  built.root = cid;
  built.block = next;
  built.added = std::move(added_);
  co_return built;
}

}  // namespace cairn::bucket
