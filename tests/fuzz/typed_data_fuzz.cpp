// Typed data: never a crash; what is taken has a digest that does not depend on the document's layout, and lines that a
// screen shows as they are.

#include <algorithm>

#include "common/identity/typed_data.h"

namespace cairn::identity {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    constexpr char kDigits[] = "0123456789abcdef";
    if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\') {
      out += std::string("\\u00") + kDigits[c >> 4] + kDigits[c & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

/// The same value, spread out, with its members in the opposite order.
std::string written(const Json& value) {
  switch (value.kind) {
    case Json::Kind::null:
      return "null";
    case Json::Kind::boolean:
      return value.boolean ? "true" : "false";
    case Json::Kind::number:
      return value.text;
    case Json::Kind::text:
      return quoted(value.text);
    case Json::Kind::array: {
      std::string out;
      for (const Json& item : value.items) out += (out.empty() ? "" : " , ") + written(item);
      return "[ " + out + " ]";
    }
    case Json::Kind::object:
      break;
  }
  std::string out;
  for (auto at = value.members.rbegin(); at != value.members.rend(); ++at)
    out += (out.empty() ? "" : " , ") + quoted(at->first) + " :\n" + written(at->second);
  return "{ " + out + " }";
}

void check(std::string_view input) {
  const auto data = TypedData::parse(input);
  if (!data) {
    CAIRN_ASSERT(!data.error().message.empty());
    CAIRN_ASSERT(data.error().code == Errc::invalid || data.error().code == Errc::too_large);
    return;
  }
  const auto again = TypedData::parse(written(*readJson(input, kMaxTypedDepth)));
  // Written again it may be longer than what is taken.
  CAIRN_ASSERT(again ? again->digest() == data->digest() : again.error().code == Errc::too_large);
  for (const TypedLine& line : data->lines()) {
    const std::string text = line.path + line.type + line.value;
    CAIRN_ASSERT(std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }));
  }
  for (std::size_t i = 0; i < data->types().all().size(); ++i)
    CAIRN_ASSERT(keccak256(asBytes(data->types().encodeType(i))) == data->types().at(i).typeHash);
}

}  // namespace
}  // namespace cairn::identity

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cairn::identity::check(cairn::asText({data, size}));
  return 0;
}
