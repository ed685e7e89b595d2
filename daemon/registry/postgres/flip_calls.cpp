#include "daemon/registry/postgres/flip_calls.h"

#include "common/cid/sha256.h"
#include "daemon/registry/json_array.h"
#include "daemon/registry/postgres/rows.h"

namespace cairn::registry::postgres {
namespace {

bool expectsNoRow(const AskedFlip& flip) {
  return flip.request->expectedVersion == Version() && flip.expectedRoot->empty();
}

/// One of the array parameters: `item` gives a flip's element.
template <class Item>
Array texts(std::span<const AskedFlip> flips, Item item) {
  Array out(Array::Of::text);
  for (const AskedFlip& flip : flips) out.add(item(flip));
  return out;
}
template <class Item>
Array blobs(std::span<const AskedFlip> flips, Item item) {
  Array out(Array::Of::bytea);
  for (const AskedFlip& flip : flips) out.add(asText(item(*flip.request)));
  return out;
}
/// As text, so that the server refuses what no bigint holds, as it does for a flip that goes alone.
template <class Item>
std::string numbers(std::span<const AskedFlip> flips, Item item) {
  std::string out;
  for (const AskedFlip& flip : flips) out += (out.empty() ? '{' : ',') + std::to_string(item(*flip.request));
  return out + '}';
}

}  // namespace

bool goesWithOthers(const AskedFlip& flip) {
  return flip.request->cas && !expectsNoRow(flip);
}

Call flipCall(const AskedFlip& flip) {
  const FlipRequest& r = *flip.request;
  return call(!r.cas               ? kFlipDark
              : expectsNoRow(flip) ? kFlipFirst
                                   : kFlipNext,
              r.bucket.owner.get(), r.bucket.name.get(), *flip.expectedRoot, r.expectedVersion.get(),
              rootText(r.nextRoot), BytesView(r.commit.bytes), r.master.get(), r.epoch.get(), r.leaseTerm,
              jsonArray(r.holders), r.operations.puts, r.operations.deletes, r.operations.others, r.attempt,
              r.claimedAt.get(), r.receipt, hashOf(r.receipt));
}

Call flipsCall(std::span<const AskedFlip> flips) {
  using Flip = const AskedFlip&;
  using Request = const FlipRequest&;
  const FlipRequest& first = *flips.front().request;
  return call(kFlipSeveral, texts(flips, [](Flip f) { return f.request->bucket.owner.get(); }),
              texts(flips, [](Flip f) { return f.request->bucket.name.get(); }),
              texts(flips, [](Flip f) { return *f.expectedRoot; }),
              numbers(flips, [](Request r) { return r.expectedVersion.get(); }),
              texts(flips, [](Flip f) { return rootText(f.request->nextRoot); }),
              blobs(flips, [](Request r) { return BytesView(r.commit.bytes); }), first.master.get(), first.epoch.get(),
              texts(flips, [](Flip f) { return jsonArray(f.request->holders); }),
              numbers(flips, [](Request r) { return r.operations.puts; }),
              numbers(flips, [](Request r) { return r.operations.deletes; }),
              numbers(flips, [](Request r) { return r.operations.others; }),
              numbers(flips, [](Request r) { return r.attempt; }),
              numbers(flips, [](Request r) { return r.claimedAt.get(); }),
              blobs(flips, [](Request r) { return BytesView(r.receipt); }),
              blobs(flips, [](Request r) { return hashOf(r.receipt); }));
}

Bytes hashOf(const Bytes& receipt) {
  if (receipt.empty()) return {};
  auto hash = sha256(receipt);
  return {hash.begin(), hash.end()};
}

}  // namespace cairn::registry::postgres
