#include "common/identity/envelope.h"

#include <algorithm>

#include "common/cid/cbor.h"
#include "common/cid/sha256.h"

namespace cairn::identity {
namespace {

Digest digestOf(std::string_view domain, BytesView payload) {
  Sha256 hash;
  hash.update(asBytes(domain));
  hash.update(payload);
  return hash.finish();
}

Result<BytesView> field(cbor::Reader& in, std::optional<std::string_view>& previous, std::string_view name) {
  auto key = in.key(previous);
  if (!key) return key.error();
  if (*key != name) return fail(Errc::corrupt, "signed envelope: expected field " + std::string(name));
  return in.bytes();
}

}  // namespace

Bytes seal(std::string_view domain, BytesView payload, const SecretKey& key) {
  PublicKey publicKey = key.publicKey();
  Signature signature = key.sign(digestOf(domain, payload));
  Bytes out;
  cbor::Writer w(out);
  w.map(3);
  w.text("key");
  w.bytes(publicKey);
  w.text("sig");
  w.bytes(signature);
  w.text("payload");
  w.bytes(payload);
  return out;
}

Result<Opened> open(std::string_view domain, BytesView envelope) {
  cbor::Reader in(envelope);
  auto count = in.map();
  if (!count) return count.error();
  if (*count != 3) return fail(Errc::corrupt, "signed envelope: it must have key, sig and payload");
  std::optional<std::string_view> previous;
  auto key = field(in, previous, "key");
  if (!key) return key.error();
  auto sig = field(in, previous, "sig");
  if (!sig) return sig.error();
  auto payload = field(in, previous, "payload");
  if (!payload) return payload.error();
  if (Status end = in.end(); !end) return end.error();
  auto publicKey = parsePublicKey(*key);
  if (!publicKey || sig->size() != 64) return fail(Errc::corrupt, "signed envelope: malformed key or signature");
  Signature signature;
  std::copy(sig->begin(), sig->end(), signature.begin());
  if (!verify(*publicKey, digestOf(domain, *payload), signature))
    return fail(Errc::corrupt, "signed envelope: the signature does not match");
  return Opened{toBytes(*payload), *publicKey};
}

}  // namespace cairn::identity
