#include "common/api/past.h"

#include "common/api/json_text.h"

namespace cairn::api {

template <class Io>
void fields(Io& io, Race& m);  // in messages.cpp

template <class Io>
void fields(Io& io, ObjectFacts& m) {
  io("size", m.size);
  io("etag", m.etag);
  io("cid", m.cid);
  io("modified", m.modified);
}

template <class Io>
void fields(Io& io, ObjectRow& m) {
  io("key", m.key);
  io("object", m.object);
}

template <class Io>
void fields(Io& io, BucketState& m) {
  io("owner", m.owner);
  io("bucket", m.bucket);
  io("version", m.version);
  io("root", m.root);
  io("contentsRoot", m.contentsRoot);
  io("at", m.at);
  io("created", m.created);
  io("keys", m.keys);
  io("bytes", m.bytes);
  io("uploads", m.uploads);
  io("policy", m.policy);
  io("objects", m.objects);
  io("prefixes", m.prefixes);
  io("next", m.next);
}

template <class Io>
void fields(Io& io, KeyChange& m) {
  io("key", m.key);
  io("change", m.change);
  io("before", m.before);
  io("after", m.after);
}

template <class Io>
void fields(Io& io, BucketDiff& m) {
  io("owner", m.owner);
  io("bucket", m.bucket);
  io("fromVersion", m.fromVersion);
  io("toVersion", m.toVersion);
  io("fromRoot", m.fromRoot);
  io("toRoot", m.toRoot);
  io("settingsChanged", m.settingsChanged);
  io("changes", m.changes);
  io("next", m.next);
}

template <class Io>
void fields(Io& io, Brought& m) {
  io("owner", m.owner);
  io("bucket", m.bucket);
  io("dryRun", m.dryRun);
  io("put", m.put);
  io("removed", m.removed);
  io("kept", m.kept);
  io("both", m.both);
  io("keys", m.keys);
  io("keptKeys", m.keptKeys);
  io("bothKeys", m.bothKeys);
  io("secondNames", m.secondNames);
}

template <class Io>
void fields(Io& io, ConflictKey& m) {
  io("key", m.key);
  io("base", m.base);
  io("winner", m.winner);
  io("loser", m.loser);
  io("present", m.present);
}

template <class Io>
void fields(Io& io, Conflict& m) {
  io("race", m.race);
  io("keys", m.keys);
  io("next", m.next);
}

CAIRN_API_MESSAGE(Conflict)
CAIRN_API_MESSAGE(BucketState)
CAIRN_API_MESSAGE(BucketDiff)
CAIRN_API_MESSAGE(Brought)

}  // namespace cairn::api
