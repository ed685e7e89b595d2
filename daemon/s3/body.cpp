#include "daemon/s3/body.h"

#include <algorithm>

#include "daemon/auth/body_receiver.h"

namespace cairn::s3 {
namespace {

Failed fromReading(const Error& error) {
  switch (error.code) {
    case Errc::too_large:
      return refuse(ErrorCode::EntityTooLarge);
    case Errc::timeout:
      return refuse(ErrorCode::RequestTimeout);
    case Errc::cancelled:
      return refuse(ErrorCode::ServiceUnavailable, "this master is stopping; try another");
    default:
      return refuse(ErrorCode::IncompleteBody);
  }
}

/// The hashes of one body, and the comparisons at its end.
class Digests {
 public:
  explicit Digests(const BodyOrder& order) : claims_(order.claims) {
    const bool wanted = order.md5 == Md5By::receive || (order.md5 == Md5By::promise && claims_.contentMd5);
    if (wanted) md5_.emplace(DigestAlgorithm::md5);
    if (order.algorithm) sum_.emplace(*order.algorithm);
  }

  void update(BytesView piece) {
    size_ += piece.size();
    if (md5_) md5_->update(piece);
    if (sum_) sum_->update(piece);
  }

  Answer<Received> finish(const auth::Trailers& trailers) {
    Received out;
    out.size = size_;
    if (md5_) {
      const Bytes md5 = md5_->finish();
      std::copy(md5.begin(), md5.end(), out.md5.begin());
      if (auto same = compareMd5(claims_, out.md5); !same) return same.error();
    }
    if (!sum_) return out;
    const auto algorithm = sum_->algorithm();
    out.checksum = bucket::Checksum{std::string(checksumName(algorithm)), sum_->finish(), false};
    auto expected = expectedSum(algorithm, trailers);
    if (!expected) return expected.error();
    if (*expected && **expected != out.checksum->value)
      return refuse(ErrorCode::BadDigest,
                    "The " + out.checksum->algorithm + " you specified did not match the calculated checksum.");
    return out;
  }

 private:
  Answer<std::optional<Bytes>> expectedSum(DigestAlgorithm algorithm, const auth::Trailers& trailers) const {
    if (!claims_.inTrailer) return claims_.checksum;
    for (const auto& [name, value] : trailers) {
      if (checksumFromHeader(name) != algorithm) continue;
      auto bytes = fromBase64(value);
      if (!bytes || bytes->size() != digestSize(algorithm))
        return refuse(ErrorCode::InvalidRequest, "Value for " + name + " trailing header is invalid.");
      return bytes;
    }
    return refuse(ErrorCode::InvalidRequest, "The trailing checksum that x-amz-trailer announces did not come.");
  }

  const BodyClaims& claims_;
  std::uint64_t size_ = 0;
  std::optional<Digester> md5_, sum_;
};

class TextSink final : public BodySink {
 public:
  explicit TextSink(std::size_t limit) : limit_(limit) {}
  Task<Answer<void>> take(BytesView piece) override {
    if (text.size() + piece.size() > limit_) co_return refuse(ErrorCode::MaxMessageLengthExceeded);
    text += asText(piece);
    co_return Answer<void>();
  }
  std::string text;

 private:
  std::size_t limit_;
};

}  // namespace

Answer<void> compareMd5(const BodyClaims& claims, const std::array<std::uint8_t, 16>& md5) {
  if (!claims.contentMd5 || std::ranges::equal(*claims.contentMd5, md5)) return {};
  return refuse(ErrorCode::BadDigest, "The Content-MD5 you specified did not match what we received.");
}

Answer<std::uint64_t> announcedSize(const http::Request& request, const auth::BodyPlan& plan) {
  std::uint64_t size = 0;
  if (auth::isAwsChunked(plan.mode)) {
    size = plan.decodedLength;
  } else {
    if (!request.contentLength || !request.headers.has("content-length"))
      return refuse(ErrorCode::MissingContentLength);
    size = *request.contentLength;
  }
  if (size <= kMaxPut) return size;
  Failed failed = refuse(ErrorCode::EntityTooLarge);
  failed.details.emplace_back("ProposedSize", std::to_string(size));
  failed.details.emplace_back("MaxSizeAllowed", std::to_string(kMaxPut));
  return failed;
}

Task<Answer<Received>> receive(http::BodyReader& body, const BodyOrder& order, BodySink& sink) {
  auth::BodyReceiver receiver(order.plan);
  Digests digests(order);
  std::vector<BytesView> pieces;
  for (;;) {
    const auto read = co_await body.read();
    if (!read) co_return fromReading(read.error());
    if (read->empty()) break;
    pieces.clear();
    if (auto fed = receiver.feed(*read, pieces); !fed) co_return fromAuth(fed.error());
    for (const BytesView piece : pieces) {
      digests.update(piece);
      if (auto taken = co_await sink.take(piece); !taken) co_return taken.error();
    }
  }
  const auto trailers = receiver.finish();
  if (!trailers) co_return fromAuth(trailers.error());
  co_return digests.finish(*trailers);
}

Task<Answer<std::string>> receiveText(http::BodyReader& body, const auth::BodyPlan& plan, const BodyClaims& claims,
                                      std::size_t limit) {
  if (body.length().value_or(0) > limit) co_return refuse(ErrorCode::MaxMessageLengthExceeded);
  TextSink sink(limit);
  const BodyOrder order{plan, claims, claims.algorithm, Md5By::promise};
  const auto received = co_await receive(body, order, sink);
  if (!received) co_return received.error();
  co_return std::move(sink.text);
}

}  // namespace cairn::s3
