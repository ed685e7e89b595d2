#include "daemon/auth/body_receiver.h"

namespace cairn::auth {

BodyReceiver::BodyReceiver(const BodyPlan& plan) {
  if (plan.mode == BodyMode::sha256_literal) way_.emplace<PayloadVerifier>(plan.sha256);
  if (isAwsChunked(plan.mode)) way_.emplace<ChunkedDecoder>(plan);
}

AuthStatus BodyReceiver::feed(BytesView piece, std::vector<BytesView>& out) {
  if (auto* chunked = std::get_if<ChunkedDecoder>(&way_)) return chunked->feed(piece, out);
  if (piece.empty()) return {};
  if (auto* verifier = std::get_if<PayloadVerifier>(&way_)) verifier->update(piece);
  out.push_back(piece);
  return {};
}

AuthResult<Trailers> BodyReceiver::finish() {
  if (auto* chunked = std::get_if<ChunkedDecoder>(&way_)) return chunked->finish();
  if (auto* verifier = std::get_if<PayloadVerifier>(&way_))
    if (auto same = verifier->finish(); !same) return same.error();
  return Trailers{};
}

}  // namespace cairn::auth
