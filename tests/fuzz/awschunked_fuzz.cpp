// aws-chunked bodies: never a crash, never more bytes than were promised, and the same answer however the body is cut.
// The first byte chooses the mode, the second the promised length, the third where to cut.

#include "common/base/result.h"
#include "daemon/auth/body_receiver.h"

namespace {

using namespace cairn;
using namespace cairn::auth;

struct Outcome {
  bool ok = false;
  std::string bytes;
  Trailers trailers;
};

Outcome run(const BodyPlan& plan, BytesView body, std::size_t cut) {
  BodyReceiver receiver(plan);
  Outcome outcome;
  std::vector<BytesView> out;
  outcome.ok = receiver.feed(body.first(cut), out).has_value() && receiver.feed(body.subspan(cut), out).has_value();
  for (const BytesView v : out) outcome.bytes.append(asText(v));
  CAIRN_ASSERT(outcome.bytes.size() <= plan.decodedLength);
  const auto end = receiver.finish();
  CAIRN_ASSERT(outcome.ok || !end);
  outcome.ok = end.has_value();
  if (end) outcome.trailers = *end;
  CAIRN_ASSERT(!outcome.ok || outcome.bytes.size() == plan.decodedLength);
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  BodyPlan plan;
  plan.mode = static_cast<BodyMode>(static_cast<int>(BodyMode::streaming_signed) + data[0] % 3);
  plan.decodedLength = data[1];
  if (plan.mode != BodyMode::streaming_signed) plan.trailers = {"x-amz-checksum-crc32"};
  const BytesView body(data + 3, size - 3);
  const Outcome whole = run(plan, body, 0);
  const Outcome cut = run(plan, body, body.empty() ? 0 : data[2] % body.size());
  CAIRN_ASSERT(whole.ok == cut.ok && whole.bytes == cut.bytes && whole.trailers == cut.trailers);
  plan.signing = SigningContext{{}, "20130524T000000Z", "20130524/us-east-1/s3/aws4_request", std::string(64, '0')};
  const Outcome verified = run(plan, body, 0);
  CAIRN_ASSERT(plan.mode == BodyMode::streaming_unsigned_trailer || !verified.ok || whole.ok);
  return 0;
}
