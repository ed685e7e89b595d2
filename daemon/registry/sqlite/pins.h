// PinRegistry on SQLite: each call becomes a statement function on the right thread.
//
// Contract: daemon/registry/pins.h. Claims and reports of work that goes on are written softly, for they may be lost
// with the machine's power; all other changes share commits and their fsync with flips. The Calls given outlive this.
#pragma once

#include "daemon/registry/pins.h"
#include "daemon/registry/sqlite/calls.h"

namespace cairn::registry::sqlite {

class SqlitePins final : public PinRegistry {
 public:
  explicit SqlitePins(Calls& calls) : calls_(calls) {}

  Task<Result<PinRow>> add(PinRow row, std::uint64_t most) override;
  Task<Result<PinRow>> replace(std::string old, PinRow row) override;
  Task<Result<PinRow>> find(OwnerId owner, std::string id) override;
  Task<Result<PinPage>> list(OwnerId owner, PinFilter filter) override;
  Task<Status> remove(OwnerId owner, std::string id) override;
  Task<Result<std::map<PinState, std::uint64_t>>> counts() override;
  Task<Result<std::vector<PinRow>>> claim(MasterId master, std::chrono::milliseconds lease, std::size_t most) override;
  Task<Status> report(std::string id, std::uint64_t term, PinReport report) override;

 private:
  Calls& calls_;
};

}  // namespace cairn::registry::sqlite
