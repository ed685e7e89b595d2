// Decoder of aws-chunked framing, with and without chunk signatures and trailers.
//
// Contract: a pure state machine in constant memory (one header line of at most 1 KiB, trailers of at most 8 KiB).
// feed() appends views of payload inside the piece given; finish() says whether the body was complete. Errors are
// sticky. Strict: chunk sizes are 1 to 16 hex digits and no larger than what is left of decodedLength, lines end in
// CRLF, a signature is 64 lower-case hex digits, exactly one final chunk of size 0, nothing after the end. Three habits
// of minio-go are allowed: trailers that end in LF, an empty line before the trailers' signature, one CRLF after
// unsigned trailers. Trailers must be those that x-amz-trailer names, each once. A chunk's signature is checked when
// the chunk is complete, after its bytes were given out. Not for concurrent use. Source: "Transferring Payload in
// Multiple Chunks (Chunked Upload)", "... including trailing headers", Amazon S3 API reference.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/bytes.h"
#include "common/cid/sha256.h"
#include "daemon/auth/body_plan.h"
#include "daemon/auth/failure.h"

namespace cairn::auth {

using Trailers = std::map<std::string, std::string>;

class ChunkedDecoder {
 public:
  static constexpr std::size_t kMaxChunkHeader = 1024;
  static constexpr std::size_t kMaxTrailerBytes = 8192;

  /// `plan` must be of an aws-chunked mode.
  explicit ChunkedDecoder(const BodyPlan& plan);
  AuthStatus feed(BytesView piece, std::vector<BytesView>& out);
  AuthResult<Trailers> finish();

 private:
  enum class State : std::uint8_t { header, data, data_end, trailers, done };

  AuthStatus step(BytesView& piece, std::vector<BytesView>& out);
  /// Moves bytes up to CRLF from `piece` into line_; true when line_ is complete (CRLF removed).
  AuthResult<bool> readLine(BytesView& piece, std::size_t limit);
  AuthStatus onHeader();
  AuthStatus onChunkEnd();
  AuthStatus onTrailerLine();
  AuthStatus onEnd();
  AuthStatus onSurplus(BytesView& piece);
  AuthStatus checkTrailerSignature();
  AuthError broken(std::string what) const;

  bool signed_;
  bool trailer_;
  std::optional<SigningContext> signing_;
  std::string previous_;  ///< signature of the chunk before, hex
  std::uint64_t left_;    ///< of decodedLength
  std::vector<std::string> declared_;

  State state_ = State::header;
  std::string line_;
  std::uint64_t chunkLeft_ = 0;
  bool last_ = false;
  std::string chunkSignature_;
  std::optional<Sha256> chunkHash_;
  std::size_t trailerBytes_ = 0;
  std::string trailerText_;
  std::string trailerSignature_;
  bool gap_ = false;         ///< the empty line that minio-go puts before the trailers' signature was seen
  std::size_t surplus_ = 0;  ///< bytes of a surplus CRLF seen after the end
  Trailers trailers_;
  std::uint64_t consumed_ = 0;
  std::optional<AuthError> failed_;
};

}  // namespace cairn::auth
