#include "daemon/auth/chunked_decoder.h"

#include <algorithm>
#include <charconv>

#include "common/base/result.h"
#include "common/base/text.h"
#include "daemon/auth/hmac.h"

namespace cairn::auth {
namespace {

constexpr std::string_view kSignatureField = ";chunk-signature=";
constexpr std::string_view kTrailerSignature = "x-amz-trailer-signature";
constexpr std::string_view kHashOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

bool isSignature(std::string_view text) {
  const auto digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == 64 && std::all_of(text.begin(), text.end(), digit);
}

std::optional<std::uint64_t> parseHex(std::string_view text) {
  const auto digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); };
  if (text.empty() || text.size() > 16 || !std::all_of(text.begin(), text.end(), digit)) return std::nullopt;
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return value;
}

/// What both kinds of string to sign begin with.
std::string chained(std::string_view algorithm, const SigningContext& signing, std::string_view previous) {
  std::string out(algorithm);
  out.append(1, '\n')
      .append(signing.timestamp)
      .append(1, '\n')
      .append(signing.scope)
      .append(1, '\n')
      .append(previous)
      .append(1, '\n');
  return out;
}

}  // namespace

ChunkedDecoder::ChunkedDecoder(const BodyPlan& plan)
    : signed_(plan.mode != BodyMode::streaming_unsigned_trailer),
      trailer_(plan.mode != BodyMode::streaming_signed),
      signing_(plan.signing),
      previous_(plan.signing ? plan.signing->seedSignature : std::string()),
      left_(plan.decodedLength),
      declared_(plan.trailers) {
  CAIRN_ASSERT(isAwsChunked(plan.mode));
}

AuthError ChunkedDecoder::broken(std::string what) const {
  return refuse(AuthFailure::invalid_request,
                "Malformed aws-chunked body near byte " + std::to_string(consumed_) + ": " + what);
}

AuthStatus ChunkedDecoder::feed(BytesView piece, std::vector<BytesView>& out) {
  while (!failed_ && !piece.empty()) {
    const std::size_t before = piece.size();
    const AuthStatus stepped = step(piece, out);
    consumed_ += before - piece.size();
    if (!stepped) failed_ = stepped.error();
  }
  if (failed_) return *failed_;
  return {};
}

AuthStatus ChunkedDecoder::step(BytesView& piece, std::vector<BytesView>& out) {
  if (state_ == State::data) {
    const std::size_t n = static_cast<std::size_t>(std::min<std::uint64_t>(chunkLeft_, piece.size()));
    const BytesView payload = piece.first(n);
    piece = piece.subspan(n);
    if (signing_) chunkHash_->update(payload);
    out.push_back(payload);
    chunkLeft_ -= n;
    left_ -= n;
    return chunkLeft_ == 0 ? onChunkEnd() : AuthStatus{};
  }
  if (state_ == State::done) return onSurplus(piece);
  const std::size_t limit = state_ == State::header     ? kMaxChunkHeader
                            : state_ == State::trailers ? kMaxTrailerBytes - trailerBytes_
                                                        : 2;
  const auto complete = readLine(piece, limit);
  if (!complete) return complete.error();
  if (!*complete) return {};
  AuthStatus handled;
  if (state_ == State::header) {
    handled = onHeader();
  } else if (state_ == State::trailers) {
    handled = onTrailerLine();
  } else if (!line_.empty()) {
    handled = broken("the chunk's data is longer than its header says.");
  } else {
    state_ = last_ ? State::done : State::header;
  }
  line_.clear();
  return handled;
}

AuthResult<bool> ChunkedDecoder::readLine(BytesView& piece, std::size_t limit) {
  const auto newline = std::find(piece.begin(), piece.end(), std::uint8_t{'\n'});
  const bool found = newline != piece.end();
  const std::size_t n = static_cast<std::size_t>(newline - piece.begin()) + (found ? 1 : 0);
  if (line_.size() + n > limit) return broken("a line is longer than " + std::to_string(limit) + " bytes.");
  line_.append(asText(piece.first(n)));
  piece = piece.subspan(n);
  if (!found) return false;
  if (state_ == State::trailers) trailerBytes_ += line_.size();
  line_.pop_back();
  if (line_.ends_with('\r')) {
    line_.pop_back();
  } else if (state_ != State::trailers) {  // minio-go ends its trailers with LF alone
    return broken("a line does not end in CRLF.");
  }
  return true;
}

