#include "daemon/s3/names.h"

#include <cstdint>

namespace cairn::s3 {
namespace {

bool isLowerOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool looksLikeIpv4(std::string_view name) {
  int groups = 1, digits = 0;
  for (const char c : name) {
    if (c == '.') {
      if (digits == 0) return false;
      ++groups;
      digits = 0;
    } else if (c >= '0' && c <= '9') {
      if (++digits > 3) return false;
    } else {
      return false;
    }
  }
  return groups == 4 && digits > 0;
}

bool reserved(std::string_view name) {
  for (const std::string_view prefix : {"xn--", "sthree-", "amzn-s3-demo-"})
    if (name.starts_with(prefix)) return true;
  for (const std::string_view suffix : {"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"})
    if (name.ends_with(suffix)) return true;
  return false;
}

/// Length of the UTF-8 sequence that begins at `p`, 0 if it is not one.
std::size_t sequence(const std::uint8_t* p, std::size_t left) {
  const auto tail = [&](std::size_t i) { return i < left && (p[i] & 0xC0) == 0x80; };
  if (p[0] < 0x80) return 1;
  if (p[0] >= 0xC2 && p[0] <= 0xDF) return tail(1) ? 2 : 0;
  if (p[0] >= 0xE0 && p[0] <= 0xEF) {
    if (!tail(1) || !tail(2)) return 0;
    if (p[0] == 0xE0 && p[1] < 0xA0) return 0;
    if (p[0] == 0xED && p[1] > 0x9F) return 0;
    return 3;
  }
  if (p[0] >= 0xF0 && p[0] <= 0xF4) {
    if (!tail(1) || !tail(2) || !tail(3)) return 0;
    if (p[0] == 0xF0 && p[1] < 0x90) return 0;
    if (p[0] == 0xF4 && p[1] > 0x8F) return 0;
    return 4;
  }
  return 0;
}

}  // namespace

bool validUtf8(std::string_view text) {
  const auto* p = reinterpret_cast<const std::uint8_t*>(text.data());
  std::size_t left = text.size();
  while (left > 0) {
    const std::size_t n = sequence(p, left);
    if (n == 0) return false;
    p += n;
    left -= n;
  }
  return true;
}

bool validBucketName(std::string_view name) {
  if (name.size() < 3 || name.size() > 63) return false;
  if (!isLowerOrDigit(name.front()) || !isLowerOrDigit(name.back())) return false;
  char before = 'a';
  for (const char c : name) {
    if (!isLowerOrDigit(c) && c != '.' && c != '-') return false;
    if (c == '.' && (before == '.' || before == '-')) return false;
    if (c == '-' && before == '.') return false;
    before = c;
  }
  return !looksLikeIpv4(name) && !reserved(name);
}

Answer<void> checkBucketName(std::string_view name) {
  if (validBucketName(name)) return {};
  Failed failed = refuse(ErrorCode::InvalidBucketName);
  failed.details.emplace_back("BucketName", name);
  return failed;
}

Answer<void> checkKey(std::string_view key) {
  if (key.empty()) return refuse(ErrorCode::InvalidRequest, "the object key is empty");
  if (key.size() > kMaxKeyBytes) {
    Failed failed = refuse(ErrorCode::KeyTooLongError);
    failed.details.emplace_back("MaxSizeAllowed", std::to_string(kMaxKeyBytes));
    failed.details.emplace_back("Size", std::to_string(key.size()));
    return failed;
  }
  if (key.find('\0') != std::string_view::npos)
    return refuse(ErrorCode::InvalidArgument, "the object key contains a NUL character");
  if (!validUtf8(key)) return refuse(ErrorCode::InvalidURI, "the object key is not valid UTF-8");
  return {};
}

}  // namespace cairn::s3
