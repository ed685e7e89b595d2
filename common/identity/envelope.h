// A signed payload: canonical DAG-CBOR {"key": public key, "sig": r||s, "payload": bytes}; docs/formats/receipt.md.
//
// Contract: pure. The signature is over SHA-256 of a domain text and the payload, so that a signature made for one kind
// of record is worthless for another. open() checks form and signature, not whether the key is to be trusted:
// Errc::corrupt for anything that seal() would not have written.
#pragma once

#include <string_view>

#include "common/identity/secp.h"

namespace cairn::identity {

struct Opened {
  Bytes payload;
  PublicKey key;
};

Bytes seal(std::string_view domain, BytesView payload, const SecretKey& key);
Result<Opened> open(std::string_view domain, BytesView envelope);

}  // namespace cairn::identity
