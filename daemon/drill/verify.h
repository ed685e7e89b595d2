// Looks for every acknowledged write through every master that still answers.
//
// Contract: used from one thread, after Workload::run(). verify() lists the drill's keys and reads each acknowledged
// one through each master in turn, comparing ETag and bytes; it sets each tally's `lost` and `verified`, and adds
// examples and notes. A master that does not answer, or stops answering, is passed over with a note: what it was seen
// to lack until then still counts. `stop` is looked at between requests and leaves the master at hand unverified.
#pragma once

#include "daemon/drill/workload.h"

namespace cairn::drill {

struct VerifyOptions {
  std::size_t readers = 32;
  std::uint32_t tries = 20;  ///< of a request, before its master counts as gone
  std::function<void(std::uint64_t read)> progress;
};

Task<void> verify(const Workload& work, std::vector<S3Client*> masters, Clock& clock, const bool& stop,
                  VerifyOptions options, Report& report);

/// Every key under the drill's prefix, key -> ETag.
Task<Result<std::map<std::string, std::string>>> listAll(S3Client& master, const WorkPlan& plan, Clock& clock,
                                                         const bool& stop, std::uint32_t tries);

}  // namespace cairn::drill
