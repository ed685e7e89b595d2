// Grants: never a crash and never accepted unsigned; and, with the input as a payload that is signed, one spelling and
// a digest that the typed data of its document has, too.

#include "common/digest/base64.h"
#include "common/identity/grant.h"
#include "common/identity/typed_data.h"

namespace {

using namespace cairn;
using namespace cairn::identity;

const SecretKey& key() {
  static const SecretKey kKey = *SecretKey::parse(Bytes(32, 7));
  return kKey;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  for (Signers signers : {Signers::keys, Signers::contracts_too}) {
    const auto read = readGrant(asText(input), signers);
    CAIRN_ASSERT(!read || !checkSigner(*read));
  }
  const Bytes signature(65, 1);  // well-formed, of nobody's
  const auto read = readGrant(joinSigned(kGrantPrefix, asText(input), signature), Signers::contracts_too);
  if (!read) return 0;
  const auto signedOne = RecoverableSignature::sign(key(), read->digest);
  const std::string text = grantText(read->grant, signedOne);
  CAIRN_ASSERT(text == joinSigned(kGrantPrefix, asText(input), signedOne.bytes()));
  const auto again = readGrant(text);
  CAIRN_ASSERT(again && again->grant == read->grant && again->digest == read->digest);
  CAIRN_ASSERT(checkSigner(*again).has_value() == (read->grant.wallet == Address::of(key().publicKey())));
  const auto document = TypedData::parse(documentOf(read->grant));
  CAIRN_ASSERT(document && document->digest() == read->digest);
  CAIRN_ASSERT(read->grant.scope().entries().size() == 1);
  return 0;
}
