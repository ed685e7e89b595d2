// Signatures and addresses from outside: never a crash, one spelling each, and what the strict parsers take the lenient
// ones take for the same.

#include "common/base/text.h"
#include "common/identity/recoverable.h"

namespace cairn::identity {
namespace {

void signature(BytesView input) {
  const auto strict = RecoverableSignature::parse(input, VPolicy::only_27_28);
  const auto lenient = RecoverableSignature::parse(input, VPolicy::also_0_1);
  if (strict) CAIRN_ASSERT(lenient && *lenient == *strict && asText(strict->bytes()) == asText(input));
  if (!lenient) return;
  CAIRN_ASSERT(lenient->bytes()[64] == 27 || lenient->bytes()[64] == 28);
  const auto again = RecoverableSignature::parse(lenient->bytes(), VPolicy::only_27_28);
  CAIRN_ASSERT(again && *again == *lenient);
  const Digest digest = keccak256(input);
  const auto address = lenient->recover(digest);
  CAIRN_ASSERT(address || address.error() == SignatureFault::no_key);
  if (!address) return;
  auto twin = lenient->bytes();
  twin[64] = static_cast<std::uint8_t>(55 - twin[64]);
  const auto other = RecoverableSignature::parse(twin, VPolicy::only_27_28)->recover(digest);
  CAIRN_ASSERT(!other || *other != *address);
}

void address(std::string_view text) {
  const auto strict = Address::parse(text), lenient = Address::parseAnyCase(text);
  if (strict) CAIRN_ASSERT(lenient && *strict == *lenient);
  if (!lenient) return;
  CAIRN_ASSERT(lenient->lowerCase() == lowered(text));
  CAIRN_ASSERT(*Address::parse(lenient->text()) == *lenient && *Address::parse(lenient->lowerCase()) == *lenient);
}

}  // namespace
}  // namespace cairn::identity

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cairn::identity::signature({data, size});
  cairn::identity::address(cairn::asText({data, size}));
  return 0;
}
