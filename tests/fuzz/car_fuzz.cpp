// CAR: the blocks that are read and the verdict do not depend on how the input is cut, and each block has its CID.

#include "common/cid/car.h"

namespace {

struct Outcome {
  std::vector<cairn::Cid> cids;
  std::optional<std::vector<cairn::Cid>> roots;
  bool ok = false;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome read(cairn::BytesView car, std::size_t piece) {
  Outcome outcome;
  cairn::car::Reader reader([&](const cairn::Cid& cid, cairn::BytesView block) -> cairn::Status {
    CAIRN_ASSERT(cid.verifies(block));
    outcome.cids.push_back(cid);
    return {};
  });
  bool fed = true;
  while (fed && !car.empty()) {
    fed = reader.feed(car.first(std::min(piece, car.size()))).has_value();
    car = car.subspan(std::min(piece, car.size()));
  }
  outcome.ok = reader.finish().has_value();
  CAIRN_ASSERT(fed || !outcome.ok);
  outcome.roots = reader.roots();
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const cairn::BytesView car(data, size);
  const Outcome whole = read(car, size + 1);
  CAIRN_ASSERT(read(car, 1) == whole);
  CAIRN_ASSERT(read(car, 7) == whole);
  return 0;
}
