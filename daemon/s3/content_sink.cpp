#include "daemon/s3/content_sink.h"

#include <algorithm>

#include "common/cid/unixfs.h"

namespace cairn::s3 {
namespace {

class ContentSink final : public BodySink {
 public:
  explicit ContentSink(std::unique_ptr<bucket::ContentWriter> writer) : writer_(std::move(writer)) {}
  Task<Answer<void>> take(BytesView piece) override {
    const auto written = co_await writer_->write(piece);
    if (!written) co_return fromError(written.error());
    co_return Answer<void>();
  }
  Task<Answer<bucket::Content>> finish() {
    auto content = co_await writer_->finish();
    if (!content) co_return fromError(content.error());
    co_return std::move(*content);
  }

 private:
  std::unique_ptr<bucket::ContentWriter> writer_;
};

/// The CID of a body that is one leaf holds its SHA-256, so the promised hash is compared with that, and the body is
/// not hashed twice.
bool provedByCid(const auth::BodyPlan& plan, std::uint64_t size) {
  return plan.mode == auth::BodyMode::sha256_literal && size > 0 && size <= unixfs::kChunkBytes;
}

Answer<void> compareWithCid(const auth::BodyPlan& plan, const Cid& cid) {
  CAIRN_ASSERT(cid.codec() == Codec::raw && cid.hash() == HashFunction::sha2_256);
  if (std::equal(plan.sha256.begin(), plan.sha256.end(), cid.digest().begin())) return {};
  return fromAuth(auth::refuse(auth::AuthFailure::content_sha256_mismatch,
                               "The provided 'x-amz-content-sha256' header does not match what was computed."));
}

}  // namespace

Task<Answer<StoredBody>> storeBody(const Call& call, const BodyOrder& order, std::uint64_t size) {
  std::optional<Md5Pool::Stream> md5;
  bucket::LeafTap tap;
  if (size > unixfs::kChunkBytes) {
    md5.emplace(call.md5s);
    tap = [&md5](blocks::BlockData leaf) { return md5->add(std::move(leaf)); };
  }
  ContentSink sink(call.buckets.writeContent(size, std::move(tap)));
  const bool byCid = provedByCid(order.plan, size);
  const auth::BodyPlan plain;
  const BodyOrder here{byCid ? plain : order.plan, order.claims, order.algorithm, md5 ? Md5By::asker : order.md5};
  auto received = co_await receive(call.body, here, sink);
  if (!received) co_return received.error();
  if (received->size != size) co_return refuse(ErrorCode::IncompleteBody);
  auto content = co_await sink.finish();
  if (!content) co_return content.error();
  if (md5) {
    received->md5 = co_await md5->finish();
    if (auto same = compareMd5(order.claims, received->md5); !same) co_return same.error();
  }
  if (byCid)
    if (auto same = compareWithCid(order.plan, content->cid); !same) co_return same.error();
  co_return StoredBody{std::move(*content), std::move(*received)};
}

Task<Answer<StoredBody>> copyContent(const Call& call, Cid content, http::Extent extent,
                                     std::optional<DigestAlgorithm> algorithm) {
  ContentSink sink(call.buckets.writeContent(extent.length));
  Digester md5(DigestAlgorithm::md5);
  std::optional<Digester> sum;
  if (algorithm) sum.emplace(*algorithm);
  const auto reader = call.buckets.readContent(content, extent.offset, extent.length);
  StoredBody out;
  while (out.received.size < extent.length) {
    const auto piece = co_await reader->next();
    if (!piece) co_return fromError(piece.error());
    if (piece->bytes.empty()) co_return refuse(ErrorCode::InternalError);
    md5.update(piece->bytes);
    if (sum) sum->update(piece->bytes);
    if (auto taken = co_await sink.take(piece->bytes); !taken) co_return taken.error();
    out.received.size += piece->bytes.size();
  }
  auto stored = co_await sink.finish();
  if (!stored) co_return stored.error();
  out.content = std::move(*stored);
  const Bytes digest = md5.finish();
  std::copy(digest.begin(), digest.end(), out.received.md5.begin());
  if (sum) out.received.checksum = bucket::Checksum{std::string(checksumName(*algorithm)), sum->finish(), false};
  co_return out;
}

}  // namespace cairn::s3
