// Pins that users asked for: the rows behind the pinning service, and who works on each.
//
// Contract (every engine passes tests/unit/daemon/registry/conformance_pins): calls are thread-safe, suspend, and
// either do all they say or nothing. Errors as in registry.h, and Errc::unknown_outcome for a change whose commit got
// no answer: add() and replace() may then be asked again with the same id and give what stands. `createdAt` and all
// ages are by the registry's clock; no two pins of an owner have the same. Texts are UTF-8 without NUL; what they may
// be is the door's to say.
//
// A pin is worked on by the master that claimed it, for as long as its lease lives; another master claims it once that
// is over. Each claim has a term of its own, so that what a master reports late changes nothing.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/ids.h"
#include "common/cid/cid.h"
#include "daemon/rt/async.h"

namespace cairn::registry {

enum class PinState : std::uint8_t { queued, pinning, pinned, failed };
/// As the pinning service spells it.
std::string_view toString(PinState state);
std::optional<PinState> pinStateOf(std::string_view text);

using PinMeta = std::map<std::string, std::string>;

struct PinRow {
  std::string id;  ///< 32 hex digits, random; made by the caller
  OwnerId owner;
  Cid root;
  std::string cid;               ///< as its owner spelled it
  std::string name, foldedName;  ///< empty: none. Folded for comparisons that ignore case
  std::vector<std::string> origins;
  PinMeta meta;
  PinState state = PinState::queued;
  bool proved = false;   ///< the owner has shown a right to the bytes, or brought them
  std::string details;   ///< why it failed or waits; for its owner
  Timestamp createdAt;   ///< given by the engine
  std::int64_t age = 0;  ///< milliseconds since then
  std::uint64_t attempts = 0, term = 0;
};

struct PinFilter {
  std::vector<Cid> roots;           ///< one of these; none: any
  std::optional<std::string> name;  ///< folded where `ignoreCase`
  bool ignoreCase = false, partial = false;
  std::vector<PinState> states;            ///< one of these; none: any
  std::optional<Timestamp> before, after;  ///< exclusive
  PinMeta meta;                            ///< all of these
  std::size_t limit = 10;
};

struct PinPage {
  std::uint64_t count = 0;   ///< of all that match
  std::vector<PinRow> rows;  ///< newest first, at most the limit
};

/// What has become of a claim.
struct PinReport {
  PinState state = PinState::pinning;
  std::string details{};
  bool proved = false;
  /// pinning: how long the claim lives on; queued: when the pin may be claimed again.
  std::chrono::milliseconds time{0};
};

class PinRegistry {
 public:
  virtual ~PinRegistry() = default;

  /// Errc::too_large when the owner has `most` pins already.
  virtual Task<Result<PinRow>> add(PinRow row, std::uint64_t most) = 0;
  /// Puts `row` in the place of its owner's pin `old`. Errc::not_found when there is none.
  virtual Task<Result<PinRow>> replace(std::string old, PinRow row) = 0;
  virtual Task<Result<PinRow>> find(OwnerId owner, std::string id) = 0;
  virtual Task<Result<PinPage>> list(OwnerId owner, PinFilter filter) = 0;
  virtual Task<Status> remove(OwnerId owner, std::string id) = 0;
  /// By state, of all owners.
  virtual Task<Result<std::map<PinState, std::uint64_t>>> counts() = 0;

  /// Claims at most `most` of those that are due, of as many owners as possible.
  virtual Task<Result<std::vector<PinRow>>> claim(MasterId master, std::chrono::milliseconds lease,
                                                  std::size_t most) = 0;
  /// Errc::not_found when the pin is gone or claimed anew.
  virtual Task<Status> report(std::string id, std::uint64_t term, PinReport report) = 0;
};

// The columns `meta` and `origins` of both engines, pure.
std::string pinMetaText(const PinMeta& meta);
/// nullopt: no object of texts.
std::optional<PinMeta> pinMetaOf(const std::string& text);
/// What is wrong with a row that another program may have written.
std::optional<std::string> wrongWith(const PinRow& row);

}  // namespace cairn::registry
