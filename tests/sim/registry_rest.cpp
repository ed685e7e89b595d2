// What the simulated code never asks of the registry: it says so, should that change.
#include "tests/sim/registry.h"

namespace cairn::sim {
namespace {

Error notSimulated() {
  return fail(Errc::unsupported, "the simulated registry does not do this yet");
}

}  // namespace

Task<Status> SimRegistry::heartbeat(MasterId, Epoch) {
  co_return notSimulated();
}
Task<Result<std::vector<registry::Master>>> SimRegistry::masters() {
  co_return notSimulated();
}
Task<Result<Epoch>> SimRegistry::fence(MasterId) {
  co_return notSimulated();
}
Task<Status> SimRegistry::unfence(MasterId) {
  co_return notSimulated();
}
Task<Result<registry::WriterLease>> SimRegistry::takeWriterLease(MasterId, std::uint32_t) {
  co_return notSimulated();
}
Task<Result<registry::WriterLease>> SimRegistry::writerLease() {
  co_return notSimulated();
}
Task<Status> SimRegistry::releaseWriterLease(MasterId, std::uint64_t) {
  co_return notSimulated();
}
Task<Result<bool>> SimRegistry::requireCas() {
  co_return notSimulated();
}
Task<Status> SimRegistry::setRequireCas(bool) {
  co_return notSimulated();
}
Task<Result<std::string>> SimRegistry::fleetId() {
  co_return notSimulated();
}
Task<Result<std::vector<registry::Race>>> SimRegistry::races(std::optional<BucketId>, std::size_t) {
  co_return notSimulated();
}
Task<Status> SimRegistry::addEvent(std::string, std::string) {
  co_return notSimulated();
}
Task<Result<std::vector<registry::Event>>> SimRegistry::events(std::uint64_t, std::size_t) {
  co_return notSimulated();
}
Task<Result<std::uint64_t>> SimRegistry::lastEvent() {
  co_return notSimulated();
}

}  // namespace cairn::sim
