#include "daemon/s3/token.h"

#include <algorithm>

#include "common/cid/sha256.h"
#include "common/digest/digest.h"

namespace cairn::s3 {
namespace {

constexpr char kVersion = 1;
constexpr std::size_t kCheckBytes = 4;

std::string withCheck(std::string_view last) {
  std::string versioned(1, kVersion);
  versioned += last;
  const auto sum = sha256(asBytes(versioned));
  std::string out(1, kVersion);
  out.append(reinterpret_cast<const char*>(sum.data()), kCheckBytes);
  out += last;
  return out;
}

}  // namespace

std::string continuationToken(std::string_view last) {
  std::string text = base64(asBytes(withCheck(last)));
  while (!text.empty() && text.back() == '=') text.pop_back();
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::optional<std::string> parseContinuationToken(std::string_view token) {
  if (token.size() > 4096 || token.find_first_of("+/=") != std::string_view::npos) return std::nullopt;
  std::string text(token);
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  while (text.size() % 4 != 0) text += '=';
  const auto bytes = fromBase64(text);
  if (!bytes || bytes->size() <= 1 + kCheckBytes) return std::nullopt;
  std::string last(asText(BytesView(*bytes).subspan(1 + kCheckBytes)));
  if (asText(*bytes) != withCheck(last)) return std::nullopt;
  return last;
}

}  // namespace cairn::s3
