// A page of metric families, in the order in which they are added. One without a series is left out.
//
//   MetricsText page;
//   page.counter("ringside_rows_total", "Rows that were answered."); page.value(rows, {{"status", "ok"}});
//   return std::move(page).text();
//
// Thread safety: none of its own.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include "engine/metrics/exposition.h"

namespace ringside::engine {

class MetricsText {
 public:
  using Labels = std::vector<prometheus::ClientMetric::Label>;

  // Series of the family added last are added by value().
  void counter(const char* name, const char* help) { begin(name, help, prometheus::MetricType::Counter); }
  void gauge(const char* name, const char* help) { begin(name, help, prometheus::MetricType::Gauge); }

  void value(double value, Labels labels = {}) {
    prometheus::ClientMetric metric;
    metric.label = std::move(labels);
    (families_.back().type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
    families_.back().metric.push_back(std::move(metric));
  }
  void value(std::uint64_t count, Labels labels = {}) { value(static_cast<double>(count), std::move(labels)); }

  void histogram(const char* name, const char* help, const std::vector<StageSeries>& stages) {
    begin(name, help, prometheus::MetricType::Histogram);
    for (const auto& [stage, latencies] : stages) {
      prometheus::ClientMetric metric;
      metric.label = {{"stage", stage}};
      metric.histogram.sample_count = latencies.count;
      metric.histogram.sample_sum = static_cast<double>(latencies.sum_ns) / 1e9;
      for (std::uint32_t i = 0; i < kSeriesBounds; ++i) {
        metric.histogram.bucket.push_back({latencies.below[i], static_cast<double>(kSeriesBoundsNs[i]) / 1e9});
      }
      families_.back().metric.push_back(std::move(metric));
    }
  }

  [[nodiscard]] std::string text() && {
    std::erase_if(families_, [](const prometheus::MetricFamily& family) { return family.metric.empty(); });
    return prometheus::TextSerializer().Serialize(families_);
  }

 private:
  void begin(const char* name, const char* help, prometheus::MetricType type) {
    families_.push_back({.name = name, .help = help, .type = type, .metric = {}});
  }

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace ringside::engine