AuthStatus ChunkedDecoder::onHeader() {
  std::string_view line = line_;
  const std::size_t semicolon = std::min(line.find(';'), line.size());
  const auto size = parseHex(line.substr(0, semicolon));
  if (!size) return broken("a chunk's size is not 1 to 16 hexadecimal digits.");
  line.remove_prefix(semicolon);
  if (signed_) {
    if (!line.starts_with(kSignatureField) || !isSignature(line.substr(kSignatureField.size())))
      return broken("a chunk's header lacks ;chunk-signature= with 64 lower-case hexadecimal digits.");
    chunkSignature_ = line.substr(kSignatureField.size());
  } else if (!line.empty()) {
    return broken("a chunk's header has an extension, but the chunks are not signed.");
  }
  if (*size > left_) return broken("the chunks hold more than x-amz-decoded-content-length says.");
  last_ = *size == 0;
  if (last_ && left_ != 0)
    return refuse(
        AuthFailure::incomplete_body,
        "You did not provide the number of bytes specified by the x-amz-decoded-content-length HTTP header: " +
            std::to_string(left_) + " are missing.");
  chunkLeft_ = *size;
  if (signing_) chunkHash_.emplace();
  if (!last_) {
    state_ = State::data;
    return {};
  }
  return onChunkEnd();
}

AuthStatus ChunkedDecoder::onChunkEnd() {
  state_ = last_ && trailer_ ? State::trailers : State::data_end;
  if (!signing_) return {};
  std::string text = chained("AWS4-HMAC-SHA256-PAYLOAD", *signing_, previous_);
  text.append(kHashOfNothing).append(1, '\n').append(toHex(chunkHash_->finish()));
  chunkHash_.reset();
  if (!sameSecret(toHex(hmacSha256(signing_->signingKey, text)), chunkSignature_))
    return refuse(AuthFailure::signature_does_not_match,
                  "The signature of the chunk that ends at byte " + std::to_string(consumed_) + " does not match.");
  previous_ = chunkSignature_;
  return {};
}

AuthStatus ChunkedDecoder::onTrailerLine() {
  if (line_.empty()) {
    if (!signed_ || !trailerSignature_.empty()) return onEnd();
    // minio-go puts an empty line between its trailers and their signature.
    if (!gap_ && !trailers_.empty()) {
      gap_ = true;
      return {};
    }
    return refuse(AuthFailure::malformed_trailer, "The trailers are not followed by x-amz-trailer-signature.");
  }
  const std::size_t colon = line_.find(':');
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  if (colon == std::string::npos || !trailerSignature_.empty() || std::any_of(line_.begin(), line_.end(), control))
    return refuse(AuthFailure::malformed_trailer,
                  "A trailer is not of the form name:value, or follows the trailers' signature.");
  const std::string name = lowered(std::string_view(line_).substr(0, colon));
  const std::string_view value = trim(std::string_view(line_).substr(colon + 1));
  if (signed_ && name == kTrailerSignature) {
    trailerSignature_ = value;
    return checkTrailerSignature();
  }
  if (gap_ || std::find(declared_.begin(), declared_.end(), name) == declared_.end())
    return refuse(AuthFailure::malformed_trailer, "A trailer is not among those that x-amz-trailer names.");
  if (!trailers_.try_emplace(name, value).second)
    return refuse(AuthFailure::malformed_trailer, "The trailer " + name + " is given twice.");
  trailerText_.append(name).append(1, ':').append(value).append(1, '\n');
  return {};
}

AuthStatus ChunkedDecoder::checkTrailerSignature() {
  if (!isSignature(trailerSignature_))
    return refuse(AuthFailure::malformed_trailer, "x-amz-trailer-signature is not 64 lower-case hexadecimal digits.");
  if (!signing_) return {};
  std::string text = chained("AWS4-HMAC-SHA256-TRAILER", *signing_, previous_);
  text.append(toHex(sha256(asBytes(trailerText_))));
  if (!sameSecret(toHex(hmacSha256(signing_->signingKey, text)), trailerSignature_))
    return refuse(AuthFailure::signature_does_not_match, "The signature of the trailers does not match.");
  return {};
}

AuthStatus ChunkedDecoder::onEnd() {
  for (const std::string& name : declared_)
    if (!trailers_.contains(name))
      return refuse(AuthFailure::malformed_trailer, "The trailer " + name + " that x-amz-trailer names is missing.");
  state_ = State::done;
  return {};
}

// minio-go ends a body with unsigned trailers in one CRLF too many; nothing else may follow the end.
AuthStatus ChunkedDecoder::onSurplus(BytesView& piece) {
  constexpr std::string_view kSurplus = "\r\n";
  const bool fits =
      !signed_ && surplus_ < kSurplus.size() && piece.front() == static_cast<std::uint8_t>(kSurplus[surplus_]);
  if (!fits) return broken("bytes follow the end.");
  ++surplus_;
  piece = piece.subspan(1);
  return {};
}

AuthResult<Trailers> ChunkedDecoder::finish() {
  if (!failed_ && state_ != State::done)
    failed_ = refuse(AuthFailure::incomplete_body,
                     "The aws-chunked body ended early, after " + std::to_string(consumed_) + " bytes.");
  if (!failed_ && surplus_ == 1) failed_ = broken("bytes follow the end.");
  if (failed_) return *failed_;
  return trailers_;
}

}  // namespace cairn::auth
