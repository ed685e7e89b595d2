#include "common/identity/receipt.h"

#include <algorithm>

#include "common/cid/sha256.h"
#include "common/identity/envelope.h"
#include "common/identity/fields.h"

namespace cairn::identity {
namespace {

constexpr std::string_view kDomain = "cairn receipt 1\n";

Status takeCount(cbor::Reader& in, std::uint64_t& out) {
  auto value = in.uint();
  if (!value) return value.error();
  out = *value;
  return {};
}

}  // namespace

Bytes encode(const Receipt& r) {
  Bytes out;
  cbor::Writer w(out);
  w.map(14);
  w.text("v");
  w.uint(kReceiptFormat);
  w.text("at");
  w.integer(r.claimedAt.get());
  w.text("ops");
  w.array(3);
  for (std::uint64_t count : {r.puts, r.deletes, r.others}) w.uint(count);
  w.text("root");
  writeRoot(w, r.root);
  w.text("epoch");
  w.uint(r.epoch.get());
  w.text("owner");
  w.text(r.bucket.owner.get());
  w.text("bucket");
  w.text(r.bucket.name.get());
  w.text("commit");
  w.bytes(r.commit.bytes);
  w.text("master");
  w.text(r.master.get());
  w.text("holders");
  w.array(r.holders.size());
  for (const auto& holder : r.holders) w.text(holder.get());
  w.text("version");
  w.uint(r.version.get());
  w.text("attempts");
  w.uint(r.attempts);
  w.text("previous");
  writeRoot(w, r.previousRoot);
  w.text("previousReceipt");
  w.bytes(r.previousReceipt);
  return out;
}

Result<Receipt> decodeReceipt(BytesView payload) {
  Receipt r;
  std::uint64_t format = 0, epoch = 0, version = 0, attempts = 0;
  std::int64_t at = 0;
  Bytes commit;
  Fields in(payload, 14, "receipt");
  in.uint("v", format);
  if (format > kReceiptFormat)
    return fail(Errc::newer_version, "receipt of format " + std::to_string(format) + ": run a newer Cairn to read it");
  in.integer("at", at);
  in.array("ops", 3, [&](cbor::Reader& item, std::uint64_t i) {
    return takeCount(item, i == 0 ? r.puts : i == 1 ? r.deletes : r.others);
  });
  in.root("root", r.root);
  in.uint("epoch", epoch);
  in.text("owner", r.bucket.owner);
  in.text("bucket", r.bucket.name);
  in.bytes("commit", commit);
  in.text("master", r.master);
  in.array("holders", 0, [&](cbor::Reader& item, std::uint64_t) -> Status {
    auto text = item.text();
    if (!text) return text.error();
    r.holders.emplace_back(std::string(*text));
    return {};
  });
  in.uint("version", version);
  in.uint("attempts", attempts);
  in.root("previous", r.previousRoot);
  in.bytes("previousReceipt", r.previousReceipt);
  if (Status ok = in.finish(); !ok) return ok.error();
  bool hashed = r.previousReceipt.empty() || r.previousReceipt.size() == 32;
  if (format != kReceiptFormat || commit.size() != r.commit.bytes.size() || !hashed || attempts > UINT32_MAX)
    return fail(Errc::corrupt, "receipt: a field is out of range");
  std::copy(commit.begin(), commit.end(), r.commit.bytes.begin());
  r.claimedAt = Timestamp(at);
  r.epoch = Epoch(epoch);
  r.version = Version(version);
  r.attempts = static_cast<std::uint32_t>(attempts);
  return r;
}

Bytes sign(const Receipt& receipt, const SecretKey& key) {
  return seal(kDomain, encode(receipt), key);
}

Result<SignedReceipt> verifyReceipt(BytesView envelope) {
  auto opened = open(kDomain, envelope);
  if (!opened) return opened.error();
  auto receipt = decodeReceipt(opened->payload);
  if (!receipt) return receipt.error();
  return SignedReceipt{std::move(*receipt), opened->key};
}

Bytes receiptHash(BytesView envelope) {
  auto hash = sha256(envelope);
  return {hash.begin(), hash.end()};
}

}  // namespace cairn::identity
