// CIDs from text and from bytes: whatever is accepted has exactly one byte form, and its text reads back to it.

#include "common/cid/cid.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using cairn::Cid;
  const cairn::BytesView bytes(data, size);
  if (const auto cid = Cid::parse(cairn::asText(bytes))) {
    CAIRN_ASSERT(*Cid::parse(cid->str()) == *cid);
    CAIRN_ASSERT(*Cid::decode(cid->bytes()) == *cid);
    if (data[0] == 'b') CAIRN_ASSERT(cid->str() == cairn::asText(bytes));
  }
  if (const auto cid = Cid::decode(bytes)) {
    CAIRN_ASSERT(size == Cid::size && std::memcmp(cid->bytes().data(), data, size) == 0);
    CAIRN_ASSERT(*Cid::parse(cid->str()) == *cid);
  }
  if (const auto cid = Cid::decodePrefix(bytes)) CAIRN_ASSERT(*Cid::decode(bytes.first(Cid::size)) == *cid);
  return 0;
}
