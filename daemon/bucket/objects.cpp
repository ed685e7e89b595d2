#include "daemon/bucket/objects.h"

#include <charconv>

namespace cairn::bucket {

std::string uploadKey(std::string_view key, std::string_view id) {
  return std::string(key) + '\0' + std::string(id);
}

std::string partKey(std::string_view key, std::string_view id, std::uint32_t number) {
  std::string digits = std::to_string(number);
  return uploadKey(key, id) + '\0' + std::string(5 - std::min<std::size_t>(5, digits.size()), '0') + digits;
}

std::optional<UploadTreeKey> parseUploadTreeKey(std::string_view treeKey) {
  std::size_t first = treeKey.find('\0');
  if (first == std::string_view::npos) return std::nullopt;
  UploadTreeKey out{treeKey.substr(0, first), treeKey.substr(first + 1), std::nullopt};
  std::size_t second = out.id.find('\0');
  if (second == std::string_view::npos) return out;
  std::string_view digits = out.id.substr(second + 1);
  out.id = out.id.substr(0, second);
  std::uint32_t number = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || digits.size() != 5) return std::nullopt;
  out.part = number;
  return out;
}

std::optional<std::string> afterPrefix(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xff) prefix.pop_back();
  if (prefix.empty()) return std::nullopt;
  prefix.back() = static_cast<char>(static_cast<unsigned char>(prefix.back()) + 1);
  return prefix;
}

Task<Result<Bytes>> resolve(index::NodeSource& source, BytesView value) {
  cbor::Reader r(value);
  auto type = r.peek();
  if (!type) co_return type.error();
  if (*type != cbor::Type::link) co_return toBytes(value);
  auto link = r.link();
  if (!link) co_return link.error();
  auto block = co_await source.blocks().get(*link);
  if (!block) co_return block.error();
  co_return toBytes(block->view());
}

Stored storable(Bytes value) {
  if (value.size() <= index::kMaxValue) return {std::move(value), std::nullopt};
  Cid cid = Cid::of(Codec::dag_cbor, value);
  Stored out;
  out.block = blocks::Block{cid, blocks::BlockData::own(std::move(value))};
  cbor::Writer(out.value).link(cid);
  return out;
}

Task<Result<std::optional<Entry>>> findEntry(index::NodeSource& source, index::Root objects, std::string key) {
  auto found = co_await index::get(source, objects, std::move(key));
  if (!found) co_return found.error();
  if (!*found) co_return std::optional<Entry>();
  auto value = co_await resolve(source, (*found)->value);
  if (!value) co_return value.error();
  auto entry = decodeEntry(*value, (*found)->weight);
  if (!entry) co_return entry.error();
  co_return std::optional<Entry>(std::move(*entry));
}

Task<Result<std::optional<Upload>>> findUpload(index::NodeSource& source, index::Root uploads, std::string key,
                                               std::string id) {
  auto found = co_await index::get(source, uploads, uploadKey(key, id));
  if (!found) co_return found.error();
  if (!*found) co_return std::optional<Upload>();
  auto value = co_await resolve(source, (*found)->value);
  if (!value) co_return value.error();
  auto upload = decodeUpload(*value);
  if (!upload) co_return upload.error();
  co_return std::optional<Upload>(std::move(*upload));
}

}  // namespace cairn::bucket
