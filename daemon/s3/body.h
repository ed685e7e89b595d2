// Receiving a request's body: undone from its aws-chunked framing, hashed, and proved, piece by piece.
//
// Contract. receive() hands every piece of the object's bytes to `sink` in order, at constant memory, and answers when
// the body ended and everything that was promised about it held: its proof (auth::BodyReceiver), its length,
// Content-MD5, the x-amz-checksum-* in head or trailer. On a Failed nothing of what the sink took may become visible.
// Runs on the caller's executor; borrows its arguments until it answers. Sizes are bytes.
#pragma once

#include <optional>

#include "common/digest/digest.h"
#include "daemon/auth/body_plan.h"
#include "daemon/http/body.h"
#include "daemon/s3/error.h"
#include "daemon/s3/operation.h"

namespace cairn::s3 {

inline constexpr std::uint64_t kMaxPut = 5ULL << 30;  ///< of one PUT or part

class BodySink {
 public:
  virtual ~BodySink() = default;
  virtual Task<Answer<void>> take(BytesView piece) = 0;
};

struct Received {
  std::uint64_t size = 0;
  std::array<std::uint8_t, 16> md5{};        ///< all zero unless `md5` asks for it here
  std::optional<bucket::Checksum> checksum;  ///< by `algorithm`
};

/// Who computes the body's MD5: receive(), only where the head promises one; receive() always; or whoever asked.
enum class Md5By : std::uint8_t { promise, receive, asker };

struct BodyOrder {
  const auth::BodyPlan& plan;
  const BodyClaims& claims;
  std::optional<DigestAlgorithm> algorithm;  ///< to be computed; claims.algorithm, or one that an upload wants
  Md5By md5 = Md5By::receive;
};

/// The size the object will have; MissingContentLength when the head does not say it, EntityTooLarge above kMaxPut.
Answer<std::uint64_t> announcedSize(const http::Request& request, const auth::BodyPlan& plan);

/// BadDigest unless it is the Content-MD5 that the head promises, if it does.
Answer<void> compareMd5(const BodyClaims& claims, const std::array<std::uint8_t, 16>& md5);

Task<Answer<Received>> receive(http::BodyReader& body, const BodyOrder& order, BodySink& sink);

/// A small body, such as XML, in memory; MaxMessageLengthExceeded above `limit`.
Task<Answer<std::string>> receiveText(http::BodyReader& body, const auth::BodyPlan& plan, const BodyClaims& claims,
                                      std::size_t limit);

}  // namespace cairn::s3
