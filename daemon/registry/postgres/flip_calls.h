// The statements of flips (statements/flip_*.sql) with their parameters.
//
// Contract: values only. Each statement takes one round trip and is a whole transaction.
#pragma once

#include <span>

#include "daemon/registry/postgres/values.h"
#include "daemon/registry/registry.h"

namespace cairn::registry::postgres {

/// Generated from statements/: a CAS flip that expects no row, one that expects a row, several of those, and a dark
/// flip.
extern const char* const kFlipFirst;
extern const char* const kFlipNext;
extern const char* const kFlipSeveral;
extern const char* const kFlipDark;

/// A flip and the spelling of the root that it expects. Points at what its caller keeps.
struct AskedFlip {
  const FlipRequest* request;
  const std::string* expectedRoot;
};

/// Whether it is a CAS flip that expects a row: such flips can go together.
bool goesWithOthers(const AskedFlip& flip);
Call flipCall(const AskedFlip& flip);
/// `flips` is not empty: of one master and epoch, goesWithOthers(), each of another bucket, sorted by their buckets.
Call flipsCall(std::span<const AskedFlip> flips);
/// SHA-256 of a receipt; empty for none.
Bytes hashOf(const Bytes& receipt);

}  // namespace cairn::registry::postgres
