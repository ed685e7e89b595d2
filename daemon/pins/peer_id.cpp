#include "daemon/pins/peer_id.h"

#include <algorithm>

namespace cairn::pins {
namespace {

std::string base58(BytesView bytes) {
  static constexpr char alphabet[] = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  std::vector<std::uint8_t> digits;  // least significant first
  for (std::uint8_t byte : bytes) {
    unsigned carry = byte;
    for (std::uint8_t& digit : digits) {
      carry += 256U * digit;
      digit = static_cast<std::uint8_t>(carry % 58);
      carry /= 58;
    }
    for (; carry > 0; carry /= 58) digits.push_back(static_cast<std::uint8_t>(carry % 58));
  }
  std::string out;
  for (std::size_t i = 0; i < bytes.size() && bytes[i] == 0; ++i) out.push_back('1');
  std::for_each(digits.rbegin(), digits.rend(), [&out](std::uint8_t digit) { out.push_back(alphabet[digit]); });
  return out;
}

}  // namespace

std::string peerIdOf(BytesView publicKey) {
  // The identity multihash of the protobuf {Type: Secp256k1, Data: key}, which is short enough to be its own hash.
  Bytes bytes{0x00, static_cast<std::uint8_t>(publicKey.size() + 4), 0x08, 0x02,
              0x12, static_cast<std::uint8_t>(publicKey.size())};
  append(bytes, publicKey);
  return base58(bytes);
}

}  // namespace cairn::pins
