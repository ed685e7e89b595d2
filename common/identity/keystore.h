// Key files in the Web3 Secret Storage format, version 3: what geth, ethers, eth-account and MetaMask import and
// export.
//
// Contract: values, any thread; everything derived from the password or the key is wiped. parse() is cheap whatever the
// file says; open() and writeKeystore() cost what the file's parameters ask, by design about a second and 128 MiB, so
// they do not belong on a thread that serves requests.
// parse() takes JSON as in json.h with scrypt or pbkdf2 (hmac-sha256) and aes-128-ctr, and ignores members that the
// format does not have (wallets add their own). Errors: Errc::invalid, the file is malformed; Errc::unsupported,
// another version, cipher or function; Errc::too_large, parameters beyond the limits below, which no wallet asks for.
// open(): Errc::denied, the MAC differs: the password is wrong (or the salt, the ciphertext or the MAC was changed,
// which the format cannot tell apart); Errc::corrupt, the password is right, but what it opens is not a key or not that
// of the file's address: the file is damaged; Errc::unavailable, no memory for the function. Passwords are taken as
// bytes. ethers normalises them to NFKC before; do so where a person types one.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/json.h"
#include "common/base/result.h"
#include "common/identity/address.h"
#include "common/identity/scrypt.h"

namespace cairn::identity {

inline constexpr std::size_t kMaxKeystoreBytes = 65536;
inline constexpr std::uint64_t kMaxScryptMemory = std::uint64_t{512} << 20;  ///< of 128 n r: twice geth's
inline constexpr std::uint64_t kMaxScryptWork = std::uint64_t{1} << 24;      ///< of n r p: eight times geth's
inline constexpr std::uint32_t kMaxIterations = 10'000'000;                  ///< of pbkdf2

struct Pbkdf2Cost {
  std::uint32_t iterations = 600'000;
};
using KeystoreCost = std::variant<ScryptCost, Pbkdf2Cost>;

class Keystore {
 public:
  static Result<Keystore> parse(std::string_view json);

  /// As the file says, unchecked before open(); many files have none.
  const std::optional<Address>& address() const { return address_; }
  const KeystoreCost& cost() const { return cost_; }
  Result<SecretKey> open(std::string_view password) const;

 private:
  Keystore() = default;
  Status read(const Json& file);
  Status readCrypto(const Json& crypto);
  Status readCost(const Json& crypto);

  std::optional<Address> address_;
  KeystoreCost cost_;
  Bytes salt_, iv_, ciphertext_, mac_;
};

/// `fill` gives random bytes. Errc::too_large when `cost` is beyond the limits, Errc::unavailable for lack of memory.
Result<std::string> writeKeystore(const SecretKey& key, std::string_view password, const KeystoreCost& cost,
                                  const std::function<void(std::span<std::uint8_t>)>& fill);

}  // namespace cairn::identity
