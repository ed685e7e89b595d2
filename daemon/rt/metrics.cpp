#include "daemon/rt/metrics.h"

#include <prometheus/text_serializer.h>

#include <sstream>

namespace cairn::metrics {

prometheus::Registry& registry() {
  static prometheus::Registry r;
  return r;
}

prometheus::Counter& counter(const std::string& name, const std::string& help, const Labels& labels) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry()).Add(labels);
}

prometheus::Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry()).Add(labels);
}

prometheus::Histogram& latency(const std::string& name, const std::string& help, const Labels& labels) {
  return prometheus::BuildHistogram()
      .Name(name)
      .Help(help)
      .Register(registry())
      .Add(labels, prometheus::Histogram::BucketBoundaries{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1,
                                                           .25, .5, 1, 2.5, 5, 10, 30});
}

prometheus::Histogram& sizes(const std::string& name, const std::string& help, const Labels& labels) {
  return prometheus::BuildHistogram()
      .Name(name)
      .Help(help)
      .Register(registry())
      .Add(labels, prometheus::Histogram::BucketBoundaries{1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096});
}

std::string expose() {
  std::ostringstream out;
  prometheus::TextSerializer().Serialize(out, registry().Collect());
  return out.str();
}

}  // namespace cairn::metrics
