#include "daemon/auth/plan.h"

#include <algorithm>

#include "common/base/text.h"

namespace cairn::auth {
namespace {

constexpr std::size_t kMaxTrailers = 16;

std::optional<BodyMode> modeOf(std::string_view hash) {
  if (hash == "UNSIGNED-PAYLOAD") return BodyMode::unsigned_payload;
  if (hash == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD") return BodyMode::streaming_signed;
  if (hash == "STREAMING-UNSIGNED-PAYLOAD-TRAILER") return BodyMode::streaming_unsigned_trailer;
  if (hash == "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER") return BodyMode::streaming_signed_trailer;
  return std::nullopt;
}

bool isToken(std::string_view name) {
  const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
  return !name.empty() && name.size() <= 128 && std::all_of(name.begin(), name.end(), allowed);
}

AuthStatus readTrailerNames(const RequestView& request, std::vector<std::string>& names) {
  for (const HeaderView& h : request.headers) {
    if (!sameIgnoringCase(h.name, "x-amz-trailer")) continue;
    std::string_view list = h.value;
    while (!list.empty()) {
      const std::size_t comma = std::min(list.find(','), list.size());
      std::string name = lowered(trim(list.substr(0, comma)));
      list.remove_prefix(std::min(comma + 1, list.size()));
      if (!isToken(name) || names.size() == kMaxTrailers || std::find(names.begin(), names.end(), name) != names.end())
        return refuse(AuthFailure::invalid_request, "x-amz-trailer must list up to 16 different header names.");
      names.push_back(std::move(name));
    }
  }
  return {};
}

}  // namespace

AuthResult<BodyPlan> planBody(const RequestView& request, std::optional<std::string_view> payloadHash) {
  BodyPlan plan;
  if (!payloadHash) return plan;
  if (const auto mode = modeOf(*payloadHash)) {
    plan.mode = *mode;
  } else {
    const auto digest = payloadHash->size() == 64 ? fromHex(*payloadHash) : std::nullopt;
    if (!digest)
      return refuse(
          AuthFailure::invalid_argument,
          "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, "
          "STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.");
    plan.mode = BodyMode::sha256_literal;
    std::copy(digest->begin(), digest->end(), plan.sha256.begin());
  }
  if (!isAwsChunked(plan.mode)) return plan;
  const auto length = request.header("x-amz-decoded-content-length");
  const auto size = length ? parseDecimal(trim(*length)) : std::nullopt;
  if (!size)
    return refuse(AuthFailure::missing_content_length,
                  "You must provide the x-amz-decoded-content-length HTTP header, a decimal number.");
  plan.decodedLength = *size;
  if (plan.mode != BodyMode::streaming_signed)
    if (auto read = readTrailerNames(request, plan.trailers); !read) return read.error();
  return plan;
}

}  // namespace cairn::auth
