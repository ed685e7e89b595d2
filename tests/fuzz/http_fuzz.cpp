// Heads and chunked bodies from hostile peers: never a crash, and the same reading however the bytes are cut.
#include <algorithm>
#include <cstdlib>

#include "common/base/url.h"
#include "daemon/http/chunk.h"
#include "daemon/http/parser.h"

namespace {

using namespace cairn;
using namespace cairn::http;

struct Decoded {
  bool failed = false, done = false;
  Bytes payload;
  bool operator==(const Decoded&) const = default;
};

Decoded decode(BytesView in, std::size_t step) {
  ChunkDecoder decoder;
  Decoded out;
  while (!in.empty() && !decoder.done()) {
    BytesView piece = in.first(std::min(step, in.size()));
    std::size_t used = 0;
    if (decoder.dataLeft() > 0) {
      used = static_cast<std::size_t>(std::min<std::uint64_t>(decoder.dataLeft(), piece.size()));
      append(out.payload, piece.first(used));
      decoder.took(used);
    } else {
      auto n = decoder.framing(piece);
      if (!n) return out.failed = true, out;
      used = *n;
    }
    in = in.subspan(used);
  }
  out.done = decoder.done();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  BytesView in(data, size);
  if (decode(in, 1) != decode(in, SIZE_MAX)) std::abort();
  std::string head(asText(in));
  Request request;
  ResponseHead response;
  Framing framing;
  if (!parseRequestHead(head, 64, request, framing)) (void)parseQuery(request.rawQuery);
  (void)parseResponseHead(head, false, response, framing);
  return 0;
}
