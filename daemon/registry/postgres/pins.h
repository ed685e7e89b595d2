// PinRegistry on PostgreSQL: each call becomes a transaction, or one round trip.
//
// Contract: daemon/registry/pins.h. The Calls given outlive this.
#pragma once

#include "daemon/registry/pins.h"
#include "daemon/registry/postgres/calls.h"

namespace cairn::registry::postgres {

class PostgresPins final : public PinRegistry {
 public:
  explicit PostgresPins(Calls& calls) : calls_(calls) {}

  Task<Result<PinRow>> add(PinRow row, std::uint64_t most) override;
  Task<Result<PinRow>> replace(std::string old, PinRow row) override;
  Task<Result<PinRow>> find(OwnerId owner, std::string id) override;
  Task<Result<PinPage>> list(OwnerId owner, PinFilter filter) override;
  Task<Status> remove(OwnerId owner, std::string id) override;
  Task<Result<std::map<PinState, std::uint64_t>>> counts() override;
  Task<Result<std::vector<PinRow>>> claim(MasterId master, std::chrono::milliseconds lease, std::size_t most) override;
  Task<Status> report(std::string id, std::uint64_t term, PinReport report) override;

 private:
  Task<Result<Rows>> one(std::string doing, Call call);
  Calls& calls_;
};

}  // namespace cairn::registry::postgres
