// RapidCheck generators of content identifiers, for every test here that needs some.
//
// Contract: pure; all codecs and hash functions that Cairn reads occur.
#pragma once

#include <rapidcheck.h>

#include "common/cid/cid.h"

namespace rc {

template <>
struct Arbitrary<cairn::Cid> {
  static Gen<cairn::Cid> arbitrary() {
    using cairn::Codec, cairn::HashFunction;
    return gen::construct<cairn::Cid>(gen::element(Codec::raw, Codec::dag_pb, Codec::dag_cbor),
                                      gen::element(HashFunction::sha2_256, HashFunction::blake3),
                                      gen::arbitrary<cairn::Cid::Digest>());
  }
};

}  // namespace rc
