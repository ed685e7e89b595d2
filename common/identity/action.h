// Actions: what an operator's wallet signs so that something about the fleet changes; docs/formats/action.md.
//
// Contract: values and pure functions, any thread. Each action is an EIP-712 struct type of its own, listed in one
// table: `string fleet`, its own fields, `bytes32 nonce`, `uint64 expires` (seconds since 1970). ClaimAdmin and those
// whose names begin with RevokeOwn are any wallet's, about itself; the others are operators'. makeAction() reads
// parameters from outside: exactly the members of the table, each of its type (addresses with a right checksum or in
// one case, whole numbers to 2^53 - 1, `0x` and hexadecimal digits for bytes, texts of at most kMaxActionText bytes).
// The digest is that of documentOf(), so what a wallet shows is all that is signed; readActionDocument() takes such a
// document back apart and refuses one that has anything else in it. checkActionTimes() looks at `expires` alone. Who
// may do what is none of this file's business. Errors: Errc::invalid, in words for whoever asked; Errc::unsupported
// for an action that there is not; Errc::denied from checkActionTimes(); Errc::corrupt from signerOf().
#pragma once

#include <map>
#include <span>
#include <variant>

#include "common/base/json.h"
#include "common/identity/recoverable.h"

namespace cairn::identity {

inline constexpr std::int64_t kMostActionLife = 3600;  ///< seconds from now to `expires`, at most
inline constexpr std::size_t kMaxActionText = 256;

struct ActionField {
  std::string_view type;  ///< "address", "string", "uint64", "bool", "bytes32" or "bytes"
  std::string_view name;
};
struct ActionType {
  std::string_view name;
  std::vector<ActionField> fields;  ///< its own
  std::string_view audited;         ///< the audit row's `action`
  /// What its signer must be: "operator" or "admin"; "": the wallet that it names, whatever he is.
  std::string_view least;
  bool alsoCommand = false;  ///< a command on a master's machine writes such rows, too, and signs nothing
  std::string_view made{};   ///< what the audit row's `what` says beside the parameters, once it is done
};
/// The table.
std::span<const ActionType> actionTypes();

using ActionValue = std::variant<Address, std::string, std::uint64_t, bool, Digest, Bytes>;

struct Action {
  const ActionType* type = nullptr;  ///< of the table
  std::string fleet;
  std::vector<ActionValue> values;  ///< in the order of the type's fields
  Digest nonce{};
  std::int64_t expires = 0;

  /// The value of a field that the type has, as the kind that it is: anything else is a broken invariant.
  template <class T>
  const T& get(std::string_view field) const {
    return std::get<T>(values[index(field)]);
  }
  friend bool operator==(const Action&, const Action&) = default;

 private:
  std::size_t index(std::string_view field) const;
};

Result<Action> makeAction(std::string_view name, const Json& parameters, std::string fleet, const Digest& nonce,
                          std::int64_t expires);

/// Its own fields as a JSON object, in the type's order, in one spelling.
std::string parametersOf(const Action& action);
/// For a wallet's eth_signTypedData_v4.
std::string documentOf(const Action& action);
Digest digestOf(const Action& action);
Result<Action> readActionDocument(std::string_view json);
/// Whose key made r||s||v (v 27 or 28, s in the lower half) over it: for anything well-formed, some wallet's.
Result<Address> signerOf(const Action& action, BytesView signature);

Status checkActionTimes(const Action& action, std::int64_t now);

}  // namespace cairn::identity
