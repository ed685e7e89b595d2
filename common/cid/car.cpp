#include "common/cid/car.h"

#include "common/cid/cbor.h"
#include "common/cid/varint.h"

namespace cairn::car {
namespace {

constexpr std::uint64_t kVersion = 1;
constexpr std::size_t kMaxSection = Cid::size + kMaxCarBlock;

Error corrupt(std::string what) {
  return fail(Errc::corrupt, std::move(what));
}

Result<std::vector<Cid>> decodeRoots(cbor::Reader& reader) {
  const auto count = reader.array();
  if (!count) return count.error();
  std::vector<Cid> roots;
  for (std::uint64_t i = 0; i < *count; ++i) {
    auto root = reader.foreignLink();
    if (!root) return root.error();
    roots.push_back(*root);
  }
  return roots;
}

Result<std::vector<Cid>> decodeHeader(BytesView bytes) {
  cbor::Reader reader(bytes);
  std::optional<std::vector<Cid>> roots;
  std::optional<std::uint64_t> version;
  std::optional<std::string_view> previous;
  const auto entries = reader.map();
  if (!entries) return entries.error();
  for (std::uint64_t i = 0; i < *entries; ++i) {
    const auto key = reader.key(previous);
    if (!key) return key.error();
    if (*key == "roots") {
      auto r = decodeRoots(reader);
      if (!r) return r.error();
      roots = std::move(*r);
    } else if (*key == "version") {
      const auto v = reader.uint();
      if (!v) return v.error();
      version = *v;
    } else {
      return corrupt("unknown field");
    }
  }
  if (auto end = reader.end(); !end) return end.error();
  if (!version) return corrupt("no version");
  if (*version != kVersion) {
    return fail(Errc::unsupported, "version " + std::to_string(*version) + "; only CAR version 1 is supported");
  }
  if (!roots) return corrupt("no roots");
  return std::move(*roots);
}

}  // namespace

void appendHeader(Bytes& out, std::span<const Cid> roots) {
  Bytes header;
  cbor::Writer writer(header);
  cbor::MapWriter map(writer, 2);
  map.key("roots").array(roots.size());
  for (const Cid& root : roots) writer.link(root);
  map.key("version").uint(kVersion);
  appendVarint(out, header.size());
  append(out, header);
}

void appendBlock(Bytes& out, const Cid& cid, BytesView data) {
  appendVarint(out, Cid::size + data.size());
  append(out, cid.bytes());
  append(out, data);
}

std::size_t blockBytes(const Cid&, std::size_t dataSize) {
  return varintBytes(Cid::size + dataSize) + Cid::size + dataSize;
}

Status Reader::feed(BytesView piece) {
  if (failure_) return *failure_;
  append(buffer_, piece);
  auto status = consume();
  if (!status) failure_ = status.error();
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(start_));
  consumed_ += start_;
  start_ = 0;
  return status;
}

Status Reader::finish() {
  if (failure_) return *failure_;
  if (!roots_) return failWith(Errc::corrupt, "ends inside the header");
  if (!buffer_.empty()) return failWith(Errc::corrupt, "ends inside a block");
  return {};
}

Status Reader::consume() {
  for (;;) {
    const auto more = section();
    if (!more) return more.error();
    if (!*more) return {};
  }
}

/// Takes one length-prefixed section; false when it is not all there yet.
Result<bool> Reader::section() {
  const BytesView rest = BytesView(buffer_).subspan(start_);
  std::size_t at = 0;
  std::uint64_t length = 0;
  switch (readVarint(rest, at, length)) {
    case VarintState::short_:
      return false;
    case VarintState::bad:
      return failWith(Errc::corrupt, "length is not a varint in its shortest form").error();
    case VarintState::ok:
      break;
  }
  // Refused by its claim alone, so that nobody makes the reader buffer more than one block.
  if (length == 0 || length > kMaxSection) {
    return failWith(Errc::corrupt, "section of " + std::to_string(length) + " bytes; a block has at most " +
                                       std::to_string(kMaxCarBlock))
        .error();
  }
  if (rest.size() - at < length) return false;
  const BytesView bytes = rest.subspan(at, static_cast<std::size_t>(length));
  if (auto status = roots_ ? block(bytes) : header(bytes); !status) return status.error();
  start_ += at + bytes.size();
  return true;
}

Status Reader::header(BytesView bytes) {
  auto roots = decodeHeader(bytes);
  if (!roots) return failWith(roots.error().code, "header: " + roots.error().message);
  roots_ = std::move(*roots);
  return {};
}

Status Reader::block(BytesView bytes) {
  std::size_t used = 0;
  const auto cid = Cid::decodeForeign(bytes, used);
  if (!cid) {
    const Errc code = cid.error().code == Errc::unsupported ? Errc::unsupported : Errc::corrupt;
    return failWith(code, cid.error().message);
  }
  const BytesView data = bytes.subspan(used);
  if (!cid->verifies(data)) return failWith(Errc::corrupt, "block does not hash to its CID " + cid->str());
  return onBlock_(*cid, data);
}

Status Reader::failWith(Errc code, std::string message) {
  return fail(code, "CAR at byte " + std::to_string(consumed_ + start_) + ": " + message);
}

}  // namespace cairn::car
