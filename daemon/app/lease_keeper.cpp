#include "daemon/app/lease_keeper.h"

namespace cairn::app {
namespace {
constexpr std::uint32_t kMilliseconds = 10'000;
}

Task<void> LeaseKeeper::look() {
  return writer_.cas ? beware() : renew();
}

Task<void> LeaseKeeper::renew() {
  auto lease = co_await registry_.takeWriterLease(writer_.master, kMilliseconds);
  if (!lease) {
    status_.setWriteBar(lease.error().message);
    co_return;
  }
  const bool mine = lease->holder == writer_.master;
  writer_.leaseTerm = mine ? lease->term : 0;
  status_.setWriteBar(mine ? "" : "registry.cas is off and the writer lease is held by " + lease->holder.get());
}

/// While a master with CAS off writes, none with CAS on may.
Task<void> LeaseKeeper::beware() {
  auto lease = co_await registry_.writerLease();
  if (!lease) co_return;  // heartbeats tell that the registry is away
  std::string bar;
  if (lease->live) {
    auto required = co_await registry_.requireCas();
    if (!required) co_return;
    if (!*required)
      bar = lease->holder.get() +
            ", with registry.cas off, holds the writer lease: stop it, or see cairnd fleet graduate";
  }
  status_.setWriteBar(std::move(bar));
}

Task<void> LeaseKeeper::release() {
  if (!writer_.cas && writer_.leaseTerm > 0)
    (void)co_await registry_.releaseWriterLease(writer_.master, writer_.leaseTerm);
}

}  // namespace cairn::app
