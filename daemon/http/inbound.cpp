#include "daemon/http/inbound.h"

#include <algorithm>
#include <cstring>
#include <mutex>

namespace cairn::http {
namespace {

constexpr std::size_t kBuffer = 16 * 1024;
constexpr std::size_t kKeptBuffers = 32;

struct Shelf {
  std::mutex mutex;
  std::vector<std::unique_ptr<std::uint8_t[]>> free;
};

Shelf& shelf() {
  static Shelf s;
  return s;
}

}  // namespace

BigBuffer::BigBuffer() {
  {
    std::lock_guard lock(shelf().mutex);
    if (!shelf().free.empty()) {
      memory_ = std::move(shelf().free.back());
      shelf().free.pop_back();
      return;
    }
  }
  memory_ = std::make_unique_for_overwrite<std::uint8_t[]>(kSize);
}

BigBuffer::~BigBuffer() {
  std::lock_guard lock(shelf().mutex);
  if (shelf().free.size() < kKeptBuffers) shelf().free.push_back(std::move(memory_));
}

Inbound::Inbound(Transport& transport) : transport_(transport), buffer_(kBuffer) {}

void Inbound::skipEmptyLines() {
  // RFC 9112 2.2: clients of old sent one after a body.
  for (int i = 0; i < 2 && end_ - at_ >= 2 && buffer_[at_] == '\r' && buffer_[at_ + 1] == '\n'; ++i) at_ += 2;
}

void Inbound::makeRoom(std::size_t limit) {
  if (at_ == end_) {
    at_ = end_ = 0;
  } else if (end_ == buffer_.size()) {
    std::memmove(buffer_.data(), buffer_.data() + at_, end_ - at_);
    end_ -= at_;
    at_ = 0;
  }
  if (end_ == buffer_.size()) buffer_.resize(std::min(buffer_.size() * 2, std::max(limit + 4, kBuffer)));
}

Task<Result<std::string_view>> Inbound::readHead(std::size_t limit, Micros idleUntil,
                                                 std::chrono::microseconds headTime) {
  big_.reset();
  Micros headUntil = kNever;
  std::size_t searched = 0;
  for (;;) {
    if (searched == 0) skipEmptyLines();
    auto text = asText(BytesView(buffer_).subspan(at_, end_ - at_));
    std::size_t found = text.find("\r\n\r\n", searched);
    std::size_t size = found == text.npos ? text.size() : found + 4;
    if (size > limit)
      co_return fail(Errc::too_large, "the head is over the limit of " + std::to_string(limit) + " bytes");
    if (found != text.npos) {
      at_ += size;
      co_return text.substr(0, size);
    }
    searched = text.size() < 3 ? 0 : text.size() - 3;
    waitingForFirst_ = text.empty();
    if (!waitingForFirst_ && headUntil == kNever) headUntil = later(nowMicros(), headTime);
    makeRoom(limit);
    auto n =
        co_await transport_.readSome(std::span(buffer_).subspan(end_), waitingForFirst_ ? idleUntil : headUntil, false);
    bool first = std::exchange(waitingForFirst_, false);
    if (!n) co_return n.error();
    if (*n == 0 && first) co_return std::string_view();
    if (*n == 0) co_return fail(Errc::invalid, "the connection was closed in the middle of a head");
    end_ += *n;
  }
}

void Inbound::beginBody(const Framing& framing, std::uint64_t limit, Pace pace) {
  framing_ = framing;
  chunks_ = ChunkDecoder();
  left_ = framing.body == Framing::Body::length ? framing.length : 0;
  received_ = 0;
  limit_ = limit;
  pace_ = pace;
  closedByPeer_ = false;
  failed_.reset();
}

bool Inbound::bodyDone() const {
  switch (framing_.body) {
    case Framing::Body::none:
      return true;
    case Framing::Body::length:
      return left_ == 0;
    case Framing::Body::chunked:
      return chunks_.done();
    case Framing::Body::untilClose:
      return closedByPeer_;
  }
  return true;
}

std::optional<std::uint64_t> Inbound::bodyLeft() const {
  if (framing_.body == Framing::Body::none) return 0;
  if (framing_.body == Framing::Body::length) return left_;
  return std::nullopt;
}

std::uint64_t Inbound::available() const {
  if (bodyDone()) return 0;
  if (framing_.body == Framing::Body::length) return left_;
  if (framing_.body == Framing::Body::chunked) return chunks_.dataLeft();
  return UINT64_MAX;
}

void Inbound::took(std::uint64_t n) {
  received_ += n;
  if (framing_.body == Framing::Body::length) left_ -= n;
  if (framing_.body == Framing::Body::chunked) chunks_.took(n);
}

Error Inbound::failure(Error e) {
  failed_ = e;
  return e;
}

Error Inbound::truncated(const Error* why) {
  std::string of = framing_.body == Framing::Body::length ? " of " + std::to_string(framing_.length) : "";
  return failure(fail(Errc::invalid, "body ended after " + std::to_string(received_) + of + " bytes" +
                                         (why ? " (" + why->message + ")" : "")));
}

/// Bytes of the connection, at the body's pace; 0 only where the body ends with the connection.
Task<Result<std::size_t>> Inbound::receive(std::span<std::uint8_t> into) {
  auto n = co_await transport_.readPaced(into, pace_);
  if (!n) {
    Error why = n.error();
    co_return why.code == Errc::io ? truncated(&why) : failure(why);
  }
  if (*n == 0 && framing_.body != Framing::Body::untilClose) co_return truncated(nullptr);
  closedByPeer_ = *n == 0;
  co_return *n;
}

Task<Status> Inbound::fill() {
  makeRoom(buffer_.size());
  auto n = co_await receive(std::span(buffer_).subspan(end_));
  if (!n) co_return n.error();
  end_ += *n;
  co_return Status();
}

Task<Status> Inbound::chunkFraming() {
  while (chunks_.dataLeft() == 0 && !chunks_.done()) {
    if (buffered() == 0)
      if (Status s = co_await fill(); !s) co_return s.error();
    auto used = chunks_.framing(BytesView(buffer_).subspan(at_, end_ - at_));
    if (!used) co_return failure(used.error());
    at_ += *used;
  }
  if (chunks_.dataLeft() > limit_ - received_)
    co_return failure(fail(Errc::too_large, "body is over the limit of " + std::to_string(limit_) + " bytes"));
  co_return Status();
}

Task<Status> Inbound::prepare() {
  if (failed_) co_return *failed_;
  if (framing_.body == Framing::Body::chunked) co_return co_await chunkFraming();
  if (framing_.body == Framing::Body::untilClose && received_ > limit_)
    co_return failure(fail(Errc::too_large, "body is over the limit of " + std::to_string(limit_) + " bytes"));
  co_return Status();
}

Task<Result<BytesView>> Inbound::read(std::size_t atMost) {
  if (failed_ || framing_.body != Framing::Body::length)
    if (Status s = co_await prepare(); !s) co_return s.error();
  auto want = static_cast<std::size_t>(std::min<std::uint64_t>(available(), atMost));
  if (want == 0) co_return BytesView();
  if (buffered() == 0 && want > kBuffer) {
    if (!big_) big_ = std::make_unique<BigBuffer>();
    auto n = co_await receive(big_->span().first(std::min(want, BigBuffer::kSize)));
    if (!n) co_return n.error();
    took(*n);
    co_return BytesView(big_->span().first(*n));
  }
  if (buffered() == 0)
    if (Status s = co_await fill(); !s) co_return s.error();
  BytesView view = BytesView(buffer_).subspan(at_, std::min(want, buffered()));
  at_ += view.size();
  took(view.size());
  co_return view;
}

Task<Result<std::size_t>> Inbound::readInto(std::span<std::uint8_t> into) {
  if (failed_ || framing_.body != Framing::Body::length)
    if (Status s = co_await prepare(); !s) co_return s.error();
  auto want = static_cast<std::size_t>(std::min<std::uint64_t>(available(), into.size()));
  if (want == 0) co_return std::size_t{0};
  if (buffered() == 0 && want < kBuffer)  // what is behind the body may come along in the same call
    if (Status s = co_await fill(); !s) co_return s.error();
  std::size_t n = std::min(want, buffered());
  if (n > 0) {
    std::memcpy(into.data(), buffer_.data() + at_, n);
    at_ += n;
  } else if (!closedByPeer_) {
    auto got = co_await receive(into.first(want));
    if (!got) co_return got.error();
    n = *got;
  }
  took(n);
  co_return n;
}

Task<bool> Inbound::discard(std::uint64_t atMost) {
  while (!bodyDone()) {
    if (atMost == 0) co_return false;
    auto part = co_await read(static_cast<std::size_t>(std::min<std::uint64_t>(atMost, BigBuffer::kSize)));
    if (!part) co_return false;
    if (part->empty()) break;
    atMost -= part->size();
  }
  co_return bodyDone();
}

}  // namespace cairn::http
