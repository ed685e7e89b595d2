// How the body of an authenticated request has to be read and proved.
//
// Contract: values that own what they hold, so they outlive the request's headers. Made by Authenticator, consumed by
// BodyReceiver (body_receiver.h). Source: "Authenticating Requests: Transferring Payload in a Single Chunk / in
// Multiple Chunks" of the Amazon S3 API reference.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cairn::auth {

enum class BodyMode : std::uint8_t {
  none,                        ///< nothing was said about the body (anonymous, Bearer without x-amz-content-sha256)
  sha256_literal,              ///< x-amz-content-sha256 is the body's hash: to be compared at its end
  unsigned_payload,            ///< UNSIGNED-PAYLOAD: the body as it comes
  streaming_signed,            ///< STREAMING-AWS4-HMAC-SHA256-PAYLOAD: aws-chunked, each chunk signed
  streaming_unsigned_trailer,  ///< STREAMING-UNSIGNED-PAYLOAD-TRAILER: aws-chunked, trailers, no signatures
  streaming_signed_trailer,    ///< STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER: signed chunks and a signed trailer
};

inline bool isAwsChunked(BodyMode mode) {
  return mode >= BodyMode::streaming_signed;
}

using Sha256Digest = std::array<std::uint8_t, 32>;

/// What a chunk's signature is computed with.
struct SigningContext {
  Sha256Digest signingKey{};
  std::string timestamp;      ///< 20130524T000000Z
  std::string scope;          ///< 20130524/us-east-1/s3/aws4_request
  std::string seedSignature;  ///< of the request itself, 64 lower-case hex digits
};

struct BodyPlan {
  BodyMode mode = BodyMode::none;
  Sha256Digest sha256{};            ///< sha256_literal only
  std::uint64_t decodedLength = 0;  ///< aws-chunked only: x-amz-decoded-content-length, the object's size
  /// Signed modes: absent when the caller is known by a JWT, whose "secret" we cannot know; then chunk signatures must
  /// be there and well formed, but their values are not checked. Framing, lengths and checksums are.
  std::optional<SigningContext> signing{};
  std::vector<std::string> trailers{};  ///< names in x-amz-trailer, lower case
};

}  // namespace cairn::auth
