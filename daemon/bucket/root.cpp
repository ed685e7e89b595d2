#include "daemon/bucket/root.h"

namespace cairn::bucket {
namespace {

/// [link or null, count, weight]
void writeTree(cbor::Writer& w, const index::Root& tree) {
  w.array(3);
  if (tree.cid.isNull())
    w.null();
  else
    w.link(tree.cid);
  w.uint(tree.count);
  w.uint(tree.weight);
}

Result<index::Root> readTree(cbor::Reader& r) {
  auto n = r.array();
  if (!n) return n.error();
  if (*n != 3) return fail(Errc::corrupt, "a tree is [link, count, weight]");
  index::Root tree;
  auto type = r.peek();
  if (!type) return type.error();
  if (*type == cbor::Type::null) {
    if (auto s = r.null(); !s) return s.error();
  } else {
    auto link = r.link();
    if (!link) return link.error();
    tree.cid = *link;
  }
  auto count = r.uint();
  auto weight = count ? r.uint() : count;
  if (!weight) return weight.error();
  tree.count = *count;
  tree.weight = *weight;
  if (tree.cid.isNull() != (tree.count == 0)) return fail(Errc::corrupt, "a tree is empty exactly when it has no link");
  return tree;
}

/// {} or {"policy": text}: a bucket that was never opened has the root it had before there were policies.
Status readSettings(cbor::Reader& r, RootBlock& root) {
  auto settings = r.map();
  if (!settings) return settings.error();
  std::optional<std::string_view> previous;
  for (std::uint64_t i = 0; i < *settings; ++i) {
    auto key = r.key(previous);
    if (!key) return key.error();
    if (*key != "policy") return fail(Errc::newer_version, "bucket root has settings that this cairnd does not know");
    auto text = r.text();
    if (!text) return text.error();
    if (text->empty() || text->size() > kMaxPolicyText)
      return fail(Errc::corrupt, "a bucket's policy has 1 to " + std::to_string(kMaxPolicyText) + " bytes");
    root.policy = std::string(*text);
  }
  return {};
}

}  // namespace

Bytes encodeRoot(const RootBlock& root) {
  Bytes out;
  cbor::Writer w(out);
  w.map(5);
  w.text("format");
  w.uint(kRootFormat);
  w.text("created");
  w.integer(root.created.get());
  w.text("objects");
  writeTree(w, root.objects);
  w.text("uploads");
  writeTree(w, root.uploads);
  w.text("settings");
  w.map(root.policy.empty() ? 0 : 1);
  if (!root.policy.empty()) {
    w.text("policy");
    w.text(root.policy);
  }
  return out;
}

Result<RootBlock> decodeRoot(BytesView block) {
  cbor::Reader r(block);
  auto n = r.map();
  if (!n) return fail(Errc::corrupt, "not a bucket root: " + n.error().message);
  RootBlock root;
  std::optional<std::string_view> previous;
  std::uint64_t known = 0;
  for (std::uint64_t i = 0; i < *n; ++i) {
    auto key = r.key(previous);
    if (!key) return key.error();
    if (*key == "format") {
      auto format = r.uint();
      if (!format) return format.error();
      if (*format > kRootFormat)
        return fail(Errc::newer_version, "bucket root has format " + std::to_string(*format) +
                                             "; this cairnd reads up to " + std::to_string(kRootFormat) +
                                             ". Upgrade it.");
    } else if (*key == "created") {
      auto created = r.integer();
      if (!created) return created.error();
      root.created = Timestamp(*created);
    } else if (*key == "objects" || *key == "uploads") {
      auto tree = readTree(r);
      if (!tree) return tree.error();
      (*key == "objects" ? root.objects : root.uploads) = *tree;
    } else if (*key == "settings") {
      if (auto s = readSettings(r, root); !s) return s.error();
    } else {
      return fail(Errc::newer_version, "bucket root has the unknown field '" + std::string(*key) + "'");
    }
    ++known;
  }
  if (known != 5) return fail(Errc::corrupt, "not a bucket root: fields are missing");
  if (auto s = r.end(); !s) return s.error();
  return root;
}

}  // namespace cairn::bucket
