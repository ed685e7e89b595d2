// Imports: hostile CARs never get past the walk, and files of any shape are taken exactly when every block is there and
// no size lies; then what is read back, whole and in ranges, is the content.
//
// An input that starts with an even byte is a CAR as it stands; else it is a recipe for a file, so that blocks have the
// hashes that their links need.
#include "common/digest/digest.h"
#include "daemon/bucket/content.h"
#include "daemon/bucket/import.h"
#include "tests/support/foreign_file.h"
#include "tests/support/memory_store.h"
#include "tests/support/run.h"

namespace {

using namespace cairn;
using test::Piece;

constexpr std::size_t kMostContent = 1U << 14;

struct Recipe {
  BytesView left;
  std::vector<Piece> pieces;
  std::vector<bool> sound;  ///< everything below was brought, and no size lies
  std::vector<bool> brought;

  std::uint8_t byte() {
    if (left.empty()) return 0;
    const std::uint8_t b = left.front();
    left = left.subspan(1);
    return b;
  }
  void leaf(std::uint8_t op) {
    pieces.push_back(test::rawLeaf(std::string(byte() % 32U, static_cast<char>(byte()))));
    sound.push_back((op & 4) == 0);
  }
  void node(std::uint8_t op) {
    std::vector<Piece> children;
    std::vector<std::uint64_t> says;
    bool whole = (op & 4) == 0;
    for (unsigned count = (op >> 4) & 7U; count > 0 && !pieces.empty(); --count) {
      const std::size_t which = byte() % pieces.size();
      children.push_back(pieces[which]);
      says.push_back(pieces[which].content.size());
      whole = whole && sound[which];
    }
    if ((op & 8) != 0 && !says.empty()) {
      ++says.front();
      whole = false;
    }
    const auto type = (op & 128) != 0 ? test::NodeType::raw : test::NodeType::file;
    pieces.push_back(test::fileNode(std::string(byte() % 8U, 'n'), children, type, says));
    sound.push_back(whole);
  }
  void cook() {
    while (!left.empty() && pieces.size() < 64) {
      const std::uint8_t op = byte();
      (op & 3) == 0 ? leaf(op) : node(op);
      brought.push_back((op & 4) == 0);
      if (pieces.back().content.size() > kMostContent) break;
    }
  }
};

std::string read(test::MemoryStore& store, const Cid& content, std::uint64_t offset, std::uint64_t length) {
  const auto reader = bucket::makeContentReader(store, content, offset, length);
  std::string out;
  for (;;) {
    const auto piece = test::run(reader->next());
    CAIRN_ASSERT(piece.has_value());
    if (piece->bytes.empty()) return out;
    out += asText(piece->bytes);
  }
}

void checkContent(test::MemoryStore& store, const bucket::Imported& imported, const std::string* expected) {
  const std::string whole = read(store, imported.content.cid, 0, imported.content.size);
  CAIRN_ASSERT(whole.size() == imported.content.size);
  CAIRN_ASSERT(std::ranges::equal(digest(DigestAlgorithm::md5, asBytes(whole)), imported.md5));
  if (expected != nullptr) CAIRN_ASSERT(whole == *expected);
  for (const std::size_t from : {whole.size() / 3, whole.size() / 2}) {
    const std::size_t length = (whole.size() - from) / 2;
    CAIRN_ASSERT(read(store, imported.content.cid, from, length) == whole.substr(from, length));
  }
}

bucket::Outcome<bucket::Imported> import(test::MemoryStore& store, BytesView car) {
  const auto importing = bucket::makeContentImport(store, store);
  if (auto s = test::run(importing->write(car)); !s) return s.error();
  return test::run(importing->finish());
}

/// The same bytes are one block: one that was left out in one place may have come in another.
bool soundAfterAll(const Recipe& recipe) {
  for (std::size_t i = 0; i < recipe.pieces.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (recipe.pieces[i].cid == recipe.pieces[j].cid && recipe.brought[i] != recipe.brought[j]) return true;
  return recipe.sound.back();
}

void recipe(BytesView bytes) {
  Recipe recipe{bytes, {}, {}, {}};
  recipe.cook();
  if (recipe.pieces.empty()) return;
  std::vector<Piece> brought;
  for (std::size_t i = 0; i < recipe.pieces.size(); ++i)
    if (recipe.brought[i]) brought.push_back(recipe.pieces[i]);
  test::MemoryStore store;
  const auto imported = import(store, test::carOf(recipe.pieces.back().cid, brought));
  if (recipe.sound.back()) CAIRN_ASSERT(imported.has_value());
  if (!soundAfterAll(recipe)) CAIRN_ASSERT(!imported.has_value());
  if (imported) checkContent(store, *imported, recipe.sound.back() ? &recipe.pieces.back().content : nullptr);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView bytes(data, size);
  if (size > 0 && (data[0] & 1) != 0) {
    recipe(bytes.subspan(1));
    return 0;
  }
  test::MemoryStore store;
  const auto imported = import(store, bytes);
  if (imported && imported->content.size <= kMostContent) checkContent(store, *imported, nullptr);
  return 0;
}
