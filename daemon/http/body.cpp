#include "daemon/http/body.h"

#include <algorithm>
#include <cstring>

namespace cairn::http {

Task<Result<Bytes>> readAll(BodyReader& body, std::size_t limit) {
  if (auto n = body.length(); n && *n > limit)
    co_return fail(Errc::too_large,
                   "body of " + std::to_string(*n) + " bytes is over the limit of " + std::to_string(limit));
  Bytes all;
  if (body.length()) all.reserve(static_cast<std::size_t>(*body.length()));
  for (;;) {
    auto part = co_await body.read();
    if (!part) co_return part.error();
    if (part->empty()) co_return all;
    if (part->size() > limit - all.size())
      co_return fail(Errc::too_large, "body is over the limit of " + std::to_string(limit) + " bytes");
    append(all, *part);
  }
}

Task<Result<std::size_t>> readFull(BodyReader& body, std::span<std::uint8_t> into) {
  std::size_t have = 0;
  while (have < into.size()) {
    auto n = co_await body.readInto(into.subspan(have));
    if (!n) co_return n.error();
    if (*n == 0) break;
    have += *n;
  }
  co_return have;
}

Task<Result<BytesView>> BytesBody::read(std::size_t atMost) {
  BytesView view = BytesView(bytes_).subspan(at_);
  view = view.first(std::min(view.size(), atMost));
  at_ += view.size();
  co_return view;
}

Task<Result<std::size_t>> BytesBody::readInto(std::span<std::uint8_t> into) {
  std::size_t n = std::min(into.size(), bytes_.size() - at_);
  std::memcpy(into.data(), bytes_.data() + at_, n);
  at_ += n;
  co_return n;
}

}  // namespace cairn::http
