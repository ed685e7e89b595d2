// The S3 door's metrics: requests by operation and status, latency by operation.
//
// Contract: thread-safe. record() takes no lock once an operation and status were seen. Time is in seconds.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "daemon/rt/clock.h"
#include "daemon/rt/metrics.h"

namespace cairn::s3 {

class DoorMetrics {
 public:
  DoorMetrics();
  /// `operation`: a name from nameOf(); any other is counted as "Unknown".
  void record(std::string_view operation, unsigned status, Duration took);

 private:
  struct Row {
    std::string name;
    prometheus::Histogram* latency = nullptr;
    std::array<std::atomic<prometheus::Counter*>, 600> byStatus{};
  };
  Row& rowOf(std::string_view operation);

  std::map<std::string, std::unique_ptr<Row>, std::less<>> rows_;  ///< filled by the constructor, fixed afterwards
};

}  // namespace cairn::s3
