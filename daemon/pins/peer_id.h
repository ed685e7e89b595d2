// The name that libp2p gives to the holder of a key (https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md).
//
// Contract: pure, any thread. `publicKey` is a compressed secp256k1 key of 33 bytes; gives "16Uiu2HA...".
#pragma once

#include <string>

#include "common/base/bytes.h"

namespace cairn::pins {

std::string peerIdOf(BytesView publicKey);

}  // namespace cairn::pins
