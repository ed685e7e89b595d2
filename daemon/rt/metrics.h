// The process's metrics: one prometheus-cpp registry, exposed by the API door at /metrics.
//
// Contract: thread-safe; handles stay valid for the process's life. Names follow Prometheus's conventions
// (cairn_<area>_<what>_<unit>|_total). Obtain a handle once, not per event: the look-up takes a lock.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <memory>
#include <string>

namespace cairn::metrics {

using Labels = std::map<std::string, std::string>;

prometheus::Registry& registry();
prometheus::Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
prometheus::Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
/// Seconds, from 100 us to 30 s.
prometheus::Histogram& latency(const std::string& name, const std::string& help, const Labels& labels = {});
/// Small counts: 1, 2, 4 ... 4096.
prometheus::Histogram& sizes(const std::string& name, const std::string& help, const Labels& labels = {});
/// Text exposition format 0.0.4.
std::string expose();

}  // namespace cairn::metrics
