#include "common/identity/checkpoint.h"

#include "common/cid/sha256.h"
#include "common/identity/envelope.h"
#include "common/identity/fields.h"

namespace cairn::identity {
namespace {

constexpr std::string_view kDomain = "cairn checkpoint 1\n";

bool isHash(const Bytes& b) {
  return b.size() == 32;
}

}  // namespace

// Each hash is preceded by its length, so that a row without one cannot be shifted along the others.
Bytes digestOf(const std::vector<Bytes>& receiptHashes) {
  Sha256 hash;
  for (const Bytes& one : receiptHashes) {
    const std::uint8_t length = static_cast<std::uint8_t>(one.size());
    hash.update({&length, 1});
    hash.update(one);
  }
  auto digest = hash.finish();
  return {digest.begin(), digest.end()};
}

Bytes encode(const Checkpoint& c) {
  Bytes out;
  cbor::Writer w(out);
  w.map(12);
  w.text("v");
  w.uint(kCheckpointFormat);
  w.text("at");
  w.integer(c.claimedAt.get());
  w.text("to");
  w.uint(c.to.get());
  w.text("from");
  w.uint(c.from.get());
  w.text("last");
  w.bytes(c.last);
  w.text("root");
  writeRoot(w, c.root);
  w.text("epoch");
  w.uint(c.epoch.get());
  w.text("owner");
  w.text(c.bucket.owner.get());
  w.text("before");
  w.bytes(c.before);
  w.text("bucket");
  w.text(c.bucket.name.get());
  w.text("digest");
  w.bytes(c.digest);
  w.text("master");
  w.text(c.master.get());
  return out;
}

Result<Checkpoint> decodeCheckpoint(BytesView payload) {
  Checkpoint c;
  std::uint64_t format = 0, to = 0, from = 0, epoch = 0;
  std::int64_t at = 0;
  Fields in(payload, 12, "checkpoint");
  in.uint("v", format);
  if (format > kCheckpointFormat)
    return fail(Errc::newer_version,
                "checkpoint of format " + std::to_string(format) + ": run a newer Cairn to read it");
  in.integer("at", at);
  in.uint("to", to);
  in.uint("from", from);
  in.bytes("last", c.last);
  in.root("root", c.root);
  in.uint("epoch", epoch);
  in.text("owner", c.bucket.owner);
  in.bytes("before", c.before);
  in.text("bucket", c.bucket.name);
  in.bytes("digest", c.digest);
  in.text("master", c.master);
  if (Status ok = in.finish(); !ok) return ok.error();
  bool hashed = (c.before.empty() || isHash(c.before)) && (c.last.empty() || isHash(c.last)) && isHash(c.digest);
  if (format != kCheckpointFormat || from == 0 || to < from || !hashed)
    return fail(Errc::corrupt, "checkpoint: a field is out of range");
  c.claimedAt = Timestamp(at);
  c.to = Version(to);
  c.from = Version(from);
  c.epoch = Epoch(epoch);
  return c;
}

Bytes sign(const Checkpoint& checkpoint, const SecretKey& key) {
  return seal(kDomain, encode(checkpoint), key);
}

Result<SignedCheckpoint> verifyCheckpoint(BytesView envelope) {
  auto opened = open(kDomain, envelope);
  if (!opened) return opened.error();
  auto checkpoint = decodeCheckpoint(opened->payload);
  if (!checkpoint) return checkpoint.error();
  return SignedCheckpoint{std::move(*checkpoint), opened->key};
}

}  // namespace cairn::identity
