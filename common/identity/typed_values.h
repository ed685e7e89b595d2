// Atomic values of EIP-712: from JSON to the 32-byte word that is hashed, and from the word to text for people.
//
// Contract: pure, any thread. encodeAtomic() takes one spelling of a kind of value and refuses all others with
// Errc::invalid, saying what was expected: integers as JSON numbers or decimal strings (a minus sign, no plus,
// fraction, exponent, leading zero or minus zero) or as strings 0x + 1 to 64 hexadecimal digits, within the type's
// range; bool as true or false; address as Address::parse(); bytes and bytesN as 0x + hexadecimal, bytesN of exactly N
// bytes; string as a string, hashed as UTF-8 without normalisation.
#pragma once

#include "common/base/json.h"
#include "common/identity/address.h"
#include "common/identity/typed_types.h"

namespace cairn::identity {

using Word = std::array<std::uint8_t, 32>;

Result<Word> encodeAtomic(const TypeRef& type, const Json& value);

/// What encodeAtomic() took, in one spelling: integers in decimal, addresses with their checksum, bytes in lower-case
/// hexadecimal, strings quoted, with everything that does not print as itself (control characters, line separators,
/// marks that turn the direction of text, invisible ones) as \u{...}.
std::string showAtomic(const TypeRef& type, const Json& value);

Word wordOf(std::uint64_t value);
Word wordOf(const Address& address);

}  // namespace cairn::identity
